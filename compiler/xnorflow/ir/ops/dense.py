# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Dense: a matrix-vector product of binary weights, with thresholds or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.ops.product import dot_products
from xnorflow.ir.ranges import dot_range, threshold_range
from xnorflow.ir.types import BIPOLAR, Bits, Ints, TensorType, Values, bits_for_range

__all__ = ["Dense"]

_MAX_ROWS = 1 << 24


@dataclass(frozen=True, eq=False)
class Dense(Op):
    """A product of weights -1 and +1 with what stored integers stand for; then thresholds, if any.

    The input is one vector, whatever its shape, or an image of vectors [..., in], each of which
    (a pixel) is multiplied for itself. Of bipolar bits the sum is 2 * popcount - in, where the
    popcount counts the weights that agree with their bit (XNOR).

    Attributes:
        weights: uint8 [out, in], +1 stored as 1 and -1 as 0.
        thresholds: int32 [out], output bit = (sum >= threshold), or of bipolar bits
            (popcount >= threshold), 0 is always and in + 1 never; or None: the output is the sum.
        kinds: None, or int32 [pixels]: thresholds then are int32 [kinds, out], and a pixel is
            held against row kinds[pixel], e.g. because zeros beyond the image's edge count
            nothing.
    """

    weights: Bits
    thresholds: Ints | None
    kinds: Ints | None = None

    kind: ClassVar[str] = "dense"
    keys: ClassVar[tuple[str, ...]] = ("shape", "thresholds", "kinds")

    @property
    def width(self) -> int:
        """Elements of one input vector."""
        return int(self.weights.shape[1])

    @property
    def rows_of_thresholds(self) -> Ints:
        """Thresholds int32 [kinds, out], whether there are kinds or not."""
        assert self.thresholds is not None
        rows: Ints = np.atleast_2d(self.thresholds)
        return rows

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Weights or thresholds of other sizes or values, and an output of another type."""
        (entry,) = before
        if not (entry.value.is_bipolar or entry.value.is_plain):
            yield f"input must be bipolar or plain integers, not {entry.value}"
        out, width = self.weights.shape
        yield from array_faults("weights", self.weights, np.uint8, (out, width))
        if self.weights.size and self.weights.max() > 1:
            yield "weights must be 0 or 1"
        if width == entry.elements:  # one vector in; the outputs may be meant as an image
            shape = after.shape if after.elements == out else (out,)
        else:
            shape = (*entry.shape[:-1], out)
            if width != entry.channels:
                legal = " or ".join(map(str, sorted({entry.channels, entry.elements})))
                yield f"weights must have {legal} columns, not {width}"
                return
        if after.shape != shape:
            yield f"output shape must be {shape}, not {after.shape}"
        yield from self._threshold_faults(entry)
        if self.thresholds is None:
            dots = dot_range(width, entry.value)
            wanted = bits_for_range(dots[0], dots[-1])
            if after.value != wanted:
                yield f"output must be {wanted}, not {after.value}"
        elif not after.value.is_bit:
            yield f"output must be a bit, {BIPOLAR} or {BIPOLAR.plain}, not {after.value}"

    def _threshold_faults(self, before: TensorType) -> Iterator[str]:
        out, width = self.weights.shape
        pixels = before.elements // width
        if self.thresholds is None:
            if self.kinds is not None:
                yield "kinds must come with thresholds"
            return
        rows = self.thresholds.shape[:1] if self.kinds is not None else ()
        yield from array_faults("thresholds", self.thresholds, np.int32, (*rows, out))
        if self.kinds is not None:
            yield from array_faults("kinds", self.kinds, np.int32, (pixels,))
            if not _all_used(self.kinds, len(self.thresholds)):
                yield f"kinds must be numbers of rows, all of 0 to {len(self.thresholds) - 1}"
        limits = threshold_range(width, before.value)
        if self.thresholds.min() < limits[0] or self.thresholds.max() > limits[-1]:
            yield f"thresholds must be {limits[0]} to {limits[-1]}"

    def facts(self) -> Iterator[Fact]:
        """Weights and how many are ones, and thresholds."""
        yield "weights", self.weights
        yield "ones", str(int(self.weights.sum()))
        yield "thresholds", "none: raw sums" if self.thresholds is None else self.thresholds
        if self.kinds is not None:
            yield "kinds", self.kinds

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """Sums of each pixel, held against its thresholds if there are any."""
        pixels = inputs[0].reshape(-1, self.width)
        value = before[0].value
        result = np.empty((len(pixels), len(self.weights)), dtype=narrow(after.value))
        start = 0
        for sums in dot_products(self.weights, value, pixels):
            end = start + sums.shape[1]
            if self.thresholds is None:
                sums = 2 * sums.astype(np.int64) - self.width if value.is_bipolar else sums
            else:
                sums = sums >= self._limits(sums.dtype, start, end)
            result[start:end] = sums.T
            start = end
        return result.reshape(len(inputs[0]), -1)

    def _limits(self, dtype: np.dtype[Any], start: int, end: int) -> Values:
        """Thresholds [out, 1 or pixels] of pixels counted through all frames, as such numbers."""
        rows = self.rows_of_thresholds
        if self.kinds is not None:
            rows = rows[self.kinds[np.arange(start, end) % len(self.kinds)]]
        limits: Values = rows.astype(dtype).T
        return limits

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """Of bipolar bits every second integer where sums are raw."""
        if self.thresholds is None:
            return dot_range(self.width, before[0].value)
        return super().results(before, after)

    def fields(self) -> dict[str, Any]:
        """The weights' shape, how many rows of thresholds there are, and whether kinds choose."""
        rows = 0 if self.thresholds is None else len(self.rows_of_thresholds)
        shape = list(self.weights.shape)
        return {"shape": shape, "thresholds": rows, "kinds": self.kinds is not None}

    def arrays(self) -> dict[str, Array]:
        """Weights as bits, and what else there is."""
        found: dict[str, Array] = {"weights": np.packbits(self.weights, axis=1)}
        if self.thresholds is not None:
            found["thresholds"] = self.thresholds
        if self.kinds is not None:
            found["kinds"] = self.kinds
        return found

    @classmethod
    def layouts(
        cls, fields: Mapping[str, Strict], before: tuple[TensorType, ...]
    ) -> dict[str, Layout]:
        """Columns for the input at most, and a row of thresholds a pixel."""
        (entry,) = before
        out, width = shape(fields["shape"], (_MAX_ROWS, entry.elements))
        pixels = entry.elements // width
        found: dict[str, Layout] = {"weights": ("uint8", (out, (width + 7) // 8))}
        by_kind = fields["kinds"].flag()
        rows = fields["thresholds"].whole(int(by_kind), pixels if by_kind else 1)
        if by_kind:
            found |= {"thresholds": ("int32", (rows, out)), "kinds": ("int32", (pixels,))}
        elif rows:
            found["thresholds"] = ("int32", (out,))
        return found

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Dense:
        """Weights from bits."""
        width = fields["shape"].items()[1].whole(1, before[0].elements)
        weights = np.unpackbits(arrays["weights"], axis=1, count=width)
        return cls(weights, arrays.get("thresholds"), arrays.get("kinds"))


def _all_used(kinds: Ints, rows: int) -> bool:
    """Whether every row is used, and no other."""
    if kinds.min() < 0 or kinds.max() >= rows:
        return False
    return bool(np.bincount(kinds, minlength=rows).all())
