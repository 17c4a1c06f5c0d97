# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Calls of onnx, onnxruntime and qonnx, which raise whatever comes to them on a broken graph."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.limits import out_of_memory
from xnorflow.frontend.read.names import printable

__all__ = ["cleaning", "foreign"]


@contextmanager
def foreign(code: str, rule: str, hint: str, nodes: tuple[str, ...] = ()) -> Iterator[None]:
    """Turn whatever the libraries raise inside into a Diagnostic, and silence what they say.

    Nothing but calls of theirs may stand inside: a mistake of our own would pass for the user's.

    Args:
        code: of the Diagnostic.
        rule: its message, up to the name of what was raised.
        hint: what to do.
        nodes: the user's.

    Raises:
        XnorflowError: a library raised something.
    """
    import onnxruntime

    # Failures come back as exceptions; the runtime's own lines on stderr would only repeat them.
    onnxruntime.set_default_logger_severity(4)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except MemoryError as error:
        raise out_of_memory(nodes) from error
    except Exception as error:
        reason = printable(" ".join(f"{type(error).__name__}: {error}".split()))
        raise XnorflowError(Diagnostic(code, f"{rule} {reason}", hint, Origin(nodes))) from error


def cleaning() -> AbstractContextManager[None]:
    """As ``foreign``, for what prepares a whole graph."""
    return foreign(
        "model-invalid",
        "the graph must be one that qonnx can clean up, not:",
        "export the model again; onnx.checker and qonnx-cleanup say more",
    )
