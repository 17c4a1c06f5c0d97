# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnor_mvu: the binary matrix-vector unit."""

from __future__ import annotations

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.mvu_kernel import MvuKernel
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.kernels.xnor_mvu.cost import estimate
from xnorflow.kernels.xnor_mvu.shape import XnorMvuShape

__all__ = ["XnorMvu"]


class XnorMvu(MvuKernel):
    """XNOR, popcount and threshold; or the signed dot product, for a last layer."""

    name = "xnor_mvu"
    summary = "binary matrix-vector unit: XNOR, popcount, threshold or integer"
    constant_steps = 4  # a popcount's tables take two phase bits

    def matches(self, layer: Layer) -> bool:
        """Dense layers with binary inputs, whose sums come as they are."""
        op = layer.op
        return isinstance(op, Dense) and layer.in_type.value.is_bipolar and op.factor == 1

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Sums that would have to be multiplied."""
        op = layer.op
        if not isinstance(op, Dense) or not layer.in_type.value.is_bipolar or op.factor == 1:
            return None
        return Diagnostic(
            "kernel-no-match",
            f"what lies beyond the edge of the bits that {layer.name} reads must be worth whole "
            f"steps of its sums, not a fraction of 1/{op.factor}",
            "let the bits be -1 and 1, or 0 and 1; or pad by one of their two levels",
            layer.origin,
        )

    def shape(self, layer: Layer, folding: Folding) -> XnorMvuShape:
        """See shape.py."""
        return XnorMvuShape(layer, folding)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(self.shape(layer, folding), family)
