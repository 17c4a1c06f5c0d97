# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Arrays of known types and shapes in an .npz file, read with distrust."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from xnorflow.files.npy import ZIP_ERRORS, Header, read_header

__all__ = ["ArchiveError", "Layout", "pack_arrays", "unpack_arrays"]

Array = npt.NDArray[Any]
Layout = tuple[str, tuple[int, ...]]
"""Name of the type, e.g. ``int32``, and shape."""

_HEADER_BYTES = 1024
_DATE = (1980, 1, 1, 0, 0, 0)


class ArchiveError(ValueError):
    """The file is not what it should be; the text completes "the arrays must be ..."."""


def pack_arrays(arrays: Mapping[str, Array]) -> bytes:
    """An .npz file of the arrays, without times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            npy.write_array(member, little, version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()


def unpack_arrays(content: bytes, layouts: Mapping[str, Layout]) -> dict[str, Array]:
    """Exactly these arrays from an .npz file; no more is unpacked than their sizes allow.

    Raises:
        ArchiveError: the file is no archive, is damaged, or holds other arrays.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = sorted(info.filename for info in archive.infolist())
            wanted = sorted(f"{name}.npy" for name in layouts)
            if found != wanted:
                odd = sorted(set(found) ^ set(wanted)) or found
                fault = f"those of design.json, not differ in {odd[0]!a}"
                raise ArchiveError(fault)
            return {name: _read(archive, name, *layouts[name]) for name in layouts}
    except ArchiveError:
        raise
    except ZIP_ERRORS as error:
        raise ArchiveError(f"a whole, plain .npz file, not fail with: {error}") from error


def _read(archive: zipfile.ZipFile, name: str, dtype: str, shape: tuple[int, ...]) -> Array:
    wanted = np.dtype(dtype).newbyteorder("<")
    size = prod(shape) * wanted.itemsize
    with archive.open(f"{name}.npy") as file:
        member = file.read(size + _HEADER_BYTES + 1)
    stream = io.BytesIO(member)
    try:
        header = read_header(stream)
    except ValueError as error:
        raise ArchiveError(f"readable, not fail in {name} with: {error}") from error
    if header != Header(wanted, False, shape):
        found = f"{header.dtype} {list(header.shape)}"
        raise ArchiveError(f"{dtype} {list(shape)} in {name}, not {found}")
    data = member[stream.tell() :]
    if len(data) != size:
        raise ArchiveError(f"{size} bytes in {name}, not more or fewer")
    return np.frombuffer(data, wanted).reshape(shape).astype(dtype)
