# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Linear: a matrix-vector product of integer weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.types import TensorType, Values, ValueType, bits_for_range

__all__ = ["Linear"]

_MAX_ROWS = 1 << 24


@dataclass(frozen=True, eq=False)
class Linear(Op):
    """The sums of products of integer weights with what stored integers stand for.

    The input is one vector, whatever its shape, or an image of vectors [..., in], each of which
    (a pixel) is multiplied for itself.

    Attributes:
        weights: int8 [out, in].
    """

    weights: npt.NDArray[np.int8]

    kind: ClassVar[str] = "linear"
    keys: ClassVar[tuple[str, ...]] = ("shape",)

    @property
    def width(self) -> int:
        """Elements of one input vector."""
        return int(self.weights.shape[1])

    def sums(self, value: ValueType) -> range:
        """From the least sum of any row to the largest, for a type of input."""
        ends = np.array([value.code.of(value.low), value.code.of(value.high)], np.int64)
        products = self.weights.astype(np.int64)[:, :, np.newaxis] * ends
        low, high = products.min(axis=2).sum(axis=1).min(), products.max(axis=2).sum(axis=1).max()
        return range(int(low), int(high) + 1)

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Weights of another size, and an output of another type."""
        (entry,) = before
        out, width = self.weights.shape
        yield from array_faults("weights", self.weights, np.int8, (out, width))
        shape: tuple[int, ...] = (*entry.shape[:-1], out)
        if width == entry.elements:  # one vector in; the outputs may be meant as an image
            shape = after.shape if after.elements == out else (out,)
        elif width != entry.channels:
            legal = " or ".join(map(str, sorted({entry.channels, entry.elements})))
            yield f"weights must have {legal} columns, not {width}"
            return
        sums = self.sums(entry.value)
        wanted = TensorType(shape, bits_for_range(sums[0], sums[-1]))
        if (after.shape, after.value) != (wanted.shape, wanted.value):
            yield f"output must be {wanted}, not {after}"

    def facts(self) -> Iterator[Fact]:
        """The weights."""
        yield "weights", self.weights

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """Sums of each pixel, exact: float64 holds every integer up to 2 ** 53, int64 more."""
        sums = self.sums(before[0].value)
        exact = np.float64 if max(-sums[0], sums[-1]) < 1 << 53 else np.int64
        numbers = before[0].value.code.of(inputs[0].reshape(-1, self.width).astype(np.int64))
        found: Values = numbers.astype(exact) @ self.weights.astype(exact).T
        return found.astype(narrow(after.value)).reshape(len(inputs[0]), -1)

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """Its sums."""
        return self.sums(before[0].value)

    def fields(self) -> dict[str, Any]:
        """The weights' shape."""
        return {"shape": list(self.weights.shape)}

    def arrays(self) -> dict[str, Array]:
        """The weights."""
        return {"weights": self.weights}

    @classmethod
    def layouts(
        cls, fields: Mapping[str, Strict], before: tuple[TensorType, ...]
    ) -> dict[str, Layout]:
        """Columns for the input at most."""
        return {"weights": ("int8", shape(fields["shape"], (_MAX_ROWS, before[0].elements)))}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Linear:
        """The weights."""
        return cls(arrays["weights"])
