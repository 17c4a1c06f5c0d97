# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A quantiser folded onto a requantize unit: what its parts are, for parameters and cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from xnorflow.hardware.family import Family
from xnorflow.hw_common.memory import MAX_FILES, block_pays, rom_lut
from xnorflow.hw_common.row_turns import RowTurns
from xnorflow.kernels.requantize.pieces import Pieces

__all__ = ["ADDERS_A_CYCLE", "RequantizeShape", "Table"]

ADDERS_A_CYCLE = 3


@dataclass(frozen=True)
class Table:
    """Tables of one size, each in a memory of its own.

    Attributes:
        count: of tables.
        depth: words of each.
        width: bits of a word.
    """

    count: int
    depth: int
    width: int

    def in_block(self, family: Family) -> bool:
        """Whether they are in block RAM; if not, in LUTs."""
        if self.count > MAX_FILES or self.width == 0:
            return False
        lut = rom_lut(self.depth, self.width, family.fabric)
        return block_pays(lut, self.depth, self.width, family)


@dataclass(frozen=True)
class RequantizeShape(RowTurns):
    """A Quantize layer that lines give, and how it is folded."""

    @cached_property
    def pieces(self) -> Pieces:
        """What becomes of each element."""
        found = Pieces.of(self.layer)
        assert found is not None, "matches() has seen that there are some"
        return found

    @property
    def period(self) -> int:
        """Rows until they repeat."""
        return self.pieces.rows

    @property
    def unrepeated(self) -> RequantizeShape:
        """The same of fewer lanes, where further ones take all rows again in each beat."""
        if self.phases > 1 or self.lanes == self.period:
            return self
        return replace(self, folding=replace(self.folding, pe=self.period, simd=self.period))

    @property
    def lines(self) -> Table | None:
        """The tables of lines: one, or one a lane where lanes choose by themselves."""
        pieces = self.pieces
        width = pieces.offset_bits + pieces.slope_bits
        if pieces.count > 1:
            return Table(self.lanes, self.phases << pieces.piece_bits, width)
        return Table(1, self.phases, width * self.lanes) if self.phases > 1 else None

    @property
    def starts(self) -> Table | None:
        """The table of where pieces start, if it is one."""
        pieces = self.pieces
        if pieces.count == 1 or self.phases == 1:
            return None
        return Table(1, self.phases, (pieces.count - 1) * pieces.entry.bits * self.lanes)

    @property
    def multiplies(self) -> bool:
        """Whether a DSP slice of each lane makes its product."""
        return self.folding.storage == "dsp"

    @property
    def factor_bits(self) -> int:
        """Bits of the signed number that is multiplied."""
        return self.pieces.entry.bits + (not self.pieces.entry.signed)

    @property
    def digits(self) -> int:
        """Digits of a slope, as recoded_sum.sv takes it."""
        return (self.pieces.slope_bits + 1) // 2

    @property
    def high_bits(self) -> int:
        """Bits of an offset that recoded_sum.sv adds at the end."""
        return 0 if self.digits == 1 else max(0, self.pieces.sum_bits - self.factor_bits)

    @property
    def adders(self) -> int:
        """Adders of recoded_sum.sv in a row."""
        return self.digits + (self.high_bits > 0)

    @property
    def start_delay(self) -> int:
        """Cycles until the starts are known."""
        return 2 if self.starts else 0

    @property
    def line_delay(self) -> int:
        """Cycles from there until the lines are."""
        return 2 if self.lines else 0

    @property
    def sum_delay(self) -> int:
        """Cycles from there until the sums are."""
        if not self.digits:
            return 0
        return 2 if self.multiplies else ceil(self.adders / ADDERS_A_CYCLE)

    @property
    def delay(self) -> int:
        """Cycles in front of the skid buffer."""
        return self.start_delay + self.line_delay + self.sum_delay
