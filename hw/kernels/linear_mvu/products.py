# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which products of a linear_mvu synthesis makes in DSP slices, and what the others take.

What decides is how many bits of a weight may differ from step to step: in a table of a few words
upper bits may all be the sign's, and lower ones 0. These are no part of the product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.lanes import Lanes
from xnorflow.kernels.linear_mvu.shape import LinearMvuShape

__all__ = ["Products"]

_LEAST_FACTOR = 2
_LEAST_PRODUCT = {Fabric.LUT6: 9, Fabric.LUT4: 0}
"""Bits of a factor, and of a product, from which on synthesis takes a slice for it."""


@dataclass(frozen=True, eq=False)
class Products:
    """The products of a step.

    Attributes:
        shape: of the unit.
        fabric: that those outside slices are made of. A DSP48E1 takes registers in with the
            product, the second of two in a row as well; a MULT18X18D's are left aside.
    """

    shape: LinearMvuShape
    fabric: Fabric

    @cached_property
    def weight_bits(self) -> npt.NDArray[np.int64]:
        """Bits of a weight that are part of the product [PE, SIMD]; 0 where it is always 0."""
        found = np.full((self.shape.pe, self.shape.simd), self.shape.weight_bits, np.int64)
        if self._shallow:
            for row, column in np.ndindex(found.shape):
                found[row, column] = _needed(self.shape.weights[:, row, :, column])
        return found

    @cached_property
    def in_slice(self) -> npt.NDArray[np.bool_]:
        """Whether a product is made in a DSP slice [PE, SIMD]."""
        no_sign = self._no_sign
        weight, x = self.weight_bits - no_sign, self.shape.x_bits - no_sign
        large = weight + x >= _LEAST_PRODUCT[self.fabric]
        found: npt.NDArray[np.bool_] = large & (np.minimum(weight, x) >= _LEAST_FACTOR)
        return found

    @property
    def _shallow(self) -> bool:
        return Lanes(self.shape.bits).is_shallow

    @property
    def _no_sign(self) -> npt.NDArray[np.bool_]:
        """Whether neither factor is ever negative, so that signs are left away [PE, SIMD]."""
        if not self._shallow or self.shape.layer.in_type.value.signed:
            return np.zeros((self.shape.pe, self.shape.simd), np.bool_)
        found: npt.NDArray[np.bool_] = self.shape.weights.min(axis=(0, 2)) >= 0
        return found

    @property
    def absorbed(self) -> npt.NDArray[np.bool_]:
        """Whether a slice takes a product's registers in [PE, SIMD]."""
        return self.in_slice & (self.fabric is Fabric.LUT6)

    @property
    def weights_absorbed(self) -> int:
        """Bits of weights whose registers are in slices."""
        bits = self.shape.bits
        passes, pe, beats, _ = bits.shape
        split = bits.reshape(passes, pe, beats, self.shape.simd, -1).transpose(0, 2, 1, 3, 4)
        inside = split[:, :, self.absorbed].reshape(passes, 1, beats, -1)
        return Lanes(inside).varying if inside.size else 0

    @property
    def resources(self) -> Resources:
        """Slices, LUTs, and the registers of integers and products."""
        outside = ~self.in_slice & (self.weight_bits > 0)
        bits = self.weight_bits + self.shape.x_bits
        few = np.minimum(self.weight_bits, self.shape.x_bits)
        lut = np.where(outside, self.shape.weight_bits * few, 0)
        ff = np.where(self.absorbed | (self.weight_bits == 0), 0, bits)
        kept = int((~self.absorbed).any(axis=0).sum()) * self.shape.in_bits
        twice = self.shape.input.passes == 1 and self.fabric is Fabric.LUT6
        data = twice * int(self.absorbed.all(axis=0).sum()) * self.shape.in_bits
        return Resources(int(lut.sum()), int(ff.sum()) + kept - data, 0, int(self.in_slice.sum()))


def _needed(weights: npt.NDArray[np.int8]) -> int:
    """Bits of a lane's weights, in two's complement, without lower ones that are always 0."""
    some = int(np.bitwise_or.reduce(weights, axis=None)) & 0xFF
    every = int(np.bitwise_and.reduce(weights, axis=None)) & 0xFF
    high = 8
    while high > 1 and _is_sign(some, every, high - 1):
        high -= 1
    return high - ((some & -some).bit_length() - 1) if some else 0


def _is_sign(some: int, every: int, bit: int) -> bool:
    """Whether a bit and the one below are the same constant."""
    pair = 3 << (bit - 1)
    return some & pair == 0 or every & pair == pair
