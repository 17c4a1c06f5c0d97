# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Window: im2col."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import INT32
from xnorflow.ir.ops.op import Fact, Op, narrow
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import TensorType, Values

__all__ = ["Window"]


@dataclass(frozen=True, eq=False)
class Window(Op):
    """For each position of a sweep over an image, everything that is seen there: im2col.

    [H, W, C] becomes [positions down, positions across, kernel height * kernel width * C], the
    rows of the kernel first, channels fastest.

    Attributes:
        sweep: how the kernel moves.
        fill: the stored integer that stands for elements beyond the image's edge.
    """

    sweep: Sweep
    fill: int

    kind: ClassVar[str] = "window"
    keys: ClassVar[tuple[str, ...]] = (*Sweep.KEYS, "fill")

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Those of the sweep, and a fill that the input's type does not hold."""
        (entry,) = before
        yield from self.sweep.faults(entry, after, entry.channels * self.sweep.area)
        if not entry.value.low <= self.fill <= entry.value.high:
            yield f"fill must be {entry.value.low} to {entry.value.high}, not {self.fill}"

    def facts(self) -> Iterator[Fact]:
        """The sweep, and the fill."""
        yield "sweep", str(self.sweep)
        yield "fill", str(self.fill)

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """A position sees runs of neighbouring elements, one a row of the kernel."""
        images = inputs[0].reshape(-1, *before[0].shape).astype(narrow(after.value), copy=False)
        count, _, _, channels = images.shape
        sweep = self.sweep
        padded = sweep.padded(images, self.fill)
        lines = padded.reshape(count, padded.shape[1], -1)
        runs = (sweep.kernel[0], sweep.kernel[1] * channels)
        seen = np.lib.stride_tricks.sliding_window_view(lines, runs, axis=(1, 2))
        return np.ascontiguousarray(seen[:, :: sweep.stride[0], :: sweep.stride[1] * channels])

    def fields(self) -> dict[str, Any]:
        """The sweep, and the fill."""
        return {**self.sweep.fields(), "fill": self.fill}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Window:
        """Numbers alone."""
        fill = fields["fill"].whole(-INT32, INT32 - 1)
        return cls(Sweep.read(fields, before[0]), fill)
