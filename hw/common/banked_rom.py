# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How banked_rom.sv is best cut into banks, what it takes, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import images, mux_lut, packed

__all__ = ["BankedRom"]


@dataclass(frozen=True)
class BankedRom:
    """A table of ``depth`` words of ``width`` bits."""

    depth: int
    width: int
    family: Family

    @cached_property
    def bank(self) -> int:
        """Words of a bank: the whole depth, or that of one of a block RAM's modes."""
        modes = self.family.block_ram.modes
        banks = [self.depth, *(d for d, _ in modes if d < self.depth)]
        return min(banks, key=self._price)

    @property
    def resources(self) -> Resources:
        """Block RAM, the choice among banks, and registers."""
        return self._cut(self.bank)

    def images(self, name: str, words: npt.NDArray[np.uint8]) -> tuple[str, dict[str, bytes]]:
        """As ``memory.images``, of words [depth, width], bit 0 first."""
        banks = self.depth // self.bank
        whole = words[: banks * self.bank].reshape(banks, self.bank, self.width)
        main = whole.transpose(1, 0, 2).reshape(self.bank, -1)
        size = self._slice(self.bank)
        parts = [main[:, at : at + size] for at in range(0, main.shape[1], size)]
        if banks * self.bank < self.depth:
            parts.append(words[banks * self.bank :])
        return images(name, parts)

    def _slice(self, bank: int) -> int:
        whole = self.depth // bank * self.width
        return whole if bank == self.depth or bank <= 2048 else 8 * 16384 // bank

    def _price(self, bank: int) -> int:
        cut = self._cut(bank)
        return cut.lut + self.family.block_ram.price.bank * cut.bram18

    def _cut(self, bank: int) -> Resources:
        banks, rest = divmod(self.depth, bank)
        size, left = self._slice(bank), banks * self.width
        full = packed(bank, size, self.family)
        total = Resources(full.lut * (left // size), self.width, full.bram18 * (left // size))
        if left % size:
            total += packed(bank, left % size, self.family)
        if rest:
            total += packed(rest, self.width, self.family)
        parts = banks + (rest > 0)
        selected = (ceil(self.depth / bank) - 1).bit_length()
        return total + Resources(lut=mux_lut(parts, self.width, self.family.fabric), ff=selected)
