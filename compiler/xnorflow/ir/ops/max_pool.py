# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""MaxPool: the largest value of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.op import Fact, Op, narrow
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import TensorType, Values

__all__ = ["MaxPool"]


@dataclass(frozen=True, eq=False)
class MaxPool(Op):
    """The largest stored integer of each channel at each position of a sweep over an image.

    It stands for the largest number, whatever the code. What lies beyond the image's edge does
    not count.

    Attributes:
        sweep: how the kernel moves; every position sees a part of the image.
    """

    sweep: Sweep

    kind: ClassVar[str] = "maxpool"
    keys: ClassVar[tuple[str, ...]] = Sweep.KEYS

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Those of the sweep."""
        yield from self.sweep.faults(before[0], after, before[0].channels)

    def facts(self) -> Iterator[Fact]:
        """The sweep."""
        yield "sweep", str(self.sweep)

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """The largest of what the places of the kernel see."""
        images = inputs[0].reshape(-1, *before[0].shape).astype(narrow(after.value), copy=False)
        places = self.sweep.places(images, before[0].value.low)
        largest: Values = next(places).copy()
        for others in places:
            np.maximum(largest, others, out=largest)
        return largest

    def fields(self) -> dict[str, Any]:
        """The sweep."""
        return self.sweep.fields()

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> MaxPool:
        """Numbers alone."""
        return cls(Sweep.read(fields, before[0]))
