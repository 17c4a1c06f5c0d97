# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to JSON values and back, strictly: every key is there, none is unknown."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar

from xnorflow.files.strict import Strict

__all__ = ["SIGNED", "STORED", "decode", "encode"]

T = TypeVar("T")

_MOST = 1 << 53
"""Of whole numbers: up to here every reader of JSON has them exactly."""
_LONGEST = 4096
"""Of lists: layers, options and names are far fewer."""

SIGNED = "signed"
"""In a field's metadata: True for numbers that may be below 0."""

STORED = "stored"
"""In a field's metadata: False for what is worked out and has no key in JSON."""


def encode(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, everything else as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in _stored(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(kind: type[T], entry: Strict) -> T:
    """A ``kind`` from parsed JSON, where numbers count or measure something unless ``SIGNED``.

    Raises:
        XnorflowError: a key is missing or unknown, a value has another type than its field, a
            number is below 0 or beyond reason, a text holds what would move a terminal's cursor,
            or a list is too long.
    """
    return typing.cast("T", _value(kind, entry))


def _value(kind: Any, entry: Strict, *, signed: bool = False) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        (inner,) = [a for a in arguments if a is not type(None)]
        return None if entry.is_null else _value(inner, entry, signed=signed)
    if origin is tuple:
        return tuple(_value(arguments[0], item, signed=signed) for item in entry.items(_LONGEST))
    if origin is dict:
        pairs = entry.entries()
        if not all(key.isprintable() for key in pairs):
            raise entry.error("an object of printable keys, not of others")
        return {key: _value(arguments[1], item) for key, item in pairs.items()}
    if dataclasses.is_dataclass(kind):
        return _object(kind, entry)
    return _scalar(kind, entry, signed=signed)


def _object(kind: Any, entry: Strict) -> Any:
    fields, hints = _stored(kind), _hints(kind)
    pairs = entry.table(*(field.name for field in fields))
    values = {
        field.name: _value(
            hints[field.name], pairs[field.name], signed=bool(field.metadata.get(SIGNED))
        )
        for field in fields
    }
    return kind(**values)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _stored(kind: Any) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(kind) if field.metadata.get(STORED, True)]


def _scalar(kind: type, entry: Strict, *, signed: bool) -> Any:
    if kind is bool:
        return entry.flag()
    if kind is int:
        return entry.whole(-_MOST if signed else 0, _MOST)
    if kind is float:
        return entry.number() if signed else entry.number(low=0.0)
    assert kind is str, f"a field must be a bool, int, float or str, not {kind}"
    text = entry.text()
    if not text.isprintable():
        raise entry.error(f"printable, not {ascii(text)[:60]}")
    return text
