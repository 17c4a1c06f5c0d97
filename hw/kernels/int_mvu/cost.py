# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of an int_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.hw_common.memory import bram18, rom_lut
from xnorflow.hw_common.mvu_start import Starts
from xnorflow.hw_common.mvu_steps import Steps
from xnorflow.ir.kernel import Family, Folding, Resources
from xnorflow.kernels.int_mvu.codes import Codes, chunk_limit, chunk_sizes, tree

__all__ = ["Shape", "chunk_limit", "estimate", "row_latency"]


def row_latency(folding: Folding) -> int:
    """Cycles of int_row or int_fixed_row."""
    chunks = chunk_sizes(folding.simd, chunk_limit(folding.storage))
    return 1 + len(tree(len(chunks), folding))


@dataclass(frozen=True)
class Shape:
    input: Steps
    starts: Starts
    codes: Codes
    in_bits: int
    simd: int
    thresholded: bool
    storage: str

    @property
    def chunk(self) -> int:
        return chunk_limit(self.storage)

    @property
    def acc_bits(self) -> int:
        return self.starts.bits


def estimate(shape: Shape, family: Family) -> Resources:
    return Resources()
