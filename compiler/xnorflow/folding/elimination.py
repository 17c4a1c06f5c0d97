# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The least of a sum of tables over variables that they share, by bucket elimination.

Variables go one after the other: the tables that a variable stands in are added up, and of each
case of the others its best value is kept, as one table more (Dechter, "Bucket elimination: a
unifying framework for reasoning", 1999; here with sums and minima). In a chain of tables this is
Viterbi's algorithm. How large tables become depends on the order: one of least degree keeps them
to three variables where branches only fork and join within each other (treewidth 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

import numpy as np

from xnorflow.folding.columns import Floats, Ints

__all__ = ["Elimination", "Scope", "Sums"]

Scope = tuple[int, ...]
"""The variables of a table, one an axis."""


@dataclass(frozen=True)
class _Part:
    """A table that is added up in a bucket.

    Attributes:
        number: of the table; messages come behind those that are given.
        scope: its variables.
        axes: its axes in the order in which their variables go.
        place: what makes them stand beside the bucket's.
        others: the bucket's axes that it has not.
    """

    number: int
    scope: Scope
    axes: tuple[int, ...]
    place: tuple[slice | None, ...]
    others: tuple[int, ...]

    @classmethod
    def of(cls, number: int, scope: Scope, bucket: Scope) -> _Part:
        """A table next to all variables of a bucket."""
        axes = tuple(sorted(range(len(scope)), key=lambda axis: bucket.index(scope[axis])))
        place = tuple(slice(None) if variable in scope else None for variable in bucket)
        others = tuple(n for n, own in enumerate(bucket) if own not in scope)
        return cls(number, scope, axes, place, others)


@dataclass(frozen=True)
class _Bucket:
    """The tables that a variable stands in when it goes.

    Attributes:
        scope: all their variables in the order in which they go, so this one first.
        parts: the tables.
    """

    scope: Scope
    parts: tuple[_Part, ...]


class Elimination:
    """The order in which variables go, and which tables are added up for each."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        """Plan it for tables of these scopes, in which variables are numbers from 0."""
        self._given = len(scopes)
        self._buckets: list[_Bucket] = []
        order = _order(scopes)
        turn = {variable: place for place, variable in enumerate(order)}
        waiting: list[list[tuple[int, Scope]]] = [[] for _ in order]
        for number, scope in enumerate(scopes):
            waiting[min(turn[variable] for variable in scope)].append((number, scope))
        for place, tables in enumerate(waiting):
            known = {variable for _, scope in tables for variable in scope}
            bucket = tuple(sorted(known, key=turn.__getitem__))
            parts = tuple(_Part.of(number, scope, bucket) for number, scope in tables)
            self._buckets.append(_Bucket(bucket, parts))
            if bucket[1:]:
                waiting[turn[bucket[1]]].append((self._given + place, bucket[1:]))

    def entries(self, sizes: Sequence[int]) -> int:
        """Of all tables that are added up, for variables of so many values."""
        return sum(prod(sizes[variable] for variable in own.scope) for own in self._buckets)

    def sums(self, sizes: Sequence[int]) -> Sums:
        """The same for variables of so many values."""
        return Sums(self._buckets, self._given, sizes)

    def marginals(self, tables: Sequence[Floats], count: int) -> list[Floats]:
        """For each entry of the first tables, the least that all add up to with its values."""
        sums, messages = self._up(tables)
        found: dict[int, Floats] = {}
        for place in range(len(self._buckets) - 1, -1, -1):
            total = sums[place]
            above = found.pop(self._given + place, None)
            if above is not None:
                known = messages[place]
                total = total + np.subtract(
                    above, known, out=np.zeros_like(known), where=np.isfinite(known)
                )
            for part in self._buckets[place].parts:
                if part.number < count or part.number >= self._given:
                    own = np.minimum.reduce(total, axis=part.others)
                    found[part.number] = own.transpose(np.argsort(part.axes))
        return [found[number] for number in range(count)]

    def _up(self, tables: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
        """For each bucket what its tables add up to, and the least of that over its variable.

        The latter are tables of later buckets.
        """
        sums: list[Floats] = []
        every = list(tables)
        for bucket in self._buckets:
            first, *others = bucket.parts
            total = every[first.number].transpose(first.axes)[first.place]
            for part in others:
                total = total + every[part.number].transpose(part.axes)[part.place]
            sums.append(total)
            every.append(np.minimum.reduce(total))
        return sums, every[self._given :]


class Sums:
    """Sums of tables of given sizes; laid out once, for many prices."""

    def __init__(self, buckets: Sequence[_Bucket], given: int, sizes: Sequence[int]) -> None:
        """Lay them out: ``given`` tables one behind the other, then what buckets tell."""
        scopes = {part.number: part.scope for own in buckets for part in own.parts}
        scopes |= {given + place: own.scope[1:] for place, own in enumerate(buckets)}
        lengths = [prod(sizes[n] for n in scopes[number]) for number in range(len(scopes))]
        begins = list(accumulate(lengths, initial=0))
        axes = max(len(own.scope) for own in buckets)
        parts = [(part, own.scope) for own in buckets for part in own.parts]
        strides = np.zeros((len(parts), axes), np.int64)
        for row, (part, scope) in zip(strides, parts, strict=True):
            for axis, variable in enumerate(part.scope):
                row[scope.index(variable)] = prod(sizes[n] for n in part.scope[axis + 1 :])
        self._values = np.empty(begins[-1])
        self._given, self._variables = begins[given], len(buckets)
        counts = accumulate((len(own.parts) for own in buckets), initial=0)
        self._layout = (
            np.array(begins[given:-1], np.int64),
            np.array([_filled(own.scope, axes, 0) for own in buckets], np.int64),
            np.array([_filled([sizes[n] for n in own.scope], axes, 1) for own in buckets]),
            np.array(list(counts), np.int64),
            np.array([begins[part.number] for part, _ in parts], np.int64),
            strides,
        )

    def least(self, tables: Floats) -> Ints:
        """The value of each variable at which the tables add up to the least.

        Among equals the variable that goes last has its first value, then the one before it.

        Args:
            tables: their entries, one table behind the other.
        """
        from xnorflow.folding.least_sum import least_values  # compiled when it is first needed

        self._values[: self._given] = tables
        chosen = np.zeros(self._variables, np.int64)
        least_values(self._values, *self._layout, chosen)
        return chosen


def _filled(row: Sequence[int], length: int, value: int) -> list[int]:
    return [*row, *[value] * (length - len(row))]


def _order(scopes: Sequence[Scope]) -> list[int]:
    """All variables, each time the one that shares tables with the fewest left; else the first."""
    beside: dict[int, set[int]] = {}
    for scope in scopes:
        for variable in scope:
            beside.setdefault(variable, set()).update(scope)
    for variable, others in beside.items():
        others.remove(variable)
    order: list[int] = []
    while beside:
        gone = min(beside, key=lambda variable: (len(beside[variable]), variable))
        others = beside.pop(gone)
        for variable in others:
            beside[variable] = (beside[variable] | others) - {gone, variable}
        order.append(gone)
    return order
