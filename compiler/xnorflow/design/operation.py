# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Operations in design.json and design.npz: what stands there for each kind, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from xnorflow.design.limits import INT32, MAX_ELEMENTS
from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.layer import ArgMax, Dense, MaxPool, Op, Quantize, Window
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import TensorType

__all__ = ["arrays_of", "layouts_of", "read", "record_of"]

_SWEEP = ("kernel", "stride", "pads")
_KEYS = {
    "argmax": ("shape",),
    "dense": ("shape",),
    "dense-kinds": ("shape", "kinds"),
    "dense-threshold": ("shape",),
    "maxpool": _SWEEP,
    "quantize": ("shape",),
    "window": (*_SWEEP, "fill"),
}
"""Kind of operation -> what stands beside it."""
_MAX_ROWS = 1 << 24
_MAX_PLACES = 1 << 20
"""Pixels that one position of a sweep may see, seen or beyond the edge."""


def record_of(op: Op) -> dict[str, Any]:
    """What design.json holds: the kind, and what is not in arrays or what their shapes follow."""
    if isinstance(op, Dense):
        shape = list(op.weights.shape)
        if op.thresholds is None:
            return {"kind": "dense", "shape": shape}
        if op.kinds is None:
            return {"kind": "dense-threshold", "shape": shape}
        return {"kind": "dense-kinds", "shape": shape, "kinds": len(op.thresholds)}
    if isinstance(op, Quantize):
        return {"kind": "quantize", "shape": list(op.table.shape)}
    if isinstance(op, ArgMax):
        return {"kind": "argmax", "shape": list(op.offsets.shape)}
    sweep = {key: list(getattr(op.sweep, key)) for key in _SWEEP}
    if isinstance(op, Window):
        return {"kind": "window", **sweep, "fill": op.fill}
    return {"kind": "maxpool", **sweep}


def arrays_of(op: Op) -> dict[str, Array]:
    """What design.npz holds, by the name's last part; weights as bits."""
    if isinstance(op, Quantize):
        return {"table": op.table}
    if isinstance(op, ArgMax):
        return {"offsets": op.offsets}
    if not isinstance(op, Dense):
        return {}
    found: dict[str, Array] = {"weights": np.packbits(op.weights, axis=1)}
    if op.thresholds is not None:
        found["thresholds"] = op.thresholds
    if op.kinds is not None:
        found["kinds"] = op.kinds
    return found


def layouts_of(entry: Strict, before: TensorType) -> dict[str, Layout]:
    """Which arrays an operation on such a tensor has, no larger than the tensor allows.

    Raises:
        XnorflowError: as Strict says.
    """
    kind, fields = _fields(entry)
    if kind in ("maxpool", "window"):
        return {}
    if kind == "argmax":
        return {"offsets": ("int32", _numbers(fields["shape"], 1, (before.elements,)))}
    if kind == "quantize":
        limits = (before.elements, min(1 << before.value.bits, MAX_ELEMENTS))
        return {"table": ("int32", _shape(fields["shape"], limits))}
    out, width = _shape(fields["shape"], (_MAX_ROWS, before.elements))
    found: dict[str, Layout] = {"weights": ("uint8", (out, (width + 7) // 8))}
    if kind == "dense-threshold":
        found["thresholds"] = ("int32", (out,))
    elif kind == "dense-kinds":
        pixels = before.elements // width
        kinds = fields["kinds"].whole(1, pixels)
        found |= {"thresholds": ("int32", (kinds, out)), "kinds": ("int32", (pixels,))}
    return found


def read(entry: Strict, before: TensorType, arrays: Mapping[str, Array]) -> Op:
    """The operation on such a tensor, with the arrays that ``layouts_of`` asked for.

    Raises:
        XnorflowError: as Strict says.
    """
    kind, fields = _fields(entry)
    if kind == "quantize":
        return Quantize(arrays["table"])
    if kind == "argmax":
        return ArgMax(arrays["offsets"])
    if kind == "maxpool":
        return MaxPool(_sweep(entry, fields, before))
    if kind == "window":
        fill = fields["fill"].whole(-INT32, INT32 - 1)
        return Window(_sweep(entry, fields, before), fill)
    width = fields["shape"].items()[1].whole(1, before.elements)
    weights = np.unpackbits(arrays["weights"], axis=1, count=width)
    return Dense(weights, arrays.get("thresholds"), arrays.get("kinds"))


def _fields(entry: Strict) -> tuple[str, dict[str, Strict]]:
    found = entry.entries()
    if "kind" not in found:
        raise entry.error("an object with a kind, not without")
    kind = found["kind"].one_of(_KEYS)
    return kind, entry.table("kind", *_KEYS[kind])


def _sweep(entry: Strict, fields: dict[str, Strict], before: TensorType) -> Sweep:
    kernel, stride = (_numbers(fields[key], 1, (_MAX_PLACES,) * 2) for key in _SWEEP[:2])
    top, left, bottom, right = _numbers(fields["pads"], 0, (_MAX_PLACES,) * 4)
    if kernel[0] * kernel[1] > _MAX_PLACES:
        raise fields["kernel"].error(f"of at most {_MAX_PLACES} places, not {kernel}")
    if len(before.shape) != 3:
        raise entry.error(f"an operation on an image [H, W, C], not on {before}")
    height, width, channels = before.shape
    if (height + top + bottom) * (width + left + right) * channels > MAX_ELEMENTS:
        raise fields["pads"].error(f"such that {MAX_ELEMENTS} elements suffice, not more")
    return Sweep((kernel[0], kernel[1]), (stride[0], stride[1]), (top, left, bottom, right))


def _shape(entry: Strict, limits: tuple[int, int]) -> tuple[int, ...]:
    first, second = _numbers(entry, 1, limits)
    if first * second > MAX_ELEMENTS:
        raise entry.error(f"of at most {MAX_ELEMENTS} elements, not {first * second}")
    return first, second


def _numbers(entry: Strict, low: int, limits: tuple[int, ...]) -> tuple[int, ...]:
    """As many numbers as there are limits, each from ``low`` to its limit."""
    items = entry.items()
    if len(items) != len(limits):
        raise entry.error(f"of {len(limits)} numbers, not {len(items)}")
    return tuple(item.whole(low, high) for item, high in zip(items, limits, strict=True))
