# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Count FPGA primitives from Yosys's ``stat -json``, per instance of the top module.

What a cell costs is stated here for every cell type that synthesis may leave; any other type is
an error, because a cell counted as nothing would make a design look smaller than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = ["CELLS", "CountError", "Counter"]

_FREE = Resources()
_LUT = Resources(lut=1)
_FF = Resources(ff=1)


def _luts(count: int) -> Resources:
    return Resources(lut=count)


_COMMON = {
    "$scopeinfo": _FREE,  # names of flattened modules, no hardware
    "GND": _FREE,
    "VCC": _FREE,
}

# LUTs of a memory cell: Xilinx UG474, "Distributed RAM configuration". MUXF and CARRY4 sit in
# the slices of the LUTs that they join.
_XC7 = {
    **{f"LUT{n}": _LUT for n in range(1, 7)},
    "LUT6_2": _LUT,
    "INV": _LUT,
    "SRL16E": _LUT,
    "SRLC16E": _LUT,
    "SRLC32E": _LUT,
    "RAM32X1S": _LUT,
    "RAM64X1S": _LUT,
    "RAM128X1S": _luts(2),
    "RAM256X1S": _luts(4),
    "RAM32X1D": _luts(2),
    "RAM64X1D": _luts(2),
    "RAM128X1D": _luts(4),
    "RAM32M": _luts(4),
    "RAM64M": _luts(4),
    **dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), _FF),
    **dict.fromkeys(("FDRE_1", "FDSE_1", "FDCE_1", "FDPE_1"), _FF),
    **dict.fromkeys(("MUXF7", "MUXF8", "CARRY4"), _FREE),
    "RAMB18E1": Resources(bram18=1),
    "RAMB36E1": Resources(bram18=2),
    "DSP48E1": Resources(dsp=1),
}

# A CCU2C is the two LUT4 of a slice with their carry. A TRELLIS_DPR16X4 takes four LUT4 of data
# and two for its write port (Lattice FPGA-TN-02204). PFUMX and L6MUX21 are muxes between LUTs.
_ECP5 = {
    "LUT4": _LUT,
    "CCU2C": _luts(2),
    "TRELLIS_DPR16X4": _luts(6),
    **dict.fromkeys(("PFUMX", "L6MUX21"), _FREE),
    "TRELLIS_FF": _FF,
    "DP16KD": Resources(bram18=1),
    "MULT18X18D": Resources(dsp=1),
}

CELLS: Mapping[Family, Mapping[str, Resources]] = {
    "xc7": {**_COMMON, **_XC7},
    "ecp5": {**_COMMON, **_ECP5},
}
"""What each cell type costs, by family."""


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
            cost = CELLS[self.family].get(cell)
            one = self._sum(cell, done) if cost is None else cost
            total += _times(one, number)
        done[name] = total
        return total


def _plain(name: str) -> str:
    """The name without the backslash that marks a user's name: Yosys writes it here or there."""
    return name.removeprefix("\\")


def _times(cost: Resources, number: int) -> Resources:
    return Resources(cost.lut * number, cost.ff * number, cost.bram18 * number, cost.dsp * number)
