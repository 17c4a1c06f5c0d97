# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the executor's float type holds all partial sums of a product, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.padding import Padding
    from xnorflow.frontend.evaluate.weights import Matrix
    from xnorflow.frontend.read.network import Array

__all__ = ["Coarse", "Digits", "units"]

Floats = npt.NDArray[np.float64]

_SCALE_HINT = "use weight scales that are powers of two (0.125, not 0.1)"
_LEVEL_HINT = "use quantisers in front whose scales are powers of two (0.5, not 0.3)"
_ALPHA_HINT = "use an alpha that is a power of two (0.125, not 0.1), or a Mul behind the product"
_BIAS_HINT = (
    "add the bias in an Add behind the product, or multiply by transposed weights with neither "
    "alpha nor beta (Gemm with transB=1, as torch.nn.Linear exports it)"
)
_SMALL_HINT = "use larger scales, or multiply behind the product"
_ANY_HINT = "use weight scales and levels of fewer digits, best of all powers of two"


@dataclass(frozen=True)
class Coarse:
    """What makes the executor's sums inexact.

    Attributes:
        text: the cause, as a clause.
        remedy: what makes sums exact.
    """

    text: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Digits:
    """The digits that the executor's sums of a product have.

    Attributes:
        matrix: the product.
        coding: of its input.
        padding: which of the input's elements are constants.
    """

    matrix: Matrix
    coding: Coding
    padding: Padding

    @property
    def is_exact(self) -> bool:
        """Whether the executor's sums are exact in whatever order it adds products.

        They are if all that is added is a multiple of one unit that the type holds, and no sum
        exceeds 2^digits units.
        """
        (reach, unit), bias = self._products, self._bias_in_between
        return self._hold(reach + np.abs(bias), np.minimum(unit, units(bias)))

    @property
    def coarse(self) -> Coarse:
        """Why sums are not exact: the bias, or the first factor whose own digits are too many.

        Where no factor's are, there are too many in all.
        """
        float_name = self.matrix.dtype.name
        if self._hold(*self._products):
            bias = self._bias_in_between
            finest = bias[np.argmin(units(bias))]
            text = f"{float_name} does not hold a bias like {finest:.6g} beside the products"
            return Coarse(f"{text} that are added to it", _BIAS_HINT)
        finest = self._products[1].min()
        if finest < self._least:
            text = f"its products are multiples of {finest:.6g}, finer than {float_name} holds"
            return Coarse(text, _SMALL_HINT)
        count = int(self.padding.counts.max())
        for value, times, found in self._factors():
            if value and abs(value) * times * count > units(value) * self._limit:
                return found
        return Coarse(f"sums have more digits than {float_name}", _ANY_HINT)

    def _factors(self) -> Iterator[tuple[float, int, Coarse]]:
        """What products are made of, and the integer that each multiplies besides."""
        coding, levels = self.coding, self.padding.levels
        for scale in np.unique(self.matrix.scale):
            text = f"the scale {scale:.6g} of its products is no power of two"
            yield float(scale), 1, Coarse(text, _SCALE_HINT)
        alpha = self.matrix.alpha
        yield alpha, 1, Coarse(f"its factor alpha {alpha:.6g} is no power of two", _ALPHA_HINT)
        for level in self._ends:
            text = f"the activations' level {level:.6g} is no power of two"
            if not coding.value.is_bipolar:
                text = f"the activations' step {level:.6g} is no power of two"
            times = 1 if coding.value.is_bipolar else coding.value.largest
            yield level, times, Coarse(text, _LEVEL_HINT)
        for level in np.unique(levels):
            text = f"the value {level:.6g} around the image is no power of two"
            yield float(level), 1, Coarse(text, "pad by 0 or another power of two")

    @property
    def _ends(self) -> tuple[float, float]:
        """Of what all activations are sums: both levels, or what is counted up."""
        middle, step = self.coding.middle, self.coding.step
        return (middle - step, middle + step) if self.coding.value.is_bipolar else (step, middle)

    @property
    def _products(self) -> tuple[Floats, Floats]:
        """[out]: the largest magnitude of any sum of products, and a unit of all of them."""
        matrix, levels = self.matrix, np.abs(self.padding.levels)
        unit = units(np.array([*self._ends, *levels])).min()
        largest = max(self.coding.reach, levels.max(initial=0)) * self.padding.counts.max()
        return (
            largest * matrix.scale * abs(matrix.alpha),
            unit * units(matrix.scale) * units(matrix.alpha),
        )

    @property
    def _bias_in_between(self) -> Floats:
        """[out]: what is added to before all products are; 0 where that is nothing."""
        matrix = self.matrix
        if matrix.bias is None or matrix.adds_bias_last:
            return np.zeros_like(matrix.scale)
        return np.asarray(matrix.bias, dtype=np.float64)

    @property
    def _limit(self) -> float:
        return float(2.0 ** (np.finfo(self.matrix.dtype).nmant + 1))

    @property
    def _least(self) -> float:
        return float(np.finfo(self.matrix.dtype).smallest_subnormal)

    def _hold(self, reach: Floats, unit: Floats) -> bool:
        return bool(((reach <= unit * self._limit) & (unit >= self._least)).all())


def units(values: Array | float) -> Floats:
    """The largest power of two that divides each float; infinite for 0."""
    mantissa, exponent = np.frexp(np.asarray(values, dtype=np.float64))
    whole = (mantissa * 2.0**53).astype(np.int64)
    unit: Floats = np.ldexp((whole & -whole).astype(np.float64), exponent - 53)
    return np.where(whole == 0, np.inf, unit)
