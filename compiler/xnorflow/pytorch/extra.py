# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What can be asked without PyTorch: is this one of its modules, and is the extra there?"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from xnorflow.diagnostics import Diagnostic, XnorflowError

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    Frame: TypeAlias = npt.NDArray[Any] | torch.Tensor
    Module: TypeAlias = torch.nn.Module

__all__ = ["Frame", "Module", "import_extra", "is_module"]

_NEEDS = ("torch", "brevitas", "onnxoptimizer")


def is_module(model: object) -> bool:
    """Whether it is a ``torch.nn.Module``; then somebody else has imported PyTorch."""
    network = sys.modules.get("torch.nn")
    return network is not None and isinstance(model, network.Module)


def import_extra(name: str, purpose: str) -> ModuleType:
    """A module of xnorflow's that needs PyTorch and Brevitas.

    Args:
        name: of the module.
        purpose: what it is needed for, after "to", for the message.

    Raises:
        XnorflowError: ``tool-missing``.
    """
    missing = [package for package in _NEEDS if importlib.util.find_spec(package) is None]
    try:
        if missing:
            raise ImportError(f"no package {', '.join(missing)}")
        with warnings.catch_warnings(record=True):  # Brevitas warns of an option it lacks
            return importlib.import_module(name)
    except ImportError as error:
        raise XnorflowError(
            Diagnostic(
                "tool-missing",
                f"PyTorch and Brevitas must be installed to {purpose}, not fail with: {error}",
                "pip install 'xnorflow[train]'",
            )
        ) from error
