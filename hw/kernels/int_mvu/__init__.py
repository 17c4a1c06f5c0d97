# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""int_mvu: the matrix-vector unit of binary weights and integer inputs."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.mvu_kernel import MvuKernel
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.kernels.int_mvu.cost import estimate
from xnorflow.kernels.int_mvu.shape import IntMvuShape

__all__ = ["IntMvu"]

_MAX_BITS = 9


class IntMvu(MvuKernel):
    """Sums of +x and -x, and a threshold; or the sums themselves, for a last layer."""

    name = "int_mvu"
    summary = "matrix-vector unit of integers and binary weights: sum, threshold or integer"
    constant_steps = 1

    def matches(self, layer: Layer) -> bool:
        """Dense layers whose inputs are plain integers of up to 9 bits."""
        value = layer.in_type.value
        return isinstance(layer.op, Dense) and value.is_plain and value.bits <= _MAX_BITS

    def shape(self, layer: Layer, folding: Folding) -> IntMvuShape:
        """See shape.py."""
        return IntMvuShape(layer, folding)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(self.shape(layer, folding), family)
