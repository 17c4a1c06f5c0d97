# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto an int_mvu: what its parts are, for its parameters and for its cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xnorflow.hw_common.mvu_shape import MvuShape
from xnorflow.hw_common.mvu_start import Kinds, Starts
from xnorflow.kernels.int_mvu.codes import (
    Codes,
    accumulator_bits,
    chunk_limit,
    chunk_sizes,
    encode,
    start_values,
    tree,
)

__all__ = ["IntMvuShape"]

_TERMS_LATENCY = 2
"""Cycles from a step to its terms and its codes."""


@dataclass(frozen=True, eq=False)
class IntMvuShape(MvuShape):
    """A Dense layer, and how it is folded."""

    @cached_property
    def acc_bits(self) -> int:
        """Bits of an accumulator."""
        return accumulator_bits(self.layer)

    @cached_property
    def starts(self) -> Starts:
        """Where accumulators start."""
        values = start_values(self.layer, self.codes, self.acc_bits)
        return Starts(Kinds.of(self.layer), self.input.passes, self.pe, self.acc_bits, values)

    @cached_property
    def codes(self) -> Codes:
        """Its weights as the adders want them."""
        return encode(self.op, self.folding)

    @property
    def bits(self) -> npt.NDArray[np.bool_]:
        """The codes [passes, PE, beats, SIMD]."""
        return self.codes.bits

    @property
    def chunks(self) -> list[int]:
        """Lanes of each chunk of a row."""
        return chunk_sizes(self.simd, chunk_limit(self.storage))

    @property
    def levels(self) -> int:
        """Of the tree over a row's chunks."""
        return len(tree(len(self.chunks), self.folding))

    @property
    def row_latency(self) -> int:
        """Cycles of int_row or int_fixed_row."""
        return 1 + self.levels

    @property
    def delay(self) -> int:
        """Cycles from a step to the accumulators."""
        return _TERMS_LATENCY + self.row_latency

    def sum_bits(self, lanes: int) -> int:
        """Bits of a sum of so many lanes."""
        return self.in_bits + (lanes - 1).bit_length()
