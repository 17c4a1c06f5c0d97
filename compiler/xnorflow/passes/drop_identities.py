# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Drop quantisers that hand every value through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.passes.pass_type import Pass

__all__ = ["DROP_IDENTITIES"]


def _is_identity(layer: Layer) -> bool:
    if not isinstance(layer.op, Quantize) or layer.in_type.shape != layer.out_type.shape:
        return False
    before, after = layer.in_type.value, layer.out_type.value
    if (before.low, before.high) != (after.low, after.high):
        return False
    return bool((layer.op.table == np.asarray(layer.op.values(before))).all())


def _goes(graph: Graph, layer: Layer) -> bool:
    """Whether the layer changes no stored integer, and its type can be that of what it reads.

    Of what enters it can where nobody else reads that.
    """
    if not _is_identity(layer):
        return False
    readers = [other for other in graph.layers if layer.inputs[0] in other.inputs]
    alone = layer.inputs[0] == graph.input and len(readers) == 1
    return alone or layer.in_type == layer.out_type


def _apply(graph: Graph) -> Graph:
    dropped = [layer for layer in graph.layers if _goes(graph, layer)]
    if len(dropped) == len(graph.layers):  # a graph has at least one layer
        return graph
    source = {graph.input: graph.input}
    tensors = dict(graph.tensors)
    layers = []
    for layer in graph.layers:
        inputs = tuple(source[name] for name in layer.inputs)
        if layer in dropped:
            source[layer.output] = inputs[0]
            tensors[inputs[0]] = tensors.pop(layer.output)
        else:
            source[layer.output] = layer.output
            types = tuple(tensors[name] for name in inputs)
            layers.append(replace(layer, inputs=inputs, in_types=types))
    return replace(graph, layers=tuple(layers), tensors=tensors, output=source[graph.output])


DROP_IDENTITIES = Pass("drop-identities", "quantisers that change nothing go", _apply)
