# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The beats of a slice."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.slice import Slice

__all__ = ["SliceShape"]


@dataclass(frozen=True)
class SliceShape:
    """What a stream_slice counts.

    Attributes:
        width: bits of a beat.
        beats: of a pixel.
        first: number of the first one that is kept.
        kept: how many are.
        pixels: of a frame.
    """

    width: int
    beats: int
    first: int
    kept: int
    pixels: int

    @staticmethod
    def of(layer: Layer, folding: Folding) -> SliceShape:
        """Of a layer folded so."""
        op, pe, before = layer.op, folding.pe, layer.in_type
        assert isinstance(op, Slice)
        width, beats = pe * before.value.bits, before.channels // pe
        return SliceShape(width, beats, op.start // pe, (op.stop - op.start) // pe, layer.pixels)
