# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto an xnor_mvu: what its parts are, for its parameters and for its cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.folding import Folding
from xnorflow.hw_common.banked_rom import BankedRom
from xnorflow.hw_common.lanes import Lanes
from xnorflow.hw_common.mvu_start import Kinds, Starts
from xnorflow.hw_common.mvu_steps import Steps
from xnorflow.hw_common.xnor_popcount import popcount_latency
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import bits_for_range

__all__ = ["STORAGES", "XnorMvuShape", "dense_of", "shape_of", "sizes_of"]

STORAGES = ("const", "lutram", "bram")
"""Where weights may live, as STORAGE counts them."""

_NARROW = 8
"""Constant weights of a row, in all phases, up to which rows are looked at: some are equal."""


@dataclass(frozen=True, eq=False)
class XnorMvuShape:
    """Everything that an xnor_mvu's cost depends on.

    Attributes:
        input: its input side.
        lanes: of its table of weights.
        starts: where its accumulators start.
        thresholded: whether outputs are bits.
        storage: const, lutram or bram.
    """

    input: Steps
    lanes: Lanes
    starts: Starts
    thresholded: bool
    storage: str

    @property
    def pe(self) -> int:
        """Rows at a time."""
        return self.starts.pe

    @property
    def simd(self) -> int:
        """Columns at a time."""
        return self.input.width

    @cached_property
    def different(self) -> tuple[int, int]:
        """Rows with a popcount of their own, and rows with a sum of their own."""
        passes, pe, beats, simd = self.lanes.bits.shape
        if self.storage != "const" or passes * beats * simd > _NARROW:
            return pe, pe
        words = self.lanes.bits.transpose(1, 0, 2, 3).reshape(pe, -1)
        starts = np.concatenate([words, self.starts.lanes.T], axis=1)
        return len(np.unique(words, axis=0)), len(np.unique(starts, axis=0))

    @property
    def acc_bits(self) -> int:
        """Bits of an accumulator."""
        return self.starts.bits

    @property
    def table(self) -> BankedRom:
        """The weights, where they are in block RAM."""
        return BankedRom(self.input.steps, self.pe * self.simd)

    @property
    def weight_latency(self) -> int:
        """Cycles from a step to its weights."""
        return 2 if self.storage == "bram" else 1

    @property
    def delay(self) -> int:
        """Cycles from a step to the accumulators."""
        return self.weight_latency + popcount_latency(self.simd)


def dense_of(layer: Layer) -> Dense:
    """The product."""
    assert isinstance(layer.op, Dense)
    return layer.op


def sizes_of(layer: Layer) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns = dense_of(layer).weights.shape
    return int(rows), int(columns)


def shape_of(layer: Layer, folding: Folding) -> XnorMvuShape:
    """A Dense layer folded onto an xnor_mvu."""
    op = dense_of(layer)
    rows, columns = sizes_of(layer)
    passes, beats = rows // folding.pe, columns // folding.simd
    return XnorMvuShape(
        input=Steps(folding.simd, beats, passes, layer.pixels),
        lanes=Lanes(op.weights.reshape(passes, folding.pe, beats, folding.simd)),
        starts=_starts(op, Kinds.of(layer), folding.pe),
        thresholded=op.thresholds is not None,
        storage=folding.storage,
    )


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
