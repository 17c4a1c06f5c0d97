# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Packing of frames into beats: lane 0 in the low bits, channel fastest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["pack", "random_frames", "unpack"]


def pack(values: npt.ArrayLike, lanes: int, bits: int) -> list[int]:
    """The tdata of each beat of a frame: integers [elements] -> elements / lanes words."""
    flat = [int(v) & ((1 << bits) - 1) for v in np.asarray(values).reshape(-1)]
    assert len(flat) % lanes == 0, "a frame is a whole number of beats"
    return [
        sum(v << (bits * lane) for lane, v in enumerate(flat[start : start + lanes]))
        for start in range(0, len(flat), lanes)
    ]


def unpack(beats: list[int], lanes: int, bits: int, signed: bool = False) -> npt.NDArray[np.int64]:
    """The integers [elements] that the beats of a frame carry."""
    mask, sign = (1 << bits) - 1, 1 << (bits - 1)
    raw = [(beat >> (bits * lane)) & mask for beat in beats for lane in range(lanes)]
    return np.array([(v ^ sign) - sign if signed else v for v in raw], dtype=np.int64)


def random_frames(
    rng: np.random.Generator, frames: int, elements: int, low: int, high: int
) -> npt.NDArray[np.int32]:
    """Integers [frames, elements] from low to high, the first two frames all low and all high."""
    values = rng.integers(low, high, size=(frames, elements), dtype=np.int32, endpoint=True)
    for row, extreme in enumerate((low, high)):
        if row < frames - 1:
            values[row] = extreme
    return values
