# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Give all neurons that never change their output the same form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ranges import threshold_range
from xnorflow.passes.pass_type import Pass

__all__ = ["CLEAR_DEAD_NEURONS"]


def _clear(layer: Layer) -> Layer:
    op = layer.op
    if not isinstance(op, Dense) or op.thresholds is None:
        return layer
    limits = threshold_range(op.weights.shape[1], layer.in_type.value)
    rows = op.rows_of_thresholds
    dead = ((rows == limits[0]) | (rows == limits[-1])).all(axis=0)
    weights = np.where(dead[:, np.newaxis], np.uint8(0), op.weights)
    return replace(layer, op=replace(op, weights=weights))


def _apply(graph: Graph) -> Graph:
    return replace(graph, layers=tuple(map(_clear, graph.layers)))


CLEAR_DEAD_NEURONS = Pass(
    "clear-dead-neurons", "neurons that never change lose their weights", _apply
)
