# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of integers as beats of 32-bit words, lane 0 in the low bits, and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.stream import Stream
from xnorflow.ir.types import Ints, ValueType

__all__ = ["Words", "pack", "unpack", "words_per_beat"]

Words = npt.NDArray[np.uint32]

_BLOCK_ELEMENTS = 1 << 20
"""Elements turned into bits at once: 32 MiB."""


def words_per_beat(width: int) -> int:
    """How many 32-bit words hold ``width`` bits."""
    return (width + 31) // 32


def pack(frames: Ints, stream: Stream) -> Words:
    """Integers [n, elements] to words [n, beats, words a beat]; unused bits are 0."""
    words = np.empty((len(frames), stream.beats, words_per_beat(stream.width)), dtype=np.uint32)
    step = _frames_a_block(stream)
    for start in range(0, len(frames), step):
        block = frames[start : start + step].astype("<i4")
        lanes = block.reshape(len(block), stream.beats, stream.lanes, 1).view(np.uint8)
        bits = np.unpackbits(lanes, axis=-1, count=stream.bits, bitorder="little")
        bits = _widened(bits.reshape(len(block), stream.beats, stream.width), 32)
        beats = np.packbits(bits, axis=-1, bitorder="little")
        words[start : start + step] = beats.view("<u4")
    return words


def unpack(words: Words, stream: Stream, value: ValueType) -> Ints:
    """Words [n, beats, words a beat] to integers [n, elements], sign extended if signed."""
    frames = np.empty((len(words), stream.beats * stream.lanes), dtype=np.int32)
    step = _frames_a_block(stream)
    for start in range(0, len(words), step):
        block = words[start : start + step].astype("<u4")
        bits = np.unpackbits(block.view(np.uint8), axis=-1, count=stream.width, bitorder="little")
        lanes = _widened(bits.reshape(len(block), -1, stream.bits), 32)
        numbers = np.packbits(lanes, axis=-1, bitorder="little").view("<u4")[..., 0]
        if value.signed:
            sign = np.uint32(1 << (stream.bits - 1))
            numbers = (numbers ^ sign) - sign
        frames[start : start + step] = numbers.view("<i4")
    return frames


def _frames_a_block(stream: Stream) -> int:
    return max(1, _BLOCK_ELEMENTS // (stream.beats * stream.lanes))


def _widened(bits: npt.NDArray[np.uint8], unit: int) -> npt.NDArray[np.uint8]:
    """The last axis filled with zeros to a multiple of ``unit``."""
    missing = -bits.shape[-1] % unit
    return np.pad(bits, [(0, 0)] * (bits.ndim - 1) + [(0, missing)]) if missing else bits
