# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnor_mvu: the binary matrix-vector unit."""

from __future__ import annotations

from math import ceil

import numpy as np
import numpy.typing as npt

from xnorflow.ir.kernel import Family, Folding, Instance, Kernel, Resources
from xnorflow.ir.layer import Dense, Layer
from xnorflow.ir.schedule import Flow, Times, in_order
from xnorflow.ir.types import BINARY, Stream, bits_for_range
from xnorflow.kernels.xnor_mvu.cost import Shape, estimate, popcount_latency

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
        "common/xnor_popcount.sv",
        "common/replay_buffer.sv",
        "common/lut_rom.sv",
        "common/block_rom.sv",
        "skid_buffer/skid_buffer.sv",
        "xnor_mvu.sv",
    )

    def matches(self, layer: Layer) -> bool:
        """Dense layers with binary inputs."""
        return isinstance(layer.op, Dense) and layer.in_type.value == BINARY

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the rows times every divisor of the columns."""
        rows, columns = _dense(layer).weights.shape
        return tuple(
            Folding(pe, simd)
            for pe in range(1, rows + 1)
            if rows % pe == 0
            for simd in range(1, columns + 1)
            if columns % simd == 0
        )

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Constants only up to 4 steps a pixel: a popcount's tables take two phase bits."""
        rows, columns = _sizes(layer)
        steps = (rows // folding.pe) * (columns // folding.simd)
        return _STORAGES if steps <= 4 else _STORAGES[1:]

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """(rows / PE) * (columns / SIMD) * pixels."""
        rows, columns = _sizes(layer)
        return (rows // folding.pe) * (columns // folding.simd) * layer.pixels

    def schedule(self, layer: Layer, folding: Folding, arrivals: Times) -> Flow:
        """A pass follows the input; the others of a pixel follow without a pause."""
        rows, columns = _sizes(layer)
        passes, beats = rows // folding.pe, columns // folding.simd
        pixel, beat = np.divmod(np.arange(len(arrivals), dtype=np.int64), beats)
        steps = in_order(arrivals + 1, pixel * passes * beats + beat)
        ends = steps[beats - 1 :: beats, np.newaxis] + np.arange(passes) * beats
        return Flow(
            steps + (passes - 1) * beats + 1, ends.ravel() + self._pipeline(layer, folding) - 1
        )

    def capacity(self, layer: Layer, folding: Folding) -> int:
        """The ring of the replay buffer, or the skid buffer."""
        return self._shape(layer, folding).ring_depth or 2

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(self._shape(layer, folding), family)

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
        signs = 2 * op.weights.astype(np.int32) - 1
        dot: npt.NDArray[np.int32] = (2 * x.astype(np.int32) - 1) @ signs.T
        if op.thresholds is None:
            return dot
        fires: npt.NDArray[np.int32] = np.int32(dot + signs.shape[1] >= 2 * op.thresholds)
        return fires

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as a memory image for block RAM."""
        op = _dense(layer)
        rows, columns = op.weights.shape
        shape = self._shape(layer, folding)
        parameters = {
            "MW": str(columns),
            "MH": str(rows),
            "PE": str(folding.pe),
            "SIMD": str(folding.simd),
            "THRESHOLDED": "1'b0" if op.thresholds is None else "1'b1",
            "ACC_W": str(shape.acc_bits),
            "START": _literal(_start_bits(op, shape.acc_bits)),
            "STORAGE": str(_STORAGES.index(shape.storage)),
        }
        words = _weight_words(op, folding)
        if shape.storage != "bram":
            return Instance("xnor_mvu", parameters | {"WEIGHTS": _literal(words.ravel())})
        image = f"{layer.name}_weights.hex"
        lines = "".join(f"{_integer(word):0{ceil(len(word) / 4)}x}\n" for word in words)
        return Instance(
            "xnor_mvu", parameters | {"WEIGHT_FILE": f'"{image}"'}, {image: lines.encode()}
        )

    def _pipeline(self, layer: Layer, folding: Folding) -> int:
        weights = 2 if folding.storage == "bram" else 1
        return weights + popcount_latency(folding.simd) + 3

    def _shape(self, layer: Layer, folding: Folding) -> Shape:
        op = _dense(layer)
        rows, columns = op.weights.shape
        start = _start(op)
        return Shape(
            rows=rows,
            columns=columns,
            pe=folding.pe,
            simd=folding.simd,
            acc_bits=bits_for_range(min(int(start.min()), -1), int(start.max()) + columns).bits,
            thresholded=op.thresholds is not None,
            storage=folding.storage,
        )


def _dense(layer: Layer) -> Dense:
    assert isinstance(layer.op, Dense)
    return layer.op


def _sizes(layer: Layer) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns = _dense(layer).weights.shape
    return int(rows), int(columns)


def _start(op: Dense) -> npt.NDArray[np.int64]:
    """What a row's accumulator starts at, so that its sign is the answer."""
    rows, columns = op.weights.shape
    if op.thresholds is None:
        return np.full(rows, -((columns + 1) // 2), np.int64)
    return -op.thresholds.astype(np.int64)


def _weight_words(op: Dense, folding: Folding) -> npt.NDArray[np.uint8]:
    """Bits [step, lane], step = pass * beats + beat, lane = row * SIMD + column."""
    rows, columns = op.weights.shape
    passes, beats = rows // folding.pe, columns // folding.simd
    split = op.weights.reshape(passes, folding.pe, beats, folding.simd)
    words: npt.NDArray[np.uint8] = split.transpose(0, 2, 1, 3)
    return words.reshape(passes * beats, folding.pe * folding.simd)


def _start_bits(op: Dense, bits: int) -> npt.NDArray[np.uint8]:
    """Bits of all start values, low bit and first row first.

    With thresholds the top bit is inverted, so that it reads 1 where the sum is not negative.
    """
    inverted = 0 if op.thresholds is None else 1 << (bits - 1)
    values = _start(op) ^ inverted
    return ((values[:, None] >> np.arange(bits)) & 1).astype(np.uint8).ravel()


def _integer(bits: npt.NDArray[np.uint8]) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")


def _literal(bits: npt.NDArray[np.uint8]) -> str:
    return f"{len(bits)}'h{_integer(bits):x}"
