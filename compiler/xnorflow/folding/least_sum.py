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
    at = offsets.copy()
    for bucket in range(buckets):
        first, end = firsts[bucket], firsts[bucket + 1]
        cases = 1
        for axis in range(1, axes):
            cases *= shapes[bucket, axis]
        for case in range(cases):
            least = np.inf
            for value in range(shapes[bucket, 0]):
                total = values[at[first] + value * strides[first, 0]]
                for part in range(first + 1, end):
                    total += values[at[part] + value * strides[part, 0]]
                least = min(least, total)
            values[told[bucket] + case] = least
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
        least, best = np.inf, 0
        for value in range(shapes[bucket, 0]):
            total = values[at[first] + value * strides[first, 0]]
            for part in range(first + 1, end):
                total += values[at[part] + value * strides[part, 0]]
            if total < least:
                least, best = total, value
        chosen[scopes[bucket, 0]] = best
