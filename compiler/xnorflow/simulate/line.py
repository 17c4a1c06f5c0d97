# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A serial line as its levels over time: bytes to stretches of one level, and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["LEVEL", "Receiver", "Stretches", "idle", "stretches"]

Stretches = npt.NDArray[np.uint32]
"""A level in the top bit and its clock cycles below, one after the other."""

LEVEL = 1 << 31
_BITS = 10
"""Of a byte: start, eight of data, stop."""


def idle(cycles: int) -> Stretches:
    """A line that nobody drives low."""
    return np.array([LEVEL | cycles], np.uint32)


def stretches(data: bytes, cycles_a_bit: float) -> Stretches:
    """Bytes without a pause in between, one stretch a bit."""
    plain = np.frombuffer(data, np.uint8)
    bits = np.unpackbits(plain[:, np.newaxis], axis=1, bitorder="little")
    bits = np.pad(bits, [(0, 0), (1, 0)])
    bits = np.pad(bits, [(0, 0), (0, 1)], constant_values=1).reshape(-1)
    ends = np.rint(np.arange(len(bits) + 1) * cycles_a_bit).astype(np.int64)
    found: Stretches = (bits.astype(np.int64) * LEVEL + np.diff(ends)).astype(np.uint32)
    return found


class Receiver:
    """Takes bytes off a line; one without its stop bit is dropped.

    Args:
        cycles_a_bit: how long each bit is.
    """

    def __init__(self, cycles_a_bit: float) -> None:
        self._step = cycles_a_bit
        self._levels = np.empty(0, np.uint8)  # a level a cycle, from the last idle one on

    def take(self, heard: Stretches) -> bytes:
        """The bytes that these stretches complete."""
        levels = np.repeat((heard >> 31).astype(np.uint8), (heard & (LEVEL - 1)).astype(np.int64))
        line = np.concatenate([self._levels, levels])
        falls = np.flatnonzero(line[1:] < line[:-1]) + 1
        middles = np.rint((np.arange(_BITS) + 0.5) * self._step).astype(np.int64)
        found, done, kept = bytearray(), 0, len(line)
        for start in falls:
            if start < done:
                continue
            if start + middles[-1] >= len(line):
                kept = int(start) - 1
                break
            bits = line[start + middles]
            done = int(start + middles[-1])
            if bits[-1] and not bits[0]:
                found += np.packbits(bits[1:-1], bitorder="little").tobytes()
        self._levels = line[max(0, min(kept, len(line) - 1)) :]
        return bytes(found)
