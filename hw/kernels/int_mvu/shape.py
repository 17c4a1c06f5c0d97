# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto an int_mvu: what its parts are, for its parameters and for its cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hw_common.banked_rom import BankedRom
from xnorflow.hw_common.mvu_start import Kinds, Starts
from xnorflow.hw_common.mvu_steps import Steps
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.kernels.int_mvu.codes import (
    Codes,
    accumulator_bits,
    chunk_limit,
    chunk_sizes,
    encode,
    start_values,
    tree,
)

__all__ = ["STORAGES", "IntMvuShape"]

STORAGES = ("const", "lutram", "bram")
"""Where weights may live, as STORAGE counts them."""


@dataclass(frozen=True)
class IntMvuShape:
    """A Dense layer, and how it is folded; storage is const, lutram or bram."""

    layer: Layer
    folding: Folding

    @property
    def op(self) -> Dense:
        """The product."""
        assert isinstance(self.layer.op, Dense)
        return self.layer.op

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return int(self.op.weights.shape[0])

    @property
    def in_bits(self) -> int:
        """Bits of an input."""
        return self.layer.in_type.value.bits

    @property
    def input(self) -> Steps:
        """Its input side."""
        beats, passes = self.op.width // self.folding.simd, self.rows // self.folding.pe
        return Steps(self.folding.simd * self.in_bits, beats, passes, self.layer.pixels)

    @cached_property
    def acc_bits(self) -> int:
        """Bits of an accumulator."""
        return accumulator_bits(self.layer)

    @cached_property
    def starts(self) -> Starts:
        """Where accumulators start."""
        values = start_values(self.layer, self.codes, self.acc_bits)
        passes = self.input.passes
        return Starts(Kinds.of(self.layer), passes, self.folding.pe, self.acc_bits, values)

    @cached_property
    def codes(self) -> Codes:
        """Its weights as the adders want them."""
        return encode(self.op, self.folding)

    def table(self, family: Family) -> BankedRom:
        """The weights, where they are in block RAM."""
        return BankedRom(self.input.steps, self.folding.pe * self.folding.simd, family)

    @property
    def chunks(self) -> list[int]:
        """Lanes of each chunk of a row."""
        return chunk_sizes(self.folding.simd, chunk_limit(self.folding.storage))

    @property
    def row_latency(self) -> int:
        """Cycles of int_row or int_fixed_row."""
        return 1 + len(tree(len(self.chunks), self.folding))

    def sum_bits(self, lanes: int) -> int:
        """Bits of a sum of so many lanes."""
        return self.in_bits + (lanes - 1).bit_length()
