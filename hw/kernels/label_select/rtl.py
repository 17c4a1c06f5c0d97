# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""label_select in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.label_select.values import values_of

__all__ = ["LabelSelectRtl"]


class LabelSelectRtl(RtlKernel):
    """Offsets as a parameter."""

    name = "label_select"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Offsets as a parameter, moved together towards 0, which no maximum notices."""
        values = values_of(layer)
        classes, source = layer.in_type.elements, layer.in_type.value
        parameters = {
            "PE": str(folding.pe),
            "CLASSES": str(classes),
            "IN_W": str(source.bits),
            "IN_SIGNED": "1'b1" if source.signed else "1'b0",
            "VALUE_W": str(values.bits),
            "IDX_W": str(layer.out_type.value.bits),
            "HAS_OFFSETS": "1'b1" if values.has_offsets else "1'b0",
        }
        if not values.has_offsets:
            return Instance("label_select", parameters)
        mask = (1 << values.bits) - 1
        table = sum((o & mask) << (values.bits * i) for i, o in enumerate(values.offsets))
        offsets = f"{classes * values.bits}'h{table:x}"
        return Instance("label_select", parameters | {"OFFSETS": offsets})
