# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What designs are measured by: a row of numbers, one a column."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = ["COLUMNS", "CYCLES", "Bools", "Floats", "Ints", "amounts", "counted"]

COLUMNS = (*(field.name for field in fields(Resources)), "cycles", "area")
"""What a design adds up: each resource; the cycles of all stages, which stand for latency; and LUTs
with block RAMs and DSP slices at the family's prices."""
CYCLES = COLUMNS.index("cycles")

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def amounts(resources: Resources) -> tuple[int, ...]:
    """Resources in the order of their columns, those in front of the cycles."""
    return tuple(getattr(resources, name) for name in COLUMNS[:CYCLES])


def counted(resources: Resources, family: Family, cycles: int = 0) -> tuple[int, ...]:
    """Resources, cycles and area in the order of the columns."""
    area = resources.lut + family.block_ram.price.area * resources.bram18
    area += family.dsp_price * resources.dsp
    return (*amounts(resources), cycles, area)
