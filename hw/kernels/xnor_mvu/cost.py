# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of an xnor_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.ir.kernel import Family, Resources

__all__ = ["Shape", "choose_storage", "estimate", "popcount_latency"]

_LUT_PER_BRAM18 = 32
"""What a block RAM may cost in LUTs before LUTs are preferred: LUTs are the scarcer resource of a
binary network on a Zynq, and a BRAM18 36 bits wide and 64 words deep replaces 36 LUT."""


@dataclass(frozen=True)
class Shape:
    """Everything that an xnor_mvu's cost depends on; storage is const, lutram or bram."""

    rows: int
    columns: int
    pe: int
    simd: int
    acc_bits: int
    thresholded: bool
    storage: str

    @property
    def beats(self) -> int:
        """Input beats a frame."""
        return self.columns // self.simd

    @property
    def passes(self) -> int:
        """Passes over a frame."""
        return self.rows // self.pe

    @property
    def steps(self) -> int:
        """Words of weights."""
        return self.beats * self.passes


def popcount_latency(lanes: int) -> int:
    """Cycles of xnor_popcount: 2 or 3 in a chunk of 31 lanes, one more a level of the tree."""
    return 2 if lanes <= 11 else 3 + (ceil(lanes / 31) - 1).bit_length()


def estimate(shape: Shape, family: Family) -> Resources:
    return Resources()


def choose_storage(shape: Shape, legal: tuple[str, ...], family: Family) -> str:
    return legal[0]
