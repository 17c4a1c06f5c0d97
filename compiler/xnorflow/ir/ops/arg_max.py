# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""ArgMax: which value is the largest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.types import Ints, TensorType, Values, bits_for_range

__all__ = ["ArgMax"]


@dataclass(frozen=True, eq=False)
class ArgMax(Op):
    """Index of the largest value + offset; the first maximum wins.

    Attributes:
        offsets: int32 [classes].
    """

    offsets: Ints

    kind: ClassVar[str] = "argmax"
    keys: ClassVar[tuple[str, ...]] = ("shape",)

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """An input that is not as it is stored, an output that is not one index of all classes."""
        (entry,) = before
        if not entry.value.is_plain:
            yield f"input must be plain integers, not {entry.value}"
        yield from array_faults("offsets", self.offsets, np.int32, (entry.elements,))
        if after.elements != 1 or after.value != bits_for_range(0, entry.elements - 1):
            yield f"output must be one index of {entry.elements} classes, not {after}"

    def facts(self) -> Iterator[Fact]:
        """The offsets."""
        yield "offsets", self.offsets

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """The first of the largest sums."""
        scores = inputs[0].reshape(len(inputs[0]), -1).astype(np.int64) + self.offsets
        best: Values = scores.argmax(axis=1).astype(narrow(after.value))
        return best

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """A number for each class."""
        return range(before[0].elements)

    def fields(self) -> dict[str, Any]:
        """The number of classes."""
        return {"shape": list(self.offsets.shape)}

    def arrays(self) -> dict[str, Array]:
        """The offsets."""
        return {"offsets": self.offsets}

    @classmethod
    def layouts(
        cls, fields: Mapping[str, Strict], before: tuple[TensorType, ...]
    ) -> dict[str, Layout]:
        """An offset a class."""
        return {"offsets": ("int32", shape(fields["shape"], (before[0].elements,)))}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> ArgMax:
        """The offsets."""
        return cls(arrays["offsets"])
