# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The values at which tables add up to the least, compiled by numba.

The tables of a network are small and many: called for each, numpy takes some ten times as long.
"""

from __future__ import annotations

import numpy as np

from xnorflow.folding.columns import Floats, Ints
from xnorflow.timing.compiled import compiled

__all__ = ["least_values"]


@compiled
def _summed(
    values: Floats, first: int, end: int, at: Ints, strides: Ints, length: int, sums: Floats
) -> None:
    """What parts add up to for each value of the variable that goes."""
    begin, step = at[first], strides[first, 0]
    for value in range(length):
        sums[value] = values[begin + value * step]
    for part in range(first + 1, end):
        begin, step = at[part], strides[part, 0]
        for value in range(length):
            sums[value] += values[begin + value * step]


@compiled
def least_values(
    values: Floats,
    told: Ints,
    scopes: Ints,
    shapes: Ints,
    firsts: Ints,
    offsets: Ints,
    strides: Ints,
    chosen: Ints,
) -> None:
    """Eliminate variables, bucket by bucket, and then choose their values the other way round.

    Args:
        values: the entries of all tables, then room for what each bucket tells later ones.
        told: int64 [buckets]: where in ``values`` that begins.
        scopes: int64 [buckets, axes]: the variables, first the one that goes; 0 beyond the last.
        shapes: int64 [buckets, axes]: how many values each has; 1 beyond the last.
        firsts: int64 [buckets + 1]: which parts, tables that are added up, are those of a bucket.
        offsets: int64 [parts]: where in ``values`` a part begins.
        strides: int64 [parts, axes]: how far apart neighbours along each axis of the bucket are.
        chosen: int64 [variables]: takes the value of each, the first one among equals.
    """
    buckets, axes = shapes.shape
    place = np.zeros(axes, np.int64)
    at, sums = offsets.copy(), np.empty(shapes[:, 0].max())
    for bucket in range(buckets):
        first, end = firsts[bucket], firsts[bucket + 1]
        cases = 1
        for axis in range(1, axes):
            cases *= shapes[bucket, axis]
        for case in range(cases):
            length = shapes[bucket, 0]
            _summed(values, first, end, at, strides, length, sums)
            values[told[bucket] + case] = sums[:length].min()
            for axis in range(axes - 1, 0, -1):  # on to the next case
                more = 1 if place[axis] + 1 < shapes[bucket, axis] else -place[axis]
                place[axis] += more
                for part in range(first, end):
                    at[part] += more * strides[part, axis]
                if more == 1:
                    break
    for bucket in range(buckets - 1, -1, -1):
        first, end = firsts[bucket], firsts[bucket + 1]
        for part in range(first, end):
            at[part] = offsets[part]
            for axis in range(1, axes):
                at[part] += strides[part, axis] * chosen[scopes[bucket, axis]]
        length = shapes[bucket, 0]
        _summed(values, first, end, at, strides, length, sums)
        chosen[scopes[bucket, 0]] = sums[:length].argmin()
