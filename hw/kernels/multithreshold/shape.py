# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto a multithreshold unit: its tables, for parameters and cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hw_common.memory import MAX_FILES, Bits, bits_of, block_pays, rom_lut
from xnorflow.hw_common.row_turns import RowTurns
from xnorflow.kernels.multithreshold.levels import Levels

__all__ = ["MultithresholdShape"]


@dataclass(frozen=True)
class MultithresholdShape(RowTurns):
    """A layer of sorted thresholds, and how it is folded."""

    @cached_property
    def levels(self) -> Levels:
        """What becomes of each element."""
        found = Levels.of(self.layer)
        assert found is not None, "matches() has seen that there are some"
        return found

    @property
    def period(self) -> int:
        """Rows until they repeat."""
        return self.levels.rows

    @property
    def stages(self) -> int:
        """Bits that are found, one after the other."""
        return self.levels.out.bits

    @property
    def falls(self) -> npt.NDArray[np.bool_]:
        """Whether rows fall [phases, lanes with tables of their own]."""
        found: npt.NDArray[np.bool_] = self.levels.falls[self.order]
        return found

    def depth(self, stage: int) -> int:
        """Words of each table of a stage."""
        return self.phases << stage

    def table_stages(self, family: Family) -> int:
        """Stages whose tables are in LUTs: all before the first for which block RAM pays."""
        for stage in range(self.stages):
            depth, width = self.depth(stage), self.levels.bits
            lut = rom_lut(depth, width, family.fabric)
            files = (self.stages - stage) * self.lanes
            if self.phases > 1 and files <= MAX_FILES and block_pays(lut, depth, width, family):
                return stage
        return self.stages

    def words(self, stage: int) -> Bits:
        """The tables of a stage, one a lane [lanes with tables of their own, words, bits].

        Words are phase by phase the thresholds in the middle of what is left, bit 0 first.
        """
        half = 1 << (self.stages - 1 - stage)
        middle = self.levels.places[:, half - 1 :: 2 * half]
        turns = middle[self.order].swapaxes(0, 1).reshape(self.row_lanes, -1)
        return bits_of(turns, self.levels.bits)
