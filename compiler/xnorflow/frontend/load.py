# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a QONNX file to the intermediate representation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xnorflow.frontend.examine import Dump, Examined, examine
from xnorflow.frontend.read import read_model
from xnorflow.ir.diagnostics import XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec

__all__ = ["Dump", "examine_model", "load_model"]


def load_model(path: Path, given: InputSpec | None = None, *, dump: Dump | None = None) -> Graph:
    """The network in a QONNX file, exact with respect to qonnx's executor.

    Args:
        path: the model.
        given: what the user says of the input; None for nothing.
        dump: gets the cleaned model as ``cleaned.onnx``.

    Raises:
        XnorflowError: the file is no readable model, or the network is not supported; all that is
            wrong with it.
    """
    found = examine_model(path, given, dump=dump)
    if found.graph is None:
        raise XnorflowError(*found.faults)
    return found.graph


def examine_model(
    path: Path, given: InputSpec | None = None, *, dump: Dump | None = None
) -> Examined:
    """What a QONNX file is; arguments as for ``load_model``.

    Raises:
        XnorflowError: the file is no readable model.
    """
    found = examine(*read_model(path), given or InputSpec(), dump)
    here = tuple(replace(d, origin=replace(d.origin, file=str(path))) for d in found.faults)
    return replace(found, faults=here)
