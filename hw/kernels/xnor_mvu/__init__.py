# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnor_mvu: the binary matrix-vector unit."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Instance, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.lanes import Lanes
from xnorflow.hw_common.memory import literal
from xnorflow.hw_common.mvu_start import Kinds, Starts
from xnorflow.hw_common.mvu_steps import Steps
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BINARY, bits_for_range
from xnorflow.kernels.xnor_mvu.cost import XnorMvuShape, estimate, popcount_latency
from xnorflow.timing.process import Process

__all__ = ["XnorMvu"]

_STORAGES = ("const", "lutram", "bram")


class XnorMvu(Kernel):
    """XNOR, popcount and threshold; or the signed dot product, for a last layer."""

    name = "xnor_mvu"
    summary = "binary matrix-vector unit: XNOR, popcount, threshold or integer"
    sources = (
        "common/dual_lut.sv",
        "common/table_lut.sv",
        "common/bit_column.sv",
        "common/xnor_group.sv",
        "common/xnor_count.sv",
        "common/raw_adder.sv",
        "common/xnor_popcount.sv",
        "common/lut_rom.sv",
        "common/dual_mux.sv",
        "common/block_bank.sv",
        "common/banked_rom.sv",
        "common/replay_pointer.sv",
        "common/replay_buffer.sv",
        "skid_buffer/skid_buffer.sv",
        "common/mvu_steps.sv",
        "common/mvu_start.sv",
        "xnor_mvu.sv",
    )

    def matches(self, layer: Layer) -> bool:
        """Dense layers with binary inputs."""
        return isinstance(layer.op, Dense) and layer.in_type.value == BINARY

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the rows times every divisor of the columns."""
        rows, columns = _dense(layer).weights.shape
        return tuple(Folding(pe, simd) for pe in divisors(rows) for simd in divisors(columns))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Constants only up to 4 steps a pixel: a popcount's tables take two phase bits."""
        rows, columns = _sizes(layer)
        steps = (rows // folding.pe) * (columns // folding.simd)
        return _STORAGES if steps <= 4 else _STORAGES[1:]

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """(rows / PE) * (columns / SIMD) * pixels."""
        rows, columns = _sizes(layer)
        return (rows // folding.pe) * (columns // folding.simd) * layer.pixels

    def process(self, layer: Layer, folding: Folding) -> Process:
        """Weights, popcount, accumulator, and the register behind it."""
        weights = 2 if folding.storage == "bram" else 1
        return _shape(layer, folding).input.process(weights + popcount_latency(folding.simd) + 1)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(_shape(layer, folding), family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """SIMD bits a beat."""
        return Stream(folding.simd, 1, layer.in_type.elements // folding.simd)

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE elements a beat."""
        bits = layer.out_type.value.bits
        return Stream(folding.pe, bits, layer.out_type.elements // folding.pe)

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Products of +1 and -1, added up."""
        op = _dense(layer)
        columns = op.width
        signs = 2 * op.weights.astype(np.int32) - 1
        pixels = (2 * x.astype(np.int32) - 1).reshape(len(x), layer.pixels, columns)
        dot: npt.NDArray[np.int32] = pixels @ signs.T
        if op.thresholds is None:
            return dot.reshape(len(x), -1)
        levels = op.rows_of_thresholds[0 if op.kinds is None else op.kinds]
        fires: npt.NDArray[np.int32] = np.int32(dot + columns >= 2 * levels)
        return fires.reshape(len(x), -1)

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as a memory image for block RAM."""
        op, shape = _dense(layer), _shape(layer, folding)
        rows, columns = _sizes(layer)
        starts, data = shape.starts.parameters(f"{layer.name}_starts")
        parameters = {
            "MW": str(columns),
            "MH": str(rows),
            "PE": str(folding.pe),
            "SIMD": str(folding.simd),
            "THRESHOLDED": "1'b0" if op.thresholds is None else "1'b1",
            "ACC_W": str(shape.acc_bits),
            "STORAGE": str(_STORAGES.index(shape.storage)),
        } | starts
        if folding.pe < rows:
            parameters |= shape.input.parameters
        words = _weight_words(op, folding)
        if shape.storage != "bram":
            return Instance("xnor_mvu", parameters | {"WEIGHTS": literal(words.ravel())}, data)
        file = f"{layer.name}_weights"
        parameters["WEIGHT_FILE"] = f'"{file}"'
        parameters["WEIGHT_BANK"] = str(shape.table.bank)
        return Instance("xnor_mvu", parameters, data | shape.table.files(file, words))


def _dense(layer: Layer) -> Dense:
    assert isinstance(layer.op, Dense)
    return layer.op


def _sizes(layer: Layer) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns = _dense(layer).weights.shape
    return int(rows), int(columns)


def _shape(layer: Layer, folding: Folding) -> XnorMvuShape:
    op = _dense(layer)
    rows, columns = _sizes(layer)
    passes, beats = rows // folding.pe, columns // folding.simd
    return XnorMvuShape(
        input=Steps(folding.simd, beats, passes, layer.pixels),
        lanes=Lanes(op.weights.reshape(passes, folding.pe, beats, folding.simd)),
        starts=_starts(op, Kinds.of(layer), folding.pe),
        thresholded=op.thresholds is not None,
        storage=folding.storage,
    )


@lru_cache(maxsize=256)
def _starts(op: Dense, kinds: Kinds, pe: int) -> Starts:
    return Starts(kinds, len(op.weights) // pe, pe, _accumulator_bits(op), _start_words(op))


@lru_cache(maxsize=64)
def _start_words(op: Dense) -> npt.NDArray[np.int64]:
    """What accumulators start at: int64 [rows of thresholds or 1, rows], as unsigned words."""
    bits, values = _accumulator_bits(op), _start_values(op)
    top = 0 if op.thresholds is None else 1 << (bits - 1)
    words: npt.NDArray[np.int64] = (values + top) & ((1 << bits) - 1)
    return words


def _start_values(op: Dense) -> npt.NDArray[np.int64]:
    """Minus the thresholds, or minus half of the columns."""
    if op.thresholds is None:
        return np.full((1, len(op.weights)), -((op.width + 1) // 2), np.int64)
    return -op.rows_of_thresholds.astype(np.int64)


@lru_cache(maxsize=64)
def _accumulator_bits(op: Dense) -> int:
    """Bits that hold a start value and every popcount added to it."""
    start = _start_values(op)
    return bits_for_range(min(int(start.min()), -1), int(start.max()) + op.width).bits


def _weight_words(op: Dense, folding: Folding) -> npt.NDArray[np.uint8]:
    """Bits [step, lane], step = pass * beats + beat, lane = row * SIMD + column."""
    rows, columns = op.weights.shape
    passes, beats = rows // folding.pe, columns // folding.simd
    split = op.weights.reshape(passes, folding.pe, beats, folding.simd)
    words: npt.NDArray[np.uint8] = split.transpose(0, 2, 1, 3)
    return words.reshape(passes * beats, folding.pe * folding.simd)
