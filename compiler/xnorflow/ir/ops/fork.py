# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fork: a tensor for each of several readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.op import Fact, Op
from xnorflow.ir.types import TensorType, Values

__all__ = ["Fork"]

_MAX_COPIES = 1 << 10


@dataclass(frozen=True, eq=False)
class Fork(Op):
    """The same tensor for several readers: in hardware a stream has one reader.

    Attributes:
        copies: how many readers there are, at least two; one that reads it twice counts twice.
    """

    copies: int

    kind: ClassVar[str] = "fork"
    keys: ClassVar[tuple[str, ...]] = ("copies",)
    passes: ClassVar[bool] = True

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Another type than the input's, or too few or too many copies."""
        if not 2 <= self.copies <= _MAX_COPIES:
            yield f"copies must be 2 to {_MAX_COPIES}, not {self.copies}"
        if after != before[0]:
            yield f"output must be {before[0]}, not {after}"

    @property
    def readers(self) -> int:
        """One a copy."""
        return self.copies

    def facts(self) -> Iterator[Fact]:
        """The number of copies."""
        yield "copies", str(self.copies)

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """What it reads."""
        return inputs[0]

    def fields(self) -> dict[str, Any]:
        """The number of copies."""
        return {"copies": self.copies}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Fork:
        """A number alone."""
        return cls(fields["copies"].whole(2, _MAX_COPIES))
