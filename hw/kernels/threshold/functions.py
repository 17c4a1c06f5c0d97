# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What functions of up to 8 bits take: cut as element_function.sv cuts them, or left whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.ir.types import Ints

__all__ = ["Functions"]

Column = npt.NDArray[np.uint8]

_SHARED = {Fabric.LUT6: 4, Fabric.LUT4: 2}
"""Inputs that a function may have to be part of the LUT that follows."""
_LUT_A_NODE = {Fabric.LUT6: 0.23, Fabric.LUT4: 0.95}
"""LUTs that synthesis takes for functions left whole, for each node of more inputs than that:
fitted to 19 shifted, scaled and clipped pixels, one to three LUT6 off a pixel of eight bits, up to
twelve LUT4."""
_MANY_LUT4 = (12, 0.6)
"""LUT4 of many nodes, and for each of them; fitted to any functions that rise."""
_LUT_A_CLIP = 0.4
"""LUTs of a function of two inputs in front of a register: clipped bits are mostly cleared or
set by it; fitted."""
_LUT4_A_TABLE = 1.7
"""LUT4 of 16 places of a truth table, at most, since multiplexers are part of the fabric;
fitted."""
_STEP_LUT4 = (0, 0, 0, 1, 3, 4, 8, 4, 5)
"""LUT4 of a function that changes once, by its inputs: as they come, one by one up to four
off."""
_SIMPLE = 0.27
"""Share of nodes up to which functions are simple; for others synthesis takes several times as many
LUTs."""


@dataclass(frozen=True, eq=False)
class Functions:
    """The functions of one table.

    Attributes:
        columns: bits [functions, input values].
    """

    columns: Column

    @classmethod
    def of(cls, row: Ints, bits: int) -> Functions:
        """Those of a table's output bits, codes [input values]."""
        return cls(((row >> np.arange(bits)[:, np.newaxis]) & 1).astype(np.uint8))

    def cut_lut(self, registered: bool) -> int:
        """LUT6 of all functions, cut; a register behind them does not take a part over."""
        return sum(
            _cut(column, 1 if registered else _SHARED[Fabric.LUT6]) for column in self.columns
        )

    def whole_lut(self, fabric: Fabric, registered: bool) -> float:
        """LUTs of all functions, left whole."""
        nodes = self._nodes(_SHARED[fabric])
        if fabric is Fabric.LUT6:
            lut = _LUT_A_NODE[fabric] * nodes
            return lut + registered * sum(map(_alone, self._supports))
        most = sum(_LUT4_A_TABLE * 2 ** (n - 4) for n in self._supports)
        lut = min(_LUT_A_NODE[fabric] * nodes, _MANY_LUT4[0] + _MANY_LUT4[1] * nodes, most)
        if all(np.count_nonzero(np.diff(c)) <= 1 for c in self.columns):
            lut = sum(_STEP_LUT4[support] for support in self._supports)
        return lut + registered * sum(map(_alone, (n for n in self._supports if n == 2)))

    def are_simple(self, registered: bool) -> bool:
        """Whether they are better left whole in LUT6; functions of their own hardly ever are."""
        if len(self.columns) < _SHARED[Fabric.LUT6]:
            return False
        shared = _SHARED[Fabric.LUT6]
        most = self.columns.size >> shared  # in which the last inputs are all below
        few = self._nodes(shared) <= _SIMPLE * (most - len(self.columns))
        return few and self.whole_lut(Fabric.LUT6, registered) <= self.cut_lut(registered)

    @cached_property
    def _supports(self) -> list[int]:
        return [_support(column) for column in self.columns]

    def _nodes(self, inputs: int) -> int:
        """Different functions of the lower inputs that depend on more than so many, up to the sign.

        They are nodes of a binary decision diagram of all functions, the low inputs last.
        """
        found = set()
        for column in self.columns:
            for size in range(inputs + 1, len(column).bit_length()):
                for part in column.reshape(-1, 1 << size):
                    if _depends(part, size - 1) and _support(part) > inputs:
                        found.add((part ^ part[0]).tobytes())
        return len(found)


def _cut(column: Column, free: int) -> int:
    """LUTs of a function: a code of the lower six inputs, and what is left.

    Up to so many free inputs of what is left cost nothing.
    """
    bits, support = len(column).bit_length() - 1, _support(column)
    if support <= _SHARED[Fabric.LUT6]:
        return int(support > free)
    high = max(0, bits - 6)
    left = column.reshape(1 << high, -1)
    code = (len(np.unique(left, axis=1).T) - 1).bit_length()
    return code + (high + code > free)


def _alone(support: int) -> float:
    """LUT6 of a function in front of a register, if nothing is shared."""
    if support <= 2:
        return _LUT_A_CLIP * (support == 2)
    return ceil((support - 1) / 5)


def _support(column: Column) -> int:
    """Number of inputs that the function depends on."""
    return sum(_depends(column, place) for place in range(len(column).bit_length() - 1))


def _depends(column: Column, place: int) -> bool:
    """Whether the function depends on an input."""
    halves = column.reshape(-1, 2, 1 << place)
    return not np.array_equal(halves[:, 0], halves[:, 1])
