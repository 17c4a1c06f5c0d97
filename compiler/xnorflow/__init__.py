# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnorflow: from a trained binary neural network to a streaming FPGA accelerator.

``xnorflow.compile("model.onnx", board="pynq-z1")`` gives an Accelerator; ``xnorflow.load`` opens
an earlier build folder. Both arrive with the first use, because what they need takes a while to
import.
"""

from __future__ import annotations

from xnorflow.version import __version__

TYPE_CHECKING = False  # as in typing, whose import would come before signals are heard
if TYPE_CHECKING:
    from xnorflow.accelerator import Accelerator
    from xnorflow.api import Check, check, compile, load  # noqa: A004 - the name users expect
    from xnorflow.diagnostics import Diagnostic, XnorflowError
    from xnorflow.host.answers import Agreement
    from xnorflow.results import Mismatch, Prediction, Simulation, Verification

__all__ = [
    "Accelerator",
    "Agreement",
    "Check",
    "Diagnostic",
    "Mismatch",
    "Prediction",
    "Simulation",
    "Verification",
    "XnorflowError",
    "__version__",
    "check",
    "compile",
    "load",
]

_HOMES = {
    "Accelerator": "xnorflow.accelerator",
    "Agreement": "xnorflow.host.answers",
    "Diagnostic": "xnorflow.diagnostics",
    "Mismatch": "xnorflow.results",
    "Prediction": "xnorflow.results",
    "Simulation": "xnorflow.results",
    "Verification": "xnorflow.results",
    "XnorflowError": "xnorflow.diagnostics",
    "Check": "xnorflow.api",
    "check": "xnorflow.api",
    "compile": "xnorflow.api",
    "load": "xnorflow.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
