# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Lanes of a table of weights: in a shallow one, some are constant and some alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.banked_rom import BankedRom
from xnorflow.hw_common.memory import rom_lut, varying_lanes

__all__ = ["Lanes"]

_SHALLOW = 12
"""Words up to which lanes are looked at; of deeper ones hardly any is constant."""


@dataclass(frozen=True, eq=False)
class Lanes:
    """What synthesis leaves of a table's lanes.

    Attributes:
        bits: [passes, rows at a time, beats, columns at a time].
    """

    bits: npt.NDArray[np.uint8] | npt.NDArray[np.bool_]

    @property
    def depth(self) -> int:
        """Words of the table."""
        passes, _, beats, _ = self.bits.shape
        return int(passes * beats)

    @property
    def count(self) -> int:
        """Bits of a word."""
        return self.bits.size // self.depth

    @property
    def is_shallow(self) -> bool:
        """Whether there are so few words that lanes may be constant, or alike."""
        return self.depth <= _SHALLOW

    @cached_property
    def _varies(self) -> npt.NDArray[np.bool_]:
        """Whether a lane's bits are not all the same [count]."""
        low, high = self.bits.min(axis=(0, 2)), self.bits.max(axis=(0, 2))
        found: npt.NDArray[np.bool_] = np.not_equal(low, high).ravel()
        return found

    @cached_property
    def varying(self) -> int:
        """Lanes that are not constant."""
        return int(self._varies.sum()) if self.is_shallow else self.count

    @property
    def different(self) -> int:
        """Lanes that vary, those that are alike counted once."""
        if not self.is_shallow:
            return self.count
        words = self.bits.transpose(1, 3, 0, 2).reshape(self.count, self.depth)
        return len(np.unique(np.packbits(words[self._varies], axis=1), axis=0))

    def kept(self, fabric: Fabric) -> int:
        """Lanes that synthesis keeps: those that vary; and merges alike ones, but not LUT6_2."""
        return self.different if fabric is Fabric.LUT4 else self.varying

    def block_ram(self, family: Family) -> Resources:
        """What the table takes as a ``banked_rom``."""
        if not self.varying:
            return Resources()
        return BankedRom(self.depth, self.varying, family).resources

    def rom_lut(self, fabric: Fabric) -> int:
        """LUTs of the table in a ``lut_rom``."""
        if fabric is Fabric.LUT4:
            return rom_lut(self.depth, self.different, fabric)
        if not self.is_shallow:
            return rom_lut(self.depth, self.count, fabric)
        return rom_lut(self.depth, varying_lanes(self._varies, self.depth), fabric)
