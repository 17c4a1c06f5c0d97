# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The .npy members of an .npz file, read with distrust."""

from __future__ import annotations

import ast
import lzma
import re
import struct
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np
import numpy.typing as npt

__all__ = ["ZIP_ERRORS", "Header", "read_array", "read_header"]

ZIP_ERRORS = (
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
)
"""What zipfile raises for a file that is damaged, encrypted or no archive."""

_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {b"\1\0": 2, b"\2\0": 4, b"\3\0": 4}
"""Of the header's length, by the version."""
_MAX_HEADER_BYTES = 4096
_MAX_SIDE = 1 << 48
_PLAIN = re.compile(r"[<>|=]?[?a-zA-Z][0-9]{0,4}")


@dataclass(frozen=True)
class Header:
    """What a member says of its array.

    Attributes:
        dtype: of the elements; no objects, no records.
        fortran_order: whether the first axis changes fastest.
        shape: of the array.
    """

    dtype: np.dtype[Any]
    fortran_order: bool
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Of the whole array."""
        return prod(self.shape) * self.dtype.itemsize


def read_header(stream: IO[bytes]) -> Header:
    """The header at the beginning of a member.

    Raises:
        ValueError: there is none, or it is not well formed.
    """
    start = stream.read(len(_MAGIC) + 2)
    size = _LENGTH_BYTES.get(start[-2:]) if start.startswith(_MAGIC) else None
    if size is None:
        raise ValueError("no .npy header of a known version")
    length = int.from_bytes(stream.read(size), "little")
    text = stream.read(min(length, _MAX_HEADER_BYTES + 1))
    if length > _MAX_HEADER_BYTES or len(text) < length:
        raise ValueError("a header that is cut off or too long")
    return _header(text)


def read_array(stream: IO[bytes]) -> npt.NDArray[Any]:
    """A member's array, to the member's end.

    Raises:
        ValueError: the header is not well formed, or does not fit what follows.
    """
    header = read_header(stream)
    data = stream.read()
    if len(data) != header.bytes:
        raise ValueError(f"{header.dtype} {header.shape} in {len(data)} bytes")
    flat = np.frombuffer(data, header.dtype)
    return flat.reshape(header.shape, order="F" if header.fortran_order else "C")


def _header(text: bytes) -> Header:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            fields = ast.literal_eval(text.decode().strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError("a header that cannot be read") from error
    if not isinstance(fields, dict) or set(fields) != {"descr", "fortran_order", "shape"}:
        raise ValueError("a header without descr, fortran_order and shape alone")
    descr, order, shape = fields["descr"], fields["fortran_order"], fields["shape"]
    if not isinstance(descr, str) or not _PLAIN.fullmatch(descr):
        raise ValueError(f"elements of type {ascii(descr)[:60]}")
    try:
        dtype = np.dtype(descr)
    except TypeError as error:
        raise ValueError(f"elements of type {descr}") from error
    if dtype.hasobject or dtype.itemsize == 0:
        raise ValueError(f"elements of type {descr}")
    if type(order) is not bool or type(shape) is not tuple or len(shape) > 32:
        raise ValueError("a header whose order is no truth value, or whose shape is no tuple")
    if not all(type(side) is int and 0 <= side <= _MAX_SIDE for side in shape):
        raise ValueError(f"a shape of {ascii(shape)[:60]}")
    return Header(dtype, order, shape)
