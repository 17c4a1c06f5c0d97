# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine's binary products: of bits by XOR and popcount, of integers by signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.ir.layer import Dense
from xnorflow.ir.types import ValueType

__all__ = ["product"]

Values = npt.NDArray[Any]

_BLOCK_WORDS = 1 << 15
"""Words of 64 weights XORed at once: 256 KiB, so that they stay in a core's cache."""
_BLOCK_MACS = 1 << 18
"""Multiply-accumulates at once: so few that BLAS starts no threads, of which there are enough."""
_LEAST_PIXELS = 128
"""Pixels taken at once however many rows of weights there are: numpy works along them."""


def product(op: Dense, value: ValueType, pixels: Values, narrow: np.dtype[Any]) -> Values:
    """Output [n, out] of a product for the stored integers of pixels [n, in].

    Args:
        op: weights, and thresholds if there are any.
        value: the input's type.
        pixels: those of all frames, one after another.
        narrow: the output's type.
    """
    result = np.empty((len(pixels), len(op.weights)), dtype=narrow)
    blocks = _of_bits(op, pixels) if value.is_binary else _of_integers(op, value, pixels)
    start = 0
    for sums in blocks:
        end = start + sums.shape[1]
        if op.thresholds is None:
            sums = 2 * sums.astype(np.int64) - op.width if value.is_binary else sums
        else:
            sums = sums >= _limits(op, sums.dtype, start, end)
        result[start:end] = sums.T
        start = end
    return result


def _limits(op: Dense, dtype: np.dtype[Any], start: int, end: int) -> Values:
    """Thresholds [out, 1 or pixels] of pixels counted through all frames, as such numbers."""
    rows = op.rows_of_thresholds
    if op.kinds is not None:
        rows = rows[op.kinds[np.arange(start, end) % len(op.kinds)]]
    limits: Values = rows.astype(dtype).T
    return limits


def _of_bits(op: Dense, pixels: Values) -> Iterator[Values]:
    """Popcounts [out, some pixels]."""
    weights, seen = _words(op.weights), _words(pixels)
    dtype = np.int16 if op.width < np.iinfo(np.int16).max else np.int32
    step = max(_LEAST_PIXELS, _BLOCK_WORDS // len(op.weights))
    for start in range(0, len(pixels), step):
        block = seen[:, start : start + step]
        counts = np.full((len(op.weights), block.shape[1]), op.width, dtype=dtype)
        for word, other in zip(weights, block, strict=True):
            counts -= np.bitwise_count(word[:, np.newaxis] ^ other)
        yield counts


def _words(bits: Values) -> npt.NDArray[np.uint64]:
    """Bits [n, width] as words of 64 [words, n]; the last is filled up with 0, which agrees."""
    packed = np.packbits(bits, axis=1)
    padded = np.zeros((len(bits), -(-bits.shape[1] // 64) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(padded.view(np.uint64).T)


def _of_integers(op: Dense, value: ValueType, pixels: Values) -> Iterator[Values]:
    """Signed sums [out, some pixels].

    They are exact in whatever order they are made: floating point, for its fast products, holds
    every integer up to 2 ** 24 or 2 ** 53.
    """
    reach = op.width * max(-value.low, value.high) + 1
    exact = np.float32 if reach <= 1 << 24 else np.float64 if reach <= 1 << 53 else np.int64
    signs = 2 * op.weights.astype(exact) - 1
    step = max(_LEAST_PIXELS, _BLOCK_MACS // signs.size)
    for start in range(0, len(pixels), step):
        yield signs @ pixels[start : start + step].astype(exact).T
