# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""int_mvu: the matrix-vector unit of binary weights and integer inputs."""

from __future__ import annotations

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.kernels.int_mvu.cost import estimate
from xnorflow.kernels.int_mvu.shape import STORAGES, IntMvuShape
from xnorflow.timing.process import Process

__all__ = ["IntMvu"]

_MAX_BITS = 8


class IntMvu(Kernel):
    """Sums of +x and -x, and a threshold; or the sums themselves, for a last layer."""

    name = "int_mvu"
    summary = "matrix-vector unit of integers and binary weights: sum, threshold or integer"

    def matches(self, layer: Layer) -> bool:
        """Dense layers whose inputs are plain integers of up to 8 bits."""
        value = layer.in_type.value
        return isinstance(layer.op, Dense) and value.is_plain and value.bits <= _MAX_BITS

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the rows times every divisor of the columns."""
        rows, columns = _sizes(layer)
        return tuple(Folding(pe, simd) for pe in divisors(rows) for simd in divisors(columns))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Constants only where a pixel is one step."""
        return STORAGES if (folding.pe, folding.simd) == _sizes(layer) else STORAGES[1:]

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


def _dense(layer: Layer) -> Dense:
    assert isinstance(layer.op, Dense)
    return layer.op


def _sizes(layer: Layer) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns = _dense(layer).weights.shape
    return int(rows), int(columns)
