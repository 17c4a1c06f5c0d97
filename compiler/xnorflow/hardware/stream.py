# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The streams that carry tensors between stages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Stream"]


@dataclass(frozen=True)
class Stream:
    """How a tensor travels: ``lanes`` elements a beat, lane 0 in the low bits, channel fastest."""

    lanes: int
    bits: int
    beats: int

    @property
    def width(self) -> int:
        """tdata width in bits."""
        return self.lanes * self.bits

    @property
    def bytes(self) -> int:
        """Whole bytes that hold a beat, as it enters or leaves the accelerator."""
        return (self.width + 7) // 8

    def __str__(self) -> str:
        return f"{self.lanes} x {self.bits} bit x {self.beats} beats"
