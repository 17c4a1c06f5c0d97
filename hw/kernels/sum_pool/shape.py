# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto a sum_pool: what its parts are, for its parameters and for its cost."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.hardware.family import Family
from xnorflow.hw_common.memory import block_pays, single_port
from xnorflow.hw_common.pool_axis import Axis, axes_of
from xnorflow.ir.layer import Layer

__all__ = ["SumPoolShape"]


@dataclass(frozen=True)
class SumPoolShape:
    """A SumPool of ``pe`` channels a beat."""

    layer: Layer
    pe: int

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Down and across."""
        return axes_of(self.layer)

    @property
    def beats(self) -> int:
        """Of a pixel."""
        return self.layer.in_type.channels // self.pe

    @property
    def acc_bits(self) -> int:
        """Bits of a sum; of bits that stand for -1 and +1 the lowest is known."""
        return self.layer.out_type.value.bits - self.layer.in_type.value.is_bipolar

    @property
    def adds(self) -> bool:
        """Whether there is anything to add: a window of one pixel is its own sum."""
        return any(axis.kernel > 1 for axis in self.axes)

    @property
    def width(self) -> int:
        """Bits of a word of sums."""
        return self.pe * self.acc_bits

    @property
    def places(self) -> int:
        """Words of sums: those of the beats of each window in a row."""
        return self.axes[1].windows * self.beats

    def block(self, family: Family) -> bool:
        """Whether the sums are in block RAM, which is read a step ahead of another place."""
        lut = single_port(self.width, self.places, family).lut
        return self.beats > 1 and block_pays(lut, self.places, self.width, family)
