# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""linear_mvu: the matrix-vector unit of integer weights and integer inputs."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.mvu_kernel import MvuKernel
from xnorflow.hw_common.mvu_shape import sizes_of
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.linear import Linear
from xnorflow.kernels.linear_mvu.cost import estimate
from xnorflow.kernels.linear_mvu.shape import LinearMvuShape

__all__ = ["LinearMvu"]

_MAX_BITS = 16


class LinearMvu(MvuKernel):
    """Multipliers, a tree of adders for each row, and accumulators."""

    name = "linear_mvu"
    summary = "matrix-vector unit of integers and 8-bit weights: sums of products"
    constant_steps = 0

    def matches(self, layer: Layer) -> bool:
        """Linear layers whose inputs are plain integers of up to 16 bits."""
        value = layer.in_type.value
        return isinstance(layer.op, Linear) and value.is_plain and value.bits <= _MAX_BITS

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Those of a product, but not all of it at once.

        Weights that stay would be constants, of which synthesis makes shifts, sums and products
        that several rows have in common: no unit that is worth its slices, nor one to be priced.
        """
        rows, columns = sizes_of(layer)
        every = super().foldings(layer)
        return tuple(way for way in every if way.pe * way.simd < rows * columns) or every

    def shape(self, layer: Layer, folding: Folding) -> LinearMvuShape:
        """See shape.py."""
        return LinearMvuShape(layer, folding)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(self.shape(layer, folding), family)
