# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Reading a model file: bytes from disk, parsed, nothing outside the file ever opened."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.names import printable
from xnorflow.ir.graph import ModelInfo

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from onnx import ModelProto

__all__ = ["MAX_BYTES", "read_model"]

MAX_BYTES = 512 << 20
"""The largest model file that is read; far above any network that fits a board."""

_EXPORT_HINT = "export the network again as one QONNX file (brevitas.export.export_qonnx)"


def read_model(path: Path) -> tuple[ModelProto, ModelInfo]:
    """The parsed file, with its name and hash.

    Raises:
        XnorflowError: the file is missing, not a file, too large, unreadable or not ONNX.
    """
    data = _read_bytes(path)
    model = _parse(data, path)
    return model, ModelInfo(printable(path.stem), hashlib.sha256(data).hexdigest())


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.exists():
            raise _error("model-not-found", path, "must exist", "check the path")
        if not path.is_file():
            kind = "a directory" if path.is_dir() else "a special file"
            raise _error("model-not-a-file", path, f"must be a file, not {kind}", "name the file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _error(
            "model-unreadable",
            path,
            f"must be readable, not: {reason}",
            "check its permissions, or use a shorter path",
        ) from error
    if len(data) > MAX_BYTES:
        raise _error(
            "model-too-large",
            path,
            f"must be at most {MAX_BYTES >> 20} MiB",
            "binary networks for one FPGA are far smaller: is this the right file?",
        )
    return data


def _parse(data: bytes, path: Path) -> ModelProto:
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    model = ModelProto()
    try:
        model.ParseFromString(data)
        _decode_strings(model)
    except (DecodeError, UnicodeDecodeError) as error:
        raise _error(
            "model-not-onnx",
            path,
            f"must be a complete ONNX file, not {len(data)} bytes that do not parse as one",
            f"the file is truncated, corrupted or of another format; {_EXPORT_HINT}",
        ) from error
    if not model.HasField("graph") or not model.graph.node:
        raise _error(
            "model-not-onnx",
            path,
            "must hold a graph with nodes, not an empty one",
            f"the file is empty or of another format; {_EXPORT_HINT}",
        )
    return model


def _decode_strings(message: Message) -> None:
    """Refuse text that is not UTF-8, which protobuf would hand on as bytes."""
    for field, value in message.ListFields():
        entries = value if field.is_repeated else [value]
        if field.type == field.TYPE_STRING:
            for entry in entries:
                if isinstance(entry, bytes):
                    entry.decode()
        elif field.type == field.TYPE_MESSAGE:
            for entry in entries:
                _decode_strings(entry)


def _error(code: str, path: Path, rule: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(code, f"the model file {rule}", hint, Origin(file=str(path))))
