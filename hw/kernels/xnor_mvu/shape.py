# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto an xnor_mvu: what its parts are, for its parameters and for its cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from xnorflow.hw_common.lanes import Lanes
from xnorflow.hw_common.mvu_shape import MvuShape
from xnorflow.hw_common.mvu_start import Kinds, Starts
from xnorflow.hw_common.xnor_popcount import popcount_latency
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BIPOLAR, bits_for_range

__all__ = ["XnorMvuShape"]

_NARROW = 8
"""Constant weights of a row, in all phases, up to which rows are looked at: some are equal."""


@dataclass(frozen=True, eq=False)
class XnorMvuShape(MvuShape):
    """A Dense layer, and how it is folded."""

    @property
    def bits(self) -> npt.NDArray[np.uint8]:
        """The weights [passes, PE, beats, SIMD]."""
        shape = (self.input.passes, self.pe, self.input.beats, self.simd)
        return self.op.weights.reshape(shape)

    @cached_property
    def lanes(self) -> Lanes:
        """Of its table of weights."""
        return Lanes(self.bits)

    @property
    def acc_bits(self) -> int:
        """Bits of an accumulator."""
        return _accumulator_bits(self.op)

    @property
    def fine(self) -> bool:
        """Whether the lowest bit of a raw sum is kept beside its accumulator, for each row."""
        return _is_fine(self.op)

    @property
    def odd(self) -> bool:
        """Whether raw sums are odd, if all are alike in that."""
        return not self.thresholded and bool(_lowest(self.op).flat[0])

    @cached_property
    def starts(self) -> Starts:
        """Where its accumulators start."""
        return _starts(self.op, Kinds.of(self.layer), self.pe)

    @cached_property
    def different(self) -> tuple[int, int]:
        """Rows with a popcount of their own, and rows with a sum of their own."""
        passes, pe, beats, simd = self.bits.shape
        if self.storage != "const" or passes * beats * simd > _NARROW:
            return pe, pe
        words = self.bits.transpose(1, 0, 2, 3).reshape(pe, -1)
        starts = np.concatenate([words, self.starts.lanes.T], axis=1)
        return len(np.unique(words, axis=0)), len(np.unique(starts, axis=0))

    @property
    def delay(self) -> int:
        """Cycles from a step to the accumulators: its weights, and their popcount."""
        weights = 2 if self.storage == "bram" else 1
        return weights + popcount_latency(self.simd)


@lru_cache(maxsize=256)
def _starts(op: Dense, kinds: Kinds, pe: int) -> Starts:
    bits = _accumulator_bits(op) + _is_fine(op)
    return Starts(kinds, len(op.weights) // pe, pe, bits, _start_words(op))


@lru_cache(maxsize=64)
def _start_words(op: Dense) -> npt.NDArray[np.int64]:
    """What accumulators start at: int64 [rows of thresholds, of offsets or 1, rows], unsigned.

    Below it stands the sum's lowest bit, where these differ.
    """
    bits, values = _accumulator_bits(op), _start_values(op)
    top = 0 if op.thresholds is None else 1 << (bits - 1)
    words: npt.NDArray[np.int64] = (values + top) & ((1 << bits) - 1)
    return words << 1 | _lowest(op) if _is_fine(op) else words


def _start_values(op: Dense) -> npt.NDArray[np.int64]:
    """Minus the thresholds, or half of what sums have beside twice the popcount."""
    if op.thresholds is None:
        return _beside(op) >> 1
    return -op.rows_of_thresholds.astype(np.int64)


def _beside(op: Dense) -> npt.NDArray[np.int64]:
    """Offsets less the columns: int64 [rows of offsets or 1, rows]."""
    offsets = np.zeros(len(op.weights), np.int64) if op.offsets is None else op.offsets
    beside: npt.NDArray[np.int64] = np.atleast_2d(offsets).astype(np.int64) - op.width
    return beside


def _lowest(op: Dense) -> npt.NDArray[np.int64]:
    """The lowest bit of sums, which no popcount changes: int64 [rows of offsets or 1, rows]."""
    return _beside(op) & 1


@lru_cache(maxsize=64)
def _is_fine(op: Dense) -> bool:
    """Whether some sums are even and some odd."""
    return op.thresholds is None and len(np.unique(_lowest(op))) > 1


@lru_cache(maxsize=64)
def _accumulator_bits(op: Dense) -> int:
    """Bits that hold a start value and every popcount added to it; of raw sums, half of each."""
    if op.offsets is not None:
        sums = op.sums(BIPOLAR)
        return bits_for_range(sums[0], sums[-1]).bits - 1
    start = _start_values(op)
    return bits_for_range(min(int(start.min()), -1), int(start.max()) + op.width).bits
