# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Turn bit quantisers that fall into ones that rise, by inverting the reader's weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import Worth
from xnorflow.passes.pass_type import Pass

__all__ = ["RAISE_QUANTISERS"]

_Flags = npt.NDArray[np.bool_]


def _apply(graph: Graph) -> Graph:
    layers = list(graph.layers)
    for place, layer in enumerate(layers):
        if not isinstance(layer.op, Quantize) or not layer.out_type.value.is_bipolar:
            continue
        readers = _readers(layers, layer, graph.output)
        falls = layer.op.table[:, 0] > layer.op.table[:, -1]
        if not falls.any() or not readers or not isinstance(layers[readers[-1]].op, Dense):
            continue
        seen = _seen(layer, falls, [layers[reader] for reader in readers])
        if seen is None:
            continue
        layers[place] = _invert_rows(layer, layer.op, falls)
        for reader in readers:
            layers[reader] = _invert_reader(layers[reader], seen)
        _revalue(layers, place, readers, all_elements=bool(falls.all()))
    tensors = graph.tensors | {layer.output: layer.out_type for layer in layers}
    return replace(graph, layers=tuple(layers), tensors=tensors)


def _readers(layers: list[Layer], layer: Layer, output: str) -> list[int]:
    """The only reader of a layer, and if that is a window the window's only one."""
    found: list[int] = []
    while layer.output != output:
        readers = [i for i, other in enumerate(layers) if layer.output in other.inputs]
        if len(readers) != 1:
            return []
        found += readers
        layer = layers[readers[0]]
        if not isinstance(layer.op, Window):
            return found
    return []


def _seen(layer: Layer, falls: _Flags, readers: list[Layer]) -> _Flags | None:
    """Which elements of the product's vectors fall; None where it depends on the vector.

    Elements beyond the edge fall or not like all the others.
    """
    window, width = readers[0].op, readers[-1].op
    assert isinstance(width, Dense)
    whole = np.resize(falls, layer.out_type.elements)
    if isinstance(window, Window):
        pixels = whole.reshape(-1, layer.out_type.channels)
        same = (pixels == pixels[0]).all()
        mixed = any(window.sweep.pads) and pixels[0].any() != pixels[0].all()
        return np.tile(pixels[0], window.sweep.area) if same and not mixed else None
    vectors = whole.reshape(-1, width.width)
    return vectors[0] if (vectors == vectors[0]).all() else None


def _invert_rows(layer: Layer, op: Quantize, falls: _Flags) -> Layer:
    table = np.where(falls[:, np.newaxis], 1 - op.table, op.table)
    if (table == table[:1]).all():
        table = table[:1]
    return replace(layer, op=replace(op, table=np.ascontiguousarray(table, dtype=np.int32)))


def _invert_reader(layer: Layer, seen: _Flags) -> Layer:
    """XNOR of an inverted bit and an inverted weight is what it was; so it is beyond the edge."""
    if isinstance(layer.op, Window):
        fill = 1 - layer.op.fill if seen.all() else layer.op.fill
        return replace(layer, op=replace(layer.op, fill=fill))
    assert isinstance(layer.op, Dense)
    weights = np.where(seen, 1 - layer.op.weights, layer.op.weights).astype(np.uint8)
    return replace(layer, op=replace(layer.op, weights=weights))


def _revalue(layers: list[Layer], place: int, readers: list[int], *, all_elements: bool) -> None:
    """Write into the types what inverted bits are worth."""
    worth = layers[place].out_type.worth
    if worth is None:
        return
    inverted = worth.inverted(all_elements=all_elements)
    layers[place] = _giving(layers[place], inverted)
    for reader in readers:
        (before,) = layers[reader].in_types
        layers[reader] = replace(layers[reader], in_types=(replace(before, worth=inverted),))
        if isinstance(layers[reader].op, Window):
            layers[reader] = _giving(layers[reader], inverted)


def _giving(layer: Layer, worth: Worth) -> Layer:
    return replace(layer, out_type=replace(layer.out_type, worth=worth))


RAISE_QUANTISERS = Pass(
    "raise-quantisers", "bit quantisers that fall are inverted, and their readers' weights", _apply
)
