# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Let a sum saturate itself where all that follows is a clamp.

Before: a sum, and a table that hands its integers through up to the ends of a narrower type.
After: a sum that saturates.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.passes.pass_type import Pass

__all__ = ["FUSE_CLAMPS"]


def _apply(graph: Graph) -> Graph:
    clamps = {layer.inputs[0]: layer for layer in graph.layers if _is_clamp(layer)}
    tensors, layers = dict(graph.tensors), list[Layer]()
    fused = set[str]()
    for layer in graph.layers:
        readers = sum(layer.output in other.inputs for other in graph.layers)
        clamp = clamps.get(layer.output)
        if layer.name in fused:
            continue
        if isinstance(layer.op, Add) and not layer.op.saturates and clamp and readers == 1:
            op = replace(layer.op, saturates=True)
            nodes = dict.fromkeys((*layer.origin.nodes, *clamp.origin.nodes))
            origin = replace(layer.origin, nodes=tuple(nodes))
            del tensors[layer.output]
            fused.add(clamp.name)
            layer = replace(
                layer, op=op, output=clamp.output, out_type=clamp.out_type, origin=origin
            )
        layers.append(layer)
    return replace(graph, tensors=tensors, layers=tuple(layers))


def _is_clamp(layer: Layer) -> bool:
    """Whether a layer hands integers through up to the ends of a narrower type, and only that."""
    op, before, after = layer.op, layer.in_types[0].value, layer.out_type.value
    if not isinstance(op, Quantize) or not (before.is_plain and after.is_plain):
        return False
    whole = np.asarray(op.values(before))
    return after.bits < before.bits and bool((op.table == whole.clip(after.low, after.high)).all())


FUSE_CLAMPS = Pass("fuse-clamps", "sums saturate where a clamp follows", _apply)
