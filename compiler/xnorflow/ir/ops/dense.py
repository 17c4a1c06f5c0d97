# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Dense: a matrix-vector product of binary weights, with thresholds or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.ops.product import dot_products
from xnorflow.ir.ranges import dot_range, threshold_range
from xnorflow.ir.types import BIPOLAR, Bits, Ints, TensorType, Values, ValueType, bits_for_range

__all__ = ["MAX_OFFSET", "Dense"]

_MAX_ROWS = 1 << 24
MAX_OFFSET = 1 << 24
"""The largest magnitude of an offset."""
_MAX_FACTOR = 16


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
        kinds: None, or int32 [pixels]: thresholds or offsets then are int32 [kinds, out], and row
            kinds[pixel] is a pixel's, e.g. because zeros beyond the image's edge count nothing.
        offsets: int32 [out], added to sums that are not held against thresholds; None for none.
        factor: of these sums before that, 1 without offsets: offsets may be parts of a sum's unit.
    """

    weights: Bits
    thresholds: Ints | None
    kinds: Ints | None = None
    offsets: Ints | None = None
    factor: int = 1

    kind: ClassVar[str] = "dense"
    keys: ClassVar[tuple[str, ...]] = ("shape", "thresholds", "offsets", "kinds", "factor")

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
        faults = [*self._row_faults(entry)]
        yield from faults
        if faults:
            return
        if self.thresholds is None:
            sums = self.sums(entry.value)
            wanted = bits_for_range(sums[0], sums[-1])
            if after.value != wanted:
                yield f"output must be {wanted}, not {after.value}"
        elif not after.value.is_bit:
            yield f"output must be a bit, {BIPOLAR} or {BIPOLAR.plain}, not {after.value}"

    def _row_faults(self, before: TensorType) -> Iterator[str]:
        """What is wrong with thresholds, offsets and kinds."""
        out, width = self.weights.shape
        if self.thresholds is not None and self.offsets is not None:
            yield "offsets must be left out where there are thresholds"
            return
        if not 1 <= self.factor <= (1 if self.offsets is None else _MAX_FACTOR):
            yield f"factor must be 1, or with offsets 1 to {_MAX_FACTOR}, not {self.factor}"
            return
        name = "offsets" if self.thresholds is None else "thresholds"
        rows: Ints | None = getattr(self, name)
        if rows is None:
            if self.kinds is not None:
                yield "kinds must come with thresholds or offsets"
            return
        count = rows.shape[:1] if self.kinds is not None else ()
        yield from array_faults(name, rows, np.int32, (*count, out))
        if self.kinds is not None:
            yield from array_faults("kinds", self.kinds, np.int32, (before.elements // width,))
            if not _all_used(self.kinds, len(rows)):
                yield f"kinds must be numbers of rows, all of 0 to {len(rows) - 1}"
        limits = threshold_range(width, before.value)
        if name == "offsets":
            limits = range(-MAX_OFFSET, MAX_OFFSET + 1)
        if rows.min() < limits[0] or rows.max() > limits[-1]:
            yield f"{name} must be {limits[0]} to {limits[-1]}"

    def sums(self, value: ValueType) -> range:
        """All sums that it can give for a type of input where there are no thresholds."""
        dots = dot_range(self.width, value)
        if self.offsets is None:
            return dots
        low, high, times = int(self.offsets.min()), int(self.offsets.max()), self.factor
        step = gcd(times * dots.step, *(self.offsets.ravel() - low).tolist())
        return range(times * dots[0] + low, times * dots[-1] + high + 1, step)

    def facts(self) -> Iterator[Fact]:
        """Weights and how many are ones, and thresholds."""
        yield "weights", self.weights
        yield "ones", str(int(self.weights.sum()))
        yield "thresholds", "none: raw sums" if self.thresholds is None else self.thresholds
        if self.factor != 1:
            yield "factor", str(self.factor)
        if self.offsets is not None:
            yield "offsets", self.offsets
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
            if self.thresholds is not None:
                sums = sums >= self._rows(self.thresholds, sums.dtype, start, end)
            else:
                sums = 2 * sums.astype(np.int64) - self.width if value.is_bipolar else sums
                if self.offsets is not None:
                    rows = self._rows(self.offsets, np.dtype(np.int64), start, end)
                    sums = self.factor * sums.astype(np.int64) + rows
            result[start:end] = sums.T
            start = end
        return result.reshape(len(inputs[0]), -1)

    def _rows(self, rows: Ints, dtype: np.dtype[Any], start: int, end: int) -> Values:
        """What belongs to pixels counted through all frames, [out, 1 or pixels]."""
        rows = np.atleast_2d(rows)
        if self.kinds is not None:
            rows = rows[self.kinds[np.arange(start, end) % len(self.kinds)]]
        found: Values = rows.astype(dtype).T
        return found

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """Of bipolar bits every second integer where sums are raw."""
        if self.thresholds is None:
            return self.sums(before[0].value)
        return super().results(before, after)

    def fields(self) -> dict[str, Any]:
        """The weights' shape, how many rows the others have, and whether kinds choose."""
        rows = {
            name: 0 if (own := getattr(self, name)) is None else len(np.atleast_2d(own))
            for name in ("thresholds", "offsets")
        }
        kinds = self.kinds is not None
        return {"shape": list(self.weights.shape), **rows, "kinds": kinds, "factor": self.factor}

    def arrays(self) -> dict[str, Array]:
        """Weights as bits, and what else there is."""
        found: dict[str, Array] = {"weights": np.packbits(self.weights, axis=1)}
        if self.thresholds is not None:
            found["thresholds"] = self.thresholds
        if self.offsets is not None:
            found["offsets"] = self.offsets
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
        counts = {
            name: fields[name].whole(0, pixels if by_kind else 1)
            for name in ("thresholds", "offsets")
        }
        if by_kind and not any(counts.values()):
            raise fields["kinds"].error("false without thresholds or offsets, not true")
        for name, rows in counts.items():
            if rows:
                found[name] = ("int32", (rows, out) if by_kind else (out,))
        if by_kind:
            found["kinds"] = ("int32", (pixels,))
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
        thresholds, kinds, offsets = map(arrays.get, ("thresholds", "kinds", "offsets"))
        return cls(weights, thresholds, kinds, offsets, fields["factor"].whole(1, _MAX_FACTOR))


def _all_used(kinds: Ints, rows: int) -> bool:
    """Whether every row is used, and no other."""
    if kinds.min() < 0 or kinds.max() >= rows:
        return False
    return bool(np.bincount(kinds, minlength=rows).all())
