# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The words of a requantize unit's tables, as requantize.sv has them."""

from __future__ import annotations

import numpy as np

from xnorflow.hw_common.memory import Bits, bits_of
from xnorflow.kernels.requantize.shape import RequantizeShape

__all__ = ["line_words", "start_words"]


def line_words(shape: RequantizeShape) -> Bits:
    """Words {offset, slope} of each memory [memories, words, bits], or of one if all are alike."""
    pieces = shape.pieces
    offsets = bits_of(pieces.offsets >> pieces.zeros, pieces.offset_bits)
    rows = np.concatenate([bits_of(pieces.slopes, pieces.slope_bits), offsets], -1)
    lines = rows[shape.order]
    phases, lanes, count, width = lines.shape
    if count == 1:
        return lines.reshape(1, phases, lanes * width)
    last = np.repeat(lines[:, :, -1:], (1 << pieces.piece_bits) - count, axis=2)
    whole: Bits = np.concatenate([lines, last], 2).swapaxes(0, 1).reshape(lanes, -1, width)
    return whole


def start_words(shape: RequantizeShape) -> Bits:
    """The starts of all lanes' pieces, beat by beat [1, words, bits]."""
    pieces = shape.pieces
    bits = bits_of(pieces.starts - pieces.entry.low, pieces.entry.bits)
    return bits[shape.order].reshape(1, shape.phases, -1)
