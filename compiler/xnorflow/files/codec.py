# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to JSON values and back, strictly: every key is there, none is unknown."""

from __future__ import annotations

import dataclasses
import functools
import sys
import types
import typing
from typing import Any, TypeVar

__all__ = ["SIGNED", "STORED", "CodecError", "decode", "encode"]

T = TypeVar("T")

_MOST = 1 << 53
"""Of whole numbers: up to here every reader of JSON has them exactly."""
_LONGEST = 4096
"""Of lists: layers, options and names are far fewer."""

SIGNED = "signed"
"""In a field's metadata: True for numbers that may be below 0."""

STORED = "stored"
"""In a field's metadata: False for what is worked out and has no key in JSON."""


class CodecError(ValueError):
    """A value that does not fit its field; the text names the place."""


def encode(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, everything else as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in _stored(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(kind: type[T], data: object, place: str = "report") -> T:
    """A ``kind`` from parsed JSON, where numbers count or measure something unless ``SIGNED``.

    Raises:
        CodecError: a key is missing or unknown, a value has another type than its field, a number
            is below 0 or beyond reason, a text holds what would move a terminal's cursor, or a list
            is too long.
    """
    return typing.cast("T", _value(kind, data, place))


def _value(kind: Any, data: object, place: str, *, signed: bool = False) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        (inner,) = [a for a in arguments if a is not type(None)]
        return None if data is None else _value(inner, data, place, signed=signed)
    if origin is tuple:
        items = _expect(data, list, "a list", place)
        if len(items) > _LONGEST:
            raise CodecError(f"{place} must be a list of at most {_LONGEST}, not {len(items)}")
        kind = arguments[0]
        parts = enumerate(items)
        return tuple(_value(kind, item, f"{place}[{i}]", signed=signed) for i, item in parts)
    if origin is dict:
        pairs = _expect(data, dict, "an object", place)
        return {
            _value(str, key, f"a key of {place}"): _value(arguments[1], item, f"{place}.{key}")
            for key, item in pairs.items()
        }
    if dataclasses.is_dataclass(kind):
        return _object(kind, data, place)
    return _scalar(kind, data, place, signed=signed)


def _object(kind: Any, data: object, place: str) -> Any:
    pairs = _expect(data, dict, "an object", place)
    hints = _hints(kind)
    names = [field.name for field in _stored(kind)]
    wrong = [f"no {n!r}" for n in names if n not in pairs]
    wrong += [f"unknown {n!r}" for n in pairs if n not in names]
    if wrong:
        expected = ", ".join(names)
        raise CodecError(f"{place} must have exactly the keys {expected}, not {', '.join(wrong)}")
    signs = {field.name: bool(field.metadata.get(SIGNED)) for field in _stored(kind)}
    values = {n: _value(hints[n], pairs[n], f"{place}.{n}", signed=signs[n]) for n in names}
    return kind(**values)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _stored(kind: Any) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(kind) if field.metadata.get(STORED, True)]


def _scalar(kind: type, data: object, place: str, *, signed: bool) -> Any:
    if type(data) is not kind and not (kind is float and type(data) is int):
        raise CodecError(f"{place} must be of type {kind.__name__}, not {_shown(data)}")
    if isinstance(data, str) and not data.isprintable():
        raise CodecError(f"{place} must be printable, not {_shown(data)}")
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if not abs(data) <= sys.float_info.max:
            raise CodecError(f"{place} must be finite, not {_shown(data)}")
        least = -_MOST if signed else 0
        if (kind is int and not least <= data <= _MOST) or (data < 0 and not signed):
            raise CodecError(f"{place} must be from {least} to {_MOST}, not {_shown(data)}")
    return float(data) if kind is float and isinstance(data, int) else data


def _expect(data: object, kind: type, noun: str, place: str) -> Any:
    if not isinstance(data, kind):
        raise CodecError(f"{place} must be {noun}, not {_shown(data)}")
    return data


def _shown(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:60]}..."
