# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Slice: a range of a tensor's channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.op import Fact, Op
from xnorflow.ir.types import TensorType, Values

__all__ = ["Slice"]


@dataclass(frozen=True, eq=False)
class Slice(Op):
    """The same channels of every pixel, side by side, as they are.

    Attributes:
        start: the first channel that is kept.
        stop: one behind the last.
    """

    start: int
    stop: int

    kind: ClassVar[str] = "slice"
    keys: ClassVar[tuple[str, ...]] = ("start", "stop")
    passes: ClassVar[bool] = True

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """A range that is empty or goes beyond the channels, or an output of another type."""
        (entry,) = before
        if not 0 <= self.start < self.stop <= entry.channels:
            yield f"start and stop must be a range of {entry.channels} channels, not {self._text}"
            return
        wanted = replace(entry, shape=(*entry.shape[:-1], self.stop - self.start))
        if after != wanted:
            yield f"output must be {wanted} worth {wanted.worth}, not {after} worth {after.worth}"

    @property
    def _text(self) -> str:
        return f"{self.start} to {self.stop}"

    def facts(self) -> Iterator[Fact]:
        """The first channel, and the one behind the last."""
        yield "channels", self._text

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """These channels of all pixels."""
        pixels = inputs[0].reshape(len(inputs[0]), -1, before[0].channels)
        return pixels[:, :, self.start : self.stop].reshape(len(pixels), -1)

    def fields(self) -> dict[str, Any]:
        """The range."""
        return {"start": self.start, "stop": self.stop}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Slice:
        """Numbers alone."""
        channels = before[0].channels
        start = fields["start"].whole(0, channels - 1)
        return cls(start, fields["stop"].whole(start + 1, channels))
