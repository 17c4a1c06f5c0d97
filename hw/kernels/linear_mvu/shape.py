# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto a linear_mvu: what its parts are, for its parameters and for its cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from xnorflow.hw_common.mvu_shape import MvuShape, sizes_of
from xnorflow.hw_common.mvu_start import Kinds, Starts
from xnorflow.ir.ops.linear import Linear

__all__ = ["LinearMvuShape"]

_PRODUCTS_LATENCY = 3
"""Cycles from a step to its products: integers and weights 2, and the multipliers' register."""


@dataclass(frozen=True, eq=False)
class LinearMvuShape(MvuShape):
    """A Linear layer, and how it is folded."""

    weight_bits: ClassVar[int] = 8

    @property
    def weights(self) -> npt.NDArray[np.int8]:
        """The weights [passes, PE, beats, SIMD]."""
        assert isinstance(self.layer.op, Linear)
        return self.layer.op.weights.reshape(self.input.passes, self.pe, -1, self.simd)

    @property
    def bits(self) -> npt.NDArray[np.uint8]:
        """Their bits, the low one first."""
        planes = np.unpackbits(self.weights.view(np.uint8)[..., np.newaxis], axis=-1)
        found: npt.NDArray[np.uint8] = planes[..., ::-1].reshape(*self.weights.shape[:3], -1)
        return found

    @property
    def thresholded(self) -> None:
        """It has no thresholds."""
        return None

    @property
    def x_bits(self) -> int:
        """Bits of an integer with its sign."""
        return self.in_bits + (not self.layer.in_type.value.signed)

    @property
    def acc_bits(self) -> int:
        """Bits of an accumulator."""
        return self.layer.out_type.value.bits

    @cached_property
    def starts(self) -> Starts:
        """Accumulators start at 0."""
        rows, _ = sizes_of(self.layer)
        grid = np.zeros((1, self.layer.pixels), np.int64)
        none = Kinds(np.zeros(1, np.int64), grid)
        zeros = np.zeros((1, rows), np.int64)
        return Starts(none, self.input.passes, self.pe, self.acc_bits, zeros)

    @property
    def levels(self) -> int:
        """Of the tree over a row's products."""
        return (self.simd - 1).bit_length()

    @property
    def delay(self) -> int:
        """Cycles from a step to the accumulators."""
        return _PRODUCTS_LATENCY + self.levels
