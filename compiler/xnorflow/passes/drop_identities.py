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
    if not isinstance(layer.op, Quantize) or layer.in_type != layer.out_type:
        return False
    value = layer.in_type.value
    return bool((layer.op.table == np.arange(value.low, value.high + 1)).all())


def _apply(graph: Graph) -> Graph:
    dropped = [layer for layer in graph.layers if _is_identity(layer)]
    if len(dropped) == len(graph.layers):  # a graph has at least one layer
        return graph
    source = {graph.input: graph.input}
    layers = []
    for layer in graph.layers:
        inputs = tuple(source[name] for name in layer.inputs)
        if layer in dropped:
            source[layer.output] = inputs[0]
        else:
            source[layer.output] = layer.output
            layers.append(replace(layer, inputs=inputs))
    gone = {layer.output for layer in dropped}
    tensors = {name: kind for name, kind in graph.tensors.items() if name not in gone}
    return replace(graph, layers=tuple(layers), tensors=tensors, output=source[graph.output])


DROP_IDENTITIES = Pass("drop-identities", "quantisers that change nothing go", _apply)
