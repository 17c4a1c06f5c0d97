# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnor_mvu: the binary matrix-vector unit."""

from __future__ import annotations

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BINARY
from xnorflow.kernels.xnor_mvu.cost import estimate
from xnorflow.kernels.xnor_mvu.shape import STORAGES, dense_of, shape_of, sizes_of
from xnorflow.timing.process import Process

__all__ = ["XnorMvu"]


class XnorMvu(Kernel):
    """XNOR, popcount and threshold; or the signed dot product, for a last layer."""

    name = "xnor_mvu"
    summary = "binary matrix-vector unit: XNOR, popcount, threshold or integer"

    def matches(self, layer: Layer) -> bool:
        """Dense layers with binary inputs."""
        return isinstance(layer.op, Dense) and layer.in_type.value == BINARY

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the rows times every divisor of the columns."""
        rows, columns = dense_of(layer).weights.shape
        return tuple(Folding(pe, simd) for pe in divisors(rows) for simd in divisors(columns))

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Constants only up to 4 steps a pixel: a popcount's tables take two phase bits."""
        rows, columns = sizes_of(layer)
        steps = (rows // folding.pe) * (columns // folding.simd)
        return STORAGES if steps <= 4 else STORAGES[1:]

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """(rows / PE) * (columns / SIMD) * pixels."""
        rows, columns = sizes_of(layer)
        return (rows // folding.pe) * (columns // folding.simd) * layer.pixels

    def process(self, layer: Layer, folding: Folding) -> Process:
        """Weights, popcount, accumulator, and the register behind it."""
        shape = shape_of(layer, folding)
        return shape.input.process(shape.delay + 1)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(shape_of(layer, folding), family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """SIMD bits a beat."""
        return Stream(folding.simd, 1, layer.in_type.elements // folding.simd)

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE elements a beat."""
        bits = layer.out_type.value.bits
        return Stream(folding.pe, bits, layer.out_type.elements // folding.pe)
