# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The sums of a stream_add before they saturate."""

from __future__ import annotations

from dataclasses import replace

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.types import bits_for_range

__all__ = ["add_of", "sum_bits"]


def add_of(layer: Layer) -> Add:
    """The operation."""
    assert isinstance(layer.op, Add)
    return layer.op


def sum_bits(layer: Layer) -> int:
    """Bits of the adders: where sums saturate, a sign is told even if none is below 0."""
    op = add_of(layer)
    if not op.saturates:
        return layer.out_type.value.bits
    sums = replace(op, saturates=False).results(layer.in_types, layer.out_type)
    return bits_for_range(min(-1, sums[0]), sums[-1]).bits
