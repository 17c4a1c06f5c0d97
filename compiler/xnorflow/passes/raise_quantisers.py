# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Turn bit quantisers that fall into ones that rise, by inverting the reader's weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Dense, Layer, Quantize
from xnorflow.passes.pass_type import Pass

__all__ = ["RAISE_QUANTISERS"]


def _apply(graph: Graph) -> Graph:
    layers = list(graph.layers)
    for place, layer in enumerate(layers):
        readers = [i for i, other in enumerate(layers) if layer.output in other.inputs]
        if not isinstance(layer.op, Quantize) or not layer.out_type.value.is_binary:
            continue
        if layer.output == graph.output or len(readers) != 1:
            continue
        reader = layers[readers[0]]
        falls = layer.op.table[:, 0] > layer.op.table[:, -1]
        if falls.any() and isinstance(reader.op, Dense):
            layers[place] = _invert_rows(layer, layer.op, falls)
            layers[readers[0]] = _invert_columns(reader, reader.op, falls)
    return replace(graph, layers=tuple(layers))


def _invert_rows(layer: Layer, op: Quantize, falls: np.ndarray) -> Layer:
    table = np.where(falls[:, np.newaxis], 1 - op.table, op.table)
    if (table == table[:1]).all():
        table = table[:1]
    return replace(layer, op=Quantize(np.ascontiguousarray(table, dtype=np.int32)))


def _invert_columns(layer: Layer, op: Dense, falls: np.ndarray) -> Layer:
    """XNOR of an inverted bit and an inverted weight is what it was."""
    columns = np.broadcast_to(falls, op.weights.shape[1])
    weights = np.where(columns, 1 - op.weights, op.weights).astype(np.uint8)
    return replace(layer, op=Dense(weights, op.thresholds))


RAISE_QUANTISERS = Pass(
    "raise-quantisers", "bit quantisers that fall are inverted, and their readers' weights", _apply
)
