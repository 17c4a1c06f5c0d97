# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a chain of functions begins with: elements, and the values that each can take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.layout import Layout

__all__ = ["Domain", "Own", "Source", "Table", "TableDomain"]

_CHUNK = 1 << 22
"""Values given at once: 16 MiB of float32."""


class Domain(Protocol):
    """The values of chosen elements, in the graph's own type: numbered from 0 for each."""

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """[R]: how many values each element has."""

    def at(self, numbers: Array) -> Array:
        """The values [K, R] of these numbers [K, R] or [K, 1]; those beyond the last mean it."""

    def chunks(self) -> Iterator[Array]:
        """All values in order, [K, R] in chunks of rows."""

    def chosen(self: Own, which: Labels) -> Own:
        """That of some of the elements."""


Own = TypeVar("Own", bound=Domain)
Given = TypeVar("Given", bound=Domain, covariant=True)


class Source(Protocol[Given]):
    """Elements in front of a chain, and what values they take."""

    @property
    def layout(self) -> Layout:
        """Where they are."""

    @property
    def labels(self) -> Labels:
        """[cells]: elements of one label take the same values."""

    def domain(self, cells: Labels) -> Given:
        """The values of these elements."""


@dataclass(frozen=True, eq=False)
class TableDomain:
    """Values of chosen elements that are written down.

    Attributes:
        values: [K, columns]: ascending stored integers' values.
        columns: [R]: each element's column.
    """

    values: Array
    columns: Labels

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """[R]: as many as there are rows."""
        return np.full(len(self.columns), len(self.values))

    def at(self, numbers: Array) -> Array:
        """Rows of the table."""
        found: Array = self.values[np.minimum(numbers, len(self.values) - 1), self.columns]
        return found

    def chunks(self) -> Iterator[Array]:
        """The table, some rows at a time."""
        rows = max(1, _CHUNK // len(self.columns))
        for start in range(0, len(self.values), rows):
            yield self.values[start : start + rows, self.columns]

    def chosen(self, which: Labels) -> TableDomain:
        """The same table for some of the elements."""
        return replace(self, columns=self.columns[which])


@dataclass(frozen=True, eq=False)
class Table:
    """Elements whose values are written down: what enters, and all that was stored before.

    Attributes:
        layout: where they are.
        stored: the integers that hardware has for them.
        values: [K, columns]: what the graph has for each of these integers.
        columns: [cells]: whose values each element takes.
    """

    layout: Layout
    stored: range
    values: Array
    columns: Labels

    @staticmethod
    def coded(layout: Layout, coding: Coding, stored: range, dtype: np.dtype[np.floating]) -> Table:
        """Elements of one coding."""
        values = coding.levels(np.asarray(stored, dtype=np.int64)).astype(dtype)
        return Table(layout, stored, values[:, np.newaxis], np.zeros(layout.size, dtype=np.int64))

    @property
    def labels(self) -> Labels:
        """[cells]: the columns."""
        return self.columns

    def domain(self, cells: Labels) -> TableDomain:
        """Their columns of the table."""
        return TableDomain(self.values, self.columns[cells])
