# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Binary products, exact and fast: of bits by XOR and popcount, of integers by signs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from xnorflow.ir.types import Bits, Values, ValueType

__all__ = ["dot_products"]

_BLOCK_WORDS = 1 << 15
"""Words of 64 weights XORed at once: 256 KiB, so that they stay in a core's cache."""
_BLOCK_MACS = 1 << 18
"""Multiply-accumulates at once: so few that BLAS starts no threads, of which there are enough."""
_LEAST_PIXELS = 128
"""Pixels taken at once however many rows of weights there are: numpy works along them."""


def dot_products(weights: Bits, value: ValueType, pixels: Values) -> Iterator[Values]:
    """Sums [out, some pixels] of weights [out, in] and stored integers [pixels, in], in order.

    Args:
        weights: +1 stored as 1 and -1 as 0.
        value: the input's type; of bipolar bits the popcount of agreements is counted, of plain
            integers the signed sum.
        pixels: those of all frames, one after another.
    """
    if value.is_bipolar:
        return _of_bits(weights, pixels)
    assert value.is_plain, f"integers are multiplied as they are stored, not {value}"
    return _of_integers(weights, value, pixels)


def _of_bits(weights: Bits, pixels: Values) -> Iterator[Values]:
    """Popcounts [out, some pixels]."""
    rows, width = weights.shape
    words, seen = _words(weights), _words(pixels)
    dtype = np.int16 if width < np.iinfo(np.int16).max else np.int32
    step = max(_LEAST_PIXELS, _BLOCK_WORDS // rows)
    for start in range(0, len(pixels), step):
        block = seen[:, start : start + step]
        counts = np.full((rows, block.shape[1]), width, dtype=dtype)
        for word, other in zip(words, block, strict=True):
            counts -= np.bitwise_count(word[:, np.newaxis] ^ other)
        yield counts


def _words(bits: Values) -> npt.NDArray[np.uint64]:
    """Bits [n, width] as words of 64 [words, n]; the last is filled up with 0, which agrees."""
    packed = np.packbits(bits, axis=1)
    padded = np.zeros((len(bits), -(-bits.shape[1] // 64) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(padded.view(np.uint64).T)


def _of_integers(weights: Bits, value: ValueType, pixels: Values) -> Iterator[Values]:
    """Signed sums [out, some pixels].

    They are exact in whatever order they are made: floating point, for its fast products, holds
    every integer up to 2 ** 24 or 2 ** 53.
    """
    reach = weights.shape[1] * value.largest + 1
    exact = np.float32 if reach <= 1 << 24 else np.float64 if reach <= 1 << 53 else np.int64
    signs = 2 * weights.astype(exact) - 1
    step = max(_LEAST_PIXELS, _BLOCK_MACS // signs.size)
    for start in range(0, len(pixels), step):
        yield signs @ pixels[start : start + step].astype(exact).T
