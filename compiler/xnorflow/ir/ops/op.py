# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What every operation tells of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.types import TensorType, Values, ValueType

__all__ = ["Fact", "Op", "array_faults", "narrow"]

Fact = tuple[str, "Array | str"]
"""Name of a part of an operation, and the part, for people to read."""


class Op(ABC):
    """An operation on tensors, exact and in integers, without any choice of hardware."""

    kind: ClassVar[str]
    """What it is called in a stored design."""
    keys: ClassVar[tuple[str, ...]]
    """Names of its fields there."""
    arity: ClassVar[int] = 1
    """How many tensors it reads."""
    passes: ClassVar[bool] = False
    """Whether the integers that it gives are some of those that it reads, from the same ones."""

    @abstractmethod
    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Which rules it breaks between tensors of such types."""

    @property
    def readers(self) -> int | None:
        """How often its tensor must be read; None where any number will do."""
        return None

    @abstractmethod
    def facts(self) -> Iterator[Fact]:
        """Its parts."""

    @abstractmethod
    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """Its result [frames, ...] for stored integers [frames, ...], exact; of numpy alone."""

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """All integers that it can give, in equal steps; by default what the type holds."""
        return range(after.value.low, after.value.high + 1)

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """What a stored design holds beside arrays, and what the arrays' shapes follow from."""

    def arrays(self) -> dict[str, Array]:
        """The arrays that a stored design holds, by name."""
        return {}

    @classmethod
    def layouts(
        cls, fields: Mapping[str, Strict], before: tuple[TensorType, ...]
    ) -> dict[str, Layout]:
        """Which arrays stored fields ask for, no larger than the tensors read allow.

        Raises:
            XnorflowError: as Strict says.
        """
        return {}

    @classmethod
    @abstractmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Op:
        """The operation of stored fields, with the arrays that ``layouts`` asked for.

        Raises:
            XnorflowError: as Strict says.
        """


def narrow(value: ValueType) -> np.dtype[Any]:
    """The narrowest type of numpy that holds a type's integers."""
    return np.min_scalar_type(value.low if value.signed else value.high)


def array_faults(
    name: str, array: npt.NDArray[Any], dtype: type, shape: tuple[int, ...]
) -> Iterator[str]:
    """How an array differs from the type and shape that it must have."""
    if array.dtype != dtype or array.shape != shape:
        yield (
            f"{name} must be {np.dtype(dtype)} {list(shape)}, not {array.dtype} {list(array.shape)}"
        )
    elif not array.flags.c_contiguous:
        yield f"{name} must be contiguous"
