# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A quantiser folded onto a threshold unit: what its parts are, for its parameters and its cost."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.hardware.fabric import Fabric
from xnorflow.hw_common.row_turns import RowTurns
from xnorflow.kernels.threshold.tables import Tables

__all__ = ["MAX_FUNCTION_BITS", "MAX_IN_BITS", "MAX_OUT_BITS", "ThresholdShape"]

MAX_IN_BITS = 12
MAX_OUT_BITS = 8
MAX_FUNCTION_BITS = 8
"""Inputs of what ``element_function`` makes."""


@dataclass(frozen=True)
class ThresholdShape(RowTurns):
    """A Quantize layer, how it is folded, and how its tables are written.

    Attributes:
        low_bits: lower bits of the input that a word of the tables is for.
    """

    low_bits: int = 0

    @property
    def tables(self) -> Tables:
        """What becomes of each element."""
        return Tables.of(self.layer)

    @property
    def period(self) -> int:
        """Tables until they repeat."""
        return self.tables.period

    @property
    def word_bits(self) -> int:
        """Bits of a word of a table."""
        return self.tables.bits + self.low_bits

    @property
    def place_bits(self) -> int:
        """Bits of the input that choose a word."""
        return self.tables.in_bits - self.low_bits

    @property
    def in_block(self) -> bool:
        """Whether tables are in block RAM."""
        return self.folding.storage == "bram"

    @property
    def has_functions(self) -> bool:
        """Whether each bit of a word is a function by itself, not a part of a table."""
        return not self.in_block and self.phases == 1 and self.place_bits <= MAX_FUNCTION_BITS

    @property
    def delay(self) -> int:
        """Cycles through the tables."""
        return {"auto": 0, "lutram": 1, "bram": 2}[self.folding.storage]

    def are_cut(self, fabric: Fabric) -> bool:
        """Whether functions are cut; simple ones are left whole, and all that LUT4 are made of."""
        if fabric is not Fabric.LUT6 or not self.has_functions:
            return False
        functions = self.tables.functions(self.low_bits)
        return not all(f.are_simple(self.delay > 0) for f in functions)
