# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The words of a requantize unit's tables, as requantize.sv has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.kernels.requantize.corridor import Numbers
from xnorflow.kernels.requantize.shape import RequantizeShape

__all__ = ["Bits", "line_words", "start_words"]

Bits = npt.NDArray[np.uint8]


def line_words(shape: RequantizeShape) -> Bits:
    """Words {offset, slope} of each memory [memories, words, bits], or of one if all are alike."""
    pieces = shape.pieces
    offsets = _bits(pieces.offsets >> pieces.zeros, pieces.offset_bits)
    lines = _in_turn(np.concatenate([_bits(pieces.slopes, pieces.slope_bits), offsets], -1), shape)
    phases, lanes, count, width = lines.shape
    if count == 1:
        return lines.reshape(1, phases, lanes * width)
    last = np.repeat(lines[:, :, -1:], (1 << pieces.piece_bits) - count, axis=2)
    whole: Bits = np.concatenate([lines, last], 2).swapaxes(0, 1).reshape(lanes, -1, width)
    return whole


def start_words(shape: RequantizeShape) -> Bits:
    """The starts of all lanes' pieces, beat by beat [1, words, bits]."""
    pieces = shape.pieces
    bits = _in_turn(_bits(pieces.starts - pieces.entry.low, pieces.entry.bits), shape)
    return bits.reshape(1, shape.phases, -1)


def _in_turn(rows: Bits, shape: RequantizeShape) -> Bits:
    """Rows [rows, ...] as beats take them [phases, lanes, ...]; one if it serves all."""
    lanes = 1 if shape.rows == 1 else shape.lanes
    order = np.arange(shape.phases * lanes) % len(rows)
    turns: Bits = rows[order].reshape(shape.phases, lanes, *rows.shape[1:])
    return turns


def _bits(numbers: Numbers, width: int) -> Bits:
    """Bits of numbers [..., bit], bit 0 first."""
    bits: Bits = ((numbers[..., np.newaxis] >> np.arange(width)) & 1).astype(np.uint8)
    return bits
