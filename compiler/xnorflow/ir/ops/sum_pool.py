# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""SumPool: the sum of the values of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.op import Fact, Op, narrow
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import TensorType, Values, bits_for_range

__all__ = ["SumPool"]


@dataclass(frozen=True, eq=False)
class SumPool(Op):
    """The sum of each channel at each position of a sweep over an image: an average not divided.

    Sums are of the numbers that stored integers stand for, and plain themselves.

    Attributes:
        sweep: how the kernel moves; without pads.
    """

    sweep: Sweep

    kind: ClassVar[str] = "sumpool"
    keys: ClassVar[tuple[str, ...]] = Sweep.KEYS

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Those of the sweep, pads, or an output that is not just wide enough for all sums."""
        (entry,) = before
        if any(self.sweep.pads):
            yield f"pads must be 0, not {self.sweep.pads}"
            return
        sums = self._sums(entry)
        value = bits_for_range(sums[0], sums[-1])
        if after.value != value:
            yield f"output values must be {value}, not {after.value}"
            return
        plain = TensorType(entry.shape, value)
        yield from self.sweep.faults(plain, TensorType(after.shape, value), entry.channels)

    def facts(self) -> Iterator[Fact]:
        """The sweep."""
        yield "sweep", str(self.sweep)

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """What the places of the kernel see, added up."""
        (entry,) = before
        numbers = entry.value.code.of(inputs[0].reshape(-1, *entry.shape).astype(np.int64))
        sums: Values = sum(self.sweep.places(numbers, 0), start=np.int64(0))
        return sums.astype(narrow(after.value))

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """In steps of the input's code."""
        return self._sums(before[0])

    def _sums(self, entry: TensorType) -> range:
        value, area = entry.value, self.sweep.area
        low, high = (area * value.code.of(end) for end in (value.low, value.high))
        return range(low, high + 1, value.code.step)

    def fields(self) -> dict[str, Any]:
        """The sweep."""
        return self.sweep.fields()

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> SumPool:
        """Numbers alone."""
        return cls(Sweep.read(fields, before[0]))
