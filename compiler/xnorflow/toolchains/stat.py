# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Count FPGA primitives from Yosys's ``stat -json``, per instance of the top module.

What a cell costs is stated by the family for every cell type that synthesis may leave; any other
type is an error, because a cell counted as nothing would make a design look smaller than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = ["CountError", "Counter"]


class CountError(ValueError):
    """The statistics are incomplete, or name a cell type whose cost is not known."""


@dataclass(frozen=True)
class Counter:
    """Adds up primitives through the hierarchy.

    Attributes:
        family: whose cells are counted.
        modules: module name -> cell type -> number of such cells, names as Yosys shows them.
    """

    family: Family
    modules: Mapping[str, Mapping[str, int]]

    @classmethod
    def from_stat(cls, family: Family, stat: object) -> Counter:
        """From the parsed output of ``stat -json``.

        Raises:
            CountError: the output is not complete.
        """
        modules = stat.get("modules") if isinstance(stat, dict) else None
        if not isinstance(modules, dict) or not modules:
            raise CountError("the statistics must list modules, not be cut off")
        found = {}
        for name, module in modules.items():
            cells = module.get("num_cells_by_type") if isinstance(module, dict) else None
            if not isinstance(cells, dict):
                raise CountError(f"the statistics of module {name} must list its cells")
            found[_plain(name)] = {_plain(cell): int(number) for cell, number in cells.items()}
        return cls(family, found)

    def module(self, name: str) -> Resources:
        """Primitives in one module and everything below it.

        Raises:
            CountError: a cell in it is neither a module nor a primitive of the family.
        """
        return self._sum(_plain(name), {})

    def _sum(self, name: str, done: dict[str, Resources]) -> Resources:
        if name in done:
            return done[name]
        if name not in self.modules:
            raise CountError(
                f"cell type {name} must be a known {self.family} primitive or a module "
                f"of the design, not neither"
            )
        total = Resources()
        for cell, number in self.modules[name].items():
            cost = self.family.cells.get(cell)
            one = self._sum(cell, done) if cost is None else cost
            total += _times(one, number)
        done[name] = total
        return total


def _plain(name: str) -> str:
    """The name without the backslash that marks a user's name: Yosys writes it here or there."""
    return name.removeprefix("\\")


def _times(cost: Resources, number: int) -> Resources:
    return Resources(cost.lut * number, cost.ff * number, cost.bram18 * number, cost.dsp * number)
