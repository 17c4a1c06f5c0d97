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
from xnorflow.ir.types import bits_for_range

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
    return Starts(kinds, len(op.weights) // pe, pe, _accumulator_bits(op), _start_words(op))


@lru_cache(maxsize=64)
def _start_words(op: Dense) -> npt.NDArray[np.int64]:
    """What accumulators start at: int64 [rows of thresholds or 1, rows], as unsigned words."""
    bits, values = _accumulator_bits(op), _start_values(op)
    top = 0 if op.thresholds is None else 1 << (bits - 1)
    words: npt.NDArray[np.int64] = (values + top) & ((1 << bits) - 1)
    return words


def _start_values(op: Dense) -> npt.NDArray[np.int64]:
    """Minus the thresholds, or minus half of the columns."""
    if op.thresholds is None:
        return np.full((1, len(op.weights)), -((op.width + 1) // 2), np.int64)
    return -op.rows_of_thresholds.astype(np.int64)


@lru_cache(maxsize=64)
def _accumulator_bits(op: Dense) -> int:
    """Bits that hold a start value and every popcount added to it."""
    start = _start_values(op)
    return bits_for_range(min(int(start.min()), -1), int(start.max()) + op.width).bits
