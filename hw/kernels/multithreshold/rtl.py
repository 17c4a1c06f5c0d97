# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""multithreshold in SystemVerilog."""

from __future__ import annotations

import numpy as np

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.memory import images, literal
from xnorflow.ir.layer import Layer
from xnorflow.kernels.multithreshold.shape import MultithresholdShape

__all__ = ["MultithresholdRtl"]


class MultithresholdRtl(RtlKernel):
    """Thresholds as a parameter, and as images of block RAM."""

    name = "multithreshold"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Widths, and the tables of each stage."""
        shape = MultithresholdShape(layer, folding)
        first = shape.table_stages(family)
        parameters = _widths(shape) | {"TABLE_STAGES": str(first)}
        data: dict[str, bytes] = {}
        if first > 0:
            tables = [shape.words(n).reshape(shape.row_lanes, -1) for n in range(first)]
            parameters["THRESHOLDS"] = literal(np.concatenate(tables, axis=1).ravel())
        if first < shape.stages:
            tables = [table for n in range(first, shape.stages) for table in shape.words(n)]
            parameters["THRESHOLDS_FILE"], data = images(f"{layer.name}_thresholds", tables)
        return Instance("multithreshold", parameters, data)


def _widths(shape: MultithresholdShape) -> dict[str, str]:
    levels = shape.levels
    return {
        "PE": str(shape.lanes),
        "ELEMENTS": str(shape.layer.in_type.elements),
        "ROWS": str(shape.rows),
        "IN_W": str(levels.entry.bits),
        "IN_SIGNED": f"1'b{levels.entry.signed:d}",
        "DROP_W": str(levels.drop),
        "T_W": str(levels.bits),
        "BITS": str(shape.stages),
        "OUT_W": str(shape.layer.out_type.value.bits),
        "OUT_SIGNED": f"1'b{levels.out.signed:d}",
        "FALLS": literal(shape.falls.astype(np.uint8).ravel()),
    }
