# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What FINN cannot take is told in one form."""

from __future__ import annotations

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.ir.layer import Layer

__all__ = ["refused"]


def refused(rule: str, hint: str, layer: Layer | None = None) -> XnorflowError:
    """The error ``finn-export``: "X must be Y, not Z", and what to do."""
    origin = layer.origin if layer else Origin()
    return XnorflowError(Diagnostic("finn-export", rule, hint, origin))
