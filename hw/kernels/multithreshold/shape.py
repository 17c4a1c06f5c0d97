# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto a multithreshold unit: its tables, for parameters and cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import lcm

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hw_common.memory import block_pays, rom_lut
from xnorflow.ir.layer import Layer
from xnorflow.kernels.multithreshold.levels import Levels, Numbers

__all__ = ["MAX_FILES", "Bits", "MultithresholdShape"]

Bits = npt.NDArray[np.uint8]
MAX_FILES = 1000
"""Memory images have numbers of three digits."""


@dataclass(frozen=True)
class MultithresholdShape:
    """A layer of sorted thresholds, and how it is folded."""

    layer: Layer
    folding: Folding

    @cached_property
    def levels(self) -> Levels:
        """What becomes of each element."""
        found = Levels.of(self.layer)
        assert found is not None, "matches() has seen that there are some"
        return found

    @property
    def lanes(self) -> int:
        """Elements a beat."""
        return self.folding.pe

    @property
    def rows(self) -> int:
        """Rows of whole beats until they repeat; one if it serves all elements."""
        period = self.levels.rows
        return 1 if period == 1 else lcm(period, self.lanes)

    @property
    def phases(self) -> int:
        """Beats until the same rows are taken again."""
        return max(1, self.rows // self.lanes)

    @property
    def row_lanes(self) -> int:
        """Lanes with tables of their own."""
        return 1 if self.rows == 1 else self.lanes

    @property
    def stages(self) -> int:
        """Bits that are found, one after the other."""
        return self.levels.out.bits

    @cached_property
    def order(self) -> Numbers:
        """Which row each lane takes in each beat [phases, lanes with tables of their own]."""
        whole = np.arange(self.phases * self.row_lanes) % self.levels.rows
        return whole.reshape(self.phases, self.row_lanes)

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
        turns = middle[self.order].swapaxes(0, 1).reshape(self.row_lanes, -1, 1)
        found: Bits = ((turns >> np.arange(self.levels.bits)) & 1).astype(np.uint8)
        return found
