# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""int_mvu: the matrix-vector unit of binary weights and integer inputs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Instance, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.memory import literal
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.kernels.int_mvu.codes import Codes, tree
from xnorflow.kernels.int_mvu.cost import estimate
from xnorflow.kernels.int_mvu.shape import IntMvuShape
from xnorflow.timing.process import Process

__all__ = ["IntMvu"]

_STORAGES = ("const", "lutram", "bram")
_MAX_BITS = 8


class IntMvu(Kernel):
    """Sums of +x and -x, and a threshold; or the sums themselves, for a last layer."""

    name = "int_mvu"
    summary = "matrix-vector unit of integers and binary weights: sum, threshold or integer"
    sources = (
        "common/dual_lut.sv",
        "common/dual_mux.sv",
        "common/raw_adder.sv",
        "common/triple_adder.sv",
        "common/table_lut.sv",
        "common/lut_rom.sv",
        "common/block_bank.sv",
        "common/banked_rom.sv",
        "common/replay_pointer.sv",
        "common/replay_buffer.sv",
        "skid_buffer/skid_buffer.sv",
        "common/mvu_steps.sv",
        "common/mvu_start.sv",
        "int_terms.sv",
        "int_chunk.sv",
        "int_row.sv",
        "int_fixed_row.sv",
        "int_mvu.sv",
    )

    def matches(self, layer: Layer) -> bool:
        """Dense layers with inputs of up to 8 bits that are not binary."""
        value = layer.in_type.value
        return isinstance(layer.op, Dense) and not value.is_binary and value.bits <= _MAX_BITS

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the rows times every divisor of the columns."""
        rows, columns = _sizes(layer)
        return tuple(Folding(pe, simd) for pe in divisors(rows) for simd in divisors(columns))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Constants only where a pixel is one step."""
        return _STORAGES if (folding.pe, folding.simd) == _sizes(layer) else _STORAGES[1:]

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """(rows / PE) * (columns / SIMD) * pixels."""
        rows, columns = _sizes(layer)
        return (rows // folding.pe) * (columns // folding.simd) * layer.pixels

    def process(self, layer: Layer, folding: Folding) -> Process:
        """Terms, sums, accumulator, and the register behind it."""
        shape = IntMvuShape(layer, folding)
        return shape.input.process(shape.row_latency + 3)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(IntMvuShape(layer, folding), family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """SIMD integers a beat."""
        bits = layer.in_type.value.bits
        return Stream(folding.simd, bits, layer.in_type.elements // folding.simd)

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE elements a beat."""
        bits = layer.out_type.value.bits
        return Stream(folding.pe, bits, layer.out_type.elements // folding.pe)

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """A product of matrices."""
        op = _dense(layer)
        signs = 2 * op.weights.astype(np.int32) - 1
        pixels = x.astype(np.int32).reshape(len(x), layer.pixels, op.width)
        sums: npt.NDArray[np.int32] = pixels @ signs.T
        if op.thresholds is not None:
            levels = op.rows_of_thresholds[0 if op.kinds is None else op.kinds]
            sums = (sums >= levels).astype(np.int32)
        return sums.reshape(len(x), -1)

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as a memory image for block RAM."""
        shape, value = IntMvuShape(layer, folding), layer.in_type.value
        file = f"{layer.name}_starts"
        starts, data = shape.starts.parameters(file)
        parameters = {
            "IN_W": str(value.bits),
            "IN_SIGNED": f"1'b{int(value.signed)}",
            "MW": str(shape.op.width),
            "MH": str(shape.rows),
            "PE": str(folding.pe),
            "SIMD": str(folding.simd),
            "LEVELS": str(shape.row_latency - 1),
            "THRESHOLDED": f"1'b{int(shape.op.thresholds is not None)}",
            "ACC_W": str(shape.acc_bits),
            "STORAGE": str(_STORAGES.index(folding.storage)),
        } | starts
        if shape.input.passes > 1:
            parameters |= shape.input.parameters
        if folding.storage == "const":
            parameters["TREE"] = literal(_tree(shape))
        words = _words(shape.codes)
        if folding.storage != "bram":
            return Instance("int_mvu", parameters | {"CODES": literal(words.ravel())}, data)
        file = f"{layer.name}_weights"
        parameters |= {"CODE_FILE": f'"{file}"', "CODE_BANK": str(shape.table.bank)}
        return Instance("int_mvu", parameters, data | shape.table.files(file, words))


def _dense(layer: Layer) -> Dense:
    assert isinstance(layer.op, Dense)
    return layer.op


def _sizes(layer: Layer) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns = _dense(layer).weights.shape
    return int(rows), int(columns)


def _tree(shape: IntMvuShape) -> npt.NDArray[np.uint8]:
    """Which chunk a node of a level of the tree begins with, bits [level * chunk], chunks first."""
    places = np.arange(len(shape.chunks))
    rows = [np.ones(len(places), np.bool_)]
    starts = places
    for sizes in tree(len(places), shape.folding):
        starts = starts[np.cumsum([0, *sizes[:-1]])]
        rows.append(np.isin(places, starts))
    return np.concatenate(rows).astype(np.uint8)


def _words(codes: Codes) -> npt.NDArray[np.uint8]:
    """Bits [step, lane], step = pass * beats + beat, lane = row * SIMD + column."""
    passes, pe, beats, simd = codes.bits.shape
    ordered = codes.bits.transpose(0, 2, 1, 3).reshape(passes * beats, pe * simd)
    words: npt.NDArray[np.uint8] = ordered.astype(np.uint8)
    return words
