# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""int_mvu in SystemVerilog."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import literal
from xnorflow.hw_common.mvu_rtl import mvu_instance
from xnorflow.ir.layer import Layer
from xnorflow.kernels.int_mvu.codes import tree
from xnorflow.kernels.int_mvu.shape import IntMvuShape

__all__ = ["IntMvuRtl"]


class IntMvuRtl(RtlKernel):
    """Weights as codes that sums are told by."""

    name = "int_mvu"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as memory images for block RAM."""
        shape, value = IntMvuShape(layer, folding), layer.in_type.value
        own = {
            "IN_W": str(value.bits),
            "IN_SIGNED": f"1'b{int(value.signed)}",
            "LEVELS": str(shape.levels),
            "FACTOR": str(shape.op.factor),
        }
        if folding.storage == "const":
            own["TREE"] = literal(_tree(shape))
        return mvu_instance("int_mvu", shape, family, weights="CODE", own=own)


def _tree(shape: IntMvuShape) -> npt.NDArray[np.uint8]:
    """Which chunk a node of a level of the tree begins with, bits [level * chunk], chunks first."""
    places = np.arange(len(shape.chunks))
    rows = [np.ones(len(places), np.bool_)]
    starts = places
    for sizes in tree(len(places), shape.folding):
        starts = starts[np.cumsum([0, *sizes[:-1]])]
        rows.append(np.isin(places, starts))
    return np.concatenate(rows).astype(np.uint8)
