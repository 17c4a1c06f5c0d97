# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All operations: a new one is listed here, and described in a file of its own beside this."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from xnorflow.files.strict import Strict
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.window import Window

__all__ = ["KINDS", "kind_of", "record_of"]

KINDS: Mapping[str, type[Op]] = MappingProxyType(
    {
        op.kind: op
        for op in (
            *(Quantize, MultiThreshold, Window, Dense, Linear, MaxPool, SumPool),
            *(ArgMax, Fork, Add, Concat, Slice),
        )
    }
)
"""By what each is called in a stored design."""


def record_of(op: Op) -> dict[str, Any]:
    """What a stored design holds of an operation, but for its arrays."""
    return {"kind": op.kind, **op.fields()}


def kind_of(entry: Strict) -> tuple[type[Op], dict[str, Strict]]:
    """The class of a stored operation, and its fields.

    Raises:
        XnorflowError: as Strict says.
    """
    found = entry.entries()
    if "kind" not in found:
        raise entry.error("an object with a kind, not without")
    kind = KINDS[found["kind"].one_of(KINDS)]
    return kind, entry.table("kind", *kind.keys)
