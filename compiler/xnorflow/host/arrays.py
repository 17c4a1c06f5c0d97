# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Input and output arrays in .npz files; a file that comes in is not trusted."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import write_atomic
from xnorflow.files.npy import ZIP_ERRORS, read_array, read_header

__all__ = ["InputArrays", "StoredAnswers", "read_inputs", "write_outputs"]

_MAX_BYTES = 2 << 30
_HINT = "make it with numpy.savez(FILE, x=..., y=...): x in the layout of the model's input"
_ANSWERS = ("output", "logits", "out")
"""Names of what the model answered; the first that is there counts."""


@dataclass(frozen=True, eq=False)
class StoredAnswers:
    """What the model answered when its user ran it.

    Attributes:
        name: of the array in the file.
        output: in the layout of the ONNX output, batch axis first.
    """

    name: str
    output: npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class InputArrays:
    """What an input file holds.

    Attributes:
        x: frames in the ONNX input's layout, batch axis first.
        y: the label of each frame, if the file has them.
        answers: to each frame, if the file has them.
    """

    x: npt.NDArray[Any]
    y: npt.NDArray[Any] | None
    answers: StoredAnswers | None = None


def read_inputs(path: Path, images: int | None = None) -> InputArrays:
    """The arrays ``x`` and, if there, ``y`` and the model's answers of an .npz file.

    Args:
        path: the file.
        images: how many frames to keep, from the first on; None keeps all.

    Raises:
        XnorflowError: ``input-file``: not there, not an .npz, cut off, too large, without ``x``,
            an array of objects, lengths that differ, or fewer frames than asked for.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if "x.npy" not in members:
                names = ", ".join(sorted(members)[:10]) or "nothing"
                raise _refusal(path, f"must hold an array x, not only {names}")
            x = _array(path, archive, members["x.npy"])
            y = _array(path, archive, members["y.npy"]) if "y.npy" in members else None
            name = next((name for name in _ANSWERS if f"{name}.npy" in members), None)
            output = None if name is None else _array(path, archive, members[f"{name}.npy"])
    except ZIP_ERRORS as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise _refusal(path, f"must be a readable .npz, not fail with: {cause}") from error
    if x.ndim == 0 or (y is not None and y.shape != x.shape[:1]):
        shape = None if y is None else y.shape
        raise _refusal(path, f"must hold one y for each x, not x {x.shape} and y {shape}")
    if y is not None and y.dtype.kind not in "iu":
        raise _refusal(path, f"must hold whole numbers in y, not {y.dtype}")
    if output is not None and (output.dtype.kind not in "biuf" or output.shape[:1] != x.shape[:1]):
        given = f"{output.dtype} {list(output.shape)}"
        raise _refusal(path, f"must hold numbers in {name}, for each of {len(x)} x, not {given}")
    if images is not None and images > len(x):
        raise _refusal(path, f"must hold the {images} frames asked for, not {len(x)}")
    answers = None if output is None or name is None else StoredAnswers(name, output[:images])
    return InputArrays(x[:images], None if y is None else y[:images], answers)


def write_outputs(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Write arrays to an .npz file in one step.

    Raises:
        XnorflowError: ``not-writable``.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_atomic(path, buffer.getvalue())


def _array(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """One member, its header checked against its size before anything is allocated."""
    name = info.filename.removesuffix(".npy")
    if info.file_size > _MAX_BYTES:
        raise _refusal(path, f"must hold at most {_MAX_BYTES} bytes in {name}, not more")
    try:
        with archive.open(info) as file:
            header = read_header(file)
        if header.bytes > info.file_size:
            raise ValueError(f"{header.dtype} {header.shape} in {info.file_size} bytes")
        return read_array(io.BytesIO(archive.read(info)))  # to its end, for the checksum
    except MemoryError as error:
        raise _refusal(path, f"must fit this machine's memory, not be larger in {name}") from error
    except (ValueError, zlib.error) as error:
        raise _refusal(
            path, f"must hold plain numbers in {name}, not fail with: {error}"
        ) from error


def _refusal(path: Path, fault: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic("input-file", f"the input file {fault}", _HINT, Origin(file=str(path)))
    )
