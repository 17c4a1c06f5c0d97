# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a label_select compares: sums with offsets that are moved together towards 0."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.types import ValueType, bits_for_range

__all__ = ["Values", "values_of"]


@dataclass(frozen=True)
class Values:
    """What is compared: the offsets, centred, and the signed bits of every sum."""

    offsets: tuple[int, ...]
    bits: int

    @property
    def has_offsets(self) -> bool:
        """Whether anything is added."""
        return any(self.offsets)


def values_of(layer: Layer) -> Values:
    """What the unit of an ArgMax compares."""
    op = layer.op
    assert isinstance(op, ArgMax)
    given = [int(offset) for offset in op.offsets]
    middle = (min(given) + max(given)) // 2
    offsets = tuple(offset - middle for offset in given)
    source: ValueType = layer.in_type.value
    sums = bits_for_range(min(source.low + min(offsets), -1), source.high + max(offsets))
    return Values(offsets, sums.bits)
