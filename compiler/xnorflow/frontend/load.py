# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a QONNX file to the intermediate representation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xnorflow.frontend.examine import Dump, Examined, examine
from xnorflow.frontend.modules import module_paths, with_modules
from xnorflow.frontend.names import name_nodes
from xnorflow.frontend.read import read_model
from xnorflow.ir.diagnostics import XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec

__all__ = ["Dump", "Examined", "examine_model", "load_model"]


def load_model(
    path: Path, given: InputSpec | None = None, *, dump: Dump | None = None, name: str = ""
) -> Graph:
    """The network in a QONNX file, exact with respect to qonnx's executor.

    Args:
        path: the model.
        given: what the user says of the input; None for nothing.
        dump: gets the cleaned model as ``cleaned.onnx``.
        name: the network's, of a file that is not the user's own and not named in what is raised;
            by default the file's.

    Raises:
        XnorflowError: the file is no readable model, or the network is not supported; all that is
            wrong with it.
    """
    found = examine_model(path, given, dump=dump, name=name)
    if found.graph is None:
        raise XnorflowError(*found.faults)
    return found.graph


def examine_model(
    path: Path, given: InputSpec | None = None, *, dump: Dump | None = None, name: str = ""
) -> Examined:
    """What a QONNX file is, with the modules that nodes come from; arguments as ``load_model``.

    Raises:
        XnorflowError: the file is no readable model.
    """
    proto, info = read_model(path)
    name_nodes(proto.graph)
    modules = module_paths(proto.graph)
    file = "" if name else str(path)
    found = examine(proto, replace(info, name=name or info.name), given or InputSpec(), dump)
    here = (replace(d, origin=replace(d.origin, file=file)) for d in found.faults)
    graph = found.graph
    if graph is not None:
        layers, notes = (with_modules(items, modules) for items in (graph.layers, graph.notes))
        graph = replace(graph, layers=layers, notes=notes)
    return replace(found, graph=graph, faults=with_modules(here, modules), modules=modules)
