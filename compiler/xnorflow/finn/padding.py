# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Zeros around binary images: bits have no zero, so FINN gets these images as -1, 0 and +1.

Here a pixel near the edge has thresholds of its own, which make up for what stored bits beyond the
edge add to its popcount. Over signs, with zeros beyond the edge, one threshold serves all pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.window import Window

__all__ = ["needs_signs", "over_signs", "sign_sources"]

Floats = npt.NDArray[np.float32]

_FAR = 1 << 40


def needs_signs(layer: Layer) -> bool:
    """Whether a layer's pixels have different thresholds."""
    if not isinstance(layer.op, Dense) or layer.op.thresholds is None:
        return False
    rows = layer.op.rows_of_thresholds
    return bool((rows != rows[:1]).any())


def sign_sources(graph: Graph) -> frozenset[str]:
    """Names of the layers whose bits a padded product further on needs as signs."""
    found = set()
    for index, layer in enumerate(graph.layers):
        if needs_signs(layer):
            before = [other for other in graph.layers[:index] if _makes_bits(other)]
            if before:
                found.add(before[-1].name)
    return frozenset(found)


def _makes_bits(layer: Layer) -> bool:
    return isinstance(layer.op, Quantize | Dense)


def over_signs(layer: Layer, window: Layer) -> Floats | None:
    """Thresholds [rows, 1] of sums over signs, with zeros beyond the image's edge.

    None if no one threshold does for all pixels what theirs do.
    """
    assert isinstance(layer.op, Dense)
    assert isinstance(window.op, Window)
    op, fill = layer.op, window.op.fill
    kinds = np.zeros(layer.pixels, np.int64) if op.kinds is None else op.kinds
    inside = _inside(window, window.op)
    cases = np.unique(np.column_stack([kinds, inside]), axis=0)
    kinds, inside = cases[:, 0], cases[:, 1:]
    signs = 2 * op.weights.astype(np.int64) - 1
    per_tap = signs.reshape(len(signs), inside.shape[1], -1).sum(axis=2)
    beyond = (1 - inside) @ per_tap.T
    # popcount >= t of bits, so many of which are the fill, in terms of the sum over the others
    wanted = 2 * op.rows_of_thresholds[kinds].astype(np.int64) - op.width - (2 * fill - 1) * beyond
    reach = (inside.sum(axis=1) * (op.width // inside.shape[1]))[:, np.newaxis]
    # sums are of one parity, so that the integer below does as well; beyond reach, any does
    low = np.where(wanted > reach, reach + 1, np.where(wanted <= -reach, -_FAR, wanted - 1))
    high = np.where(wanted > reach, _FAR, np.where(wanted <= -reach, -reach, wanted))
    least, most = low.max(axis=0), high.min(axis=0)
    if (least > most).any():
        return None
    thresholds: Floats = np.where(most < _FAR, most, least).astype(np.float32)[:, np.newaxis]
    return thresholds


def _inside(window: Layer, op: Window) -> npt.NDArray[np.int64]:
    """1 where a tap of the kernel sees the image, [pixels, taps]."""
    height, width, _ = window.in_type.shape
    top, left, bottom, right = op.sweep.pads
    image = np.pad(np.ones((height, width), np.int64), ((top, bottom), (left, right)))
    seen = np.lib.stride_tricks.sliding_window_view(image, op.sweep.kernel)
    down, across = op.sweep.stride
    return np.ascontiguousarray(seen[::down, ::across]).reshape(-1, op.sweep.area)
