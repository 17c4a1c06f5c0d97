# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The idx format: a magic number, big-endian sizes, then unsigned bytes."""

from __future__ import annotations

import struct
from math import prod

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

__all__ = ["parse_idx"]

_UNSIGNED_BYTE = 0x08


def parse_idx(content: bytes, dimensions: int, name: str) -> npt.NDArray[np.uint8]:
    """The array in an idx file of unsigned bytes.

    Args:
        content: the whole file.
        dimensions: how many the array must have.
        name: the file's name, for the message.

    Returns:
        A read-only view of ``content`` in the shape that its header states.

    Raises:
        XnorflowError: ``dataset-file``: another format, type or length than the header must state.
    """
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise _refusal(name, f"at least {header} bytes of header, not {len(content)} bytes")
    expected = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if content[:4] != expected:
        raise _refusal(name, f"the magic number {expected.hex()}, not {content[:4].hex()}")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    size = header + prod(shape)
    if len(content) != size:
        sizes = " x ".join(map(str, shape))
        raise _refusal(name, f"{size} bytes for its shape {sizes}, not {len(content)}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _refusal(name: str, fault: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "dataset-file",
            f"an idx file must have {fault}",
            "get the file again; it must be an idx file of unsigned bytes",
            Origin(file=name),
        )
    )
