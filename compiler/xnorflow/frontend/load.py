# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a QONNX file to the intermediate representation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.examine import Dump, Examined, examine
from xnorflow.frontend.read.model_file import read_model
from xnorflow.frontend.read.modules import with_modules
from xnorflow.frontend.reference import Reference
from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.input_spec import InputSpec

if TYPE_CHECKING:
    from xnorflow.frontend.lower.taps import Tap

__all__ = ["Dump", "Examined", "examine_model", "load_model", "load_reference"]


def load_model(
    path: Path, given: InputSpec | None = None, *, dump: Dump | None = None, name: str = ""
) -> Graph:
    """The network in a QONNX file: it decides as qonnx's executor does on sums that are exact.

    Where float32 rounds the executor's own sums, ``inexact-sums`` among the notes tells of it. Log,
    Softplus and Mish may differ in their last digit: the runtime computes the last elements of a
    tensor otherwise than the many in front, and here an element may stand at another place.

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


def load_reference(path: Path, model: ModelInfo, given: InputSpec) -> Reference:
    """The model itself, to be run beside what it was compiled to.

    Args:
        path: the model.
        model: which one it must be.
        given: what it was compiled for.

    Raises:
        XnorflowError: ``other-model``; or as from ``load_model``.
    """
    taps: list[Tap] = []
    found = examine_model(path, given, tap=taps.append)
    sha256 = found.info.sha256
    if sha256 != model.sha256:
        raise XnorflowError(
            Diagnostic(
                "other-model",
                f"the model must be the one that was compiled, {model.name} of SHA-256 "
                f"{model.sha256[:12]}..., not one of {sha256[:12]}...",
                "give that file, or compile this one",
                Origin(file=str(path)),
            )
        )
    if found.graph is None or found.network is None:
        raise XnorflowError(*found.faults)
    return Reference(found.graph, tuple(taps), found.network)


def examine_model(
    path: Path,
    given: InputSpec | None = None,
    *,
    dump: Dump | None = None,
    name: str = "",
    tap: Callable[[Tap], None] | None = None,
) -> Examined:
    """What a QONNX file is, with the modules that nodes come from.

    Args:
        path: the model.
        given: as for ``load_model``, and so are ``dump`` and ``name``.
        dump: gets the cleaned model.
        name: the network's.
        tap: gets each place where model and network can be compared, in order.

    Raises:
        XnorflowError: the file is no readable model.
    """
    proto, info = read_model(path)
    file = "" if name else str(path)
    info = replace(info, name=name or info.name)
    found = examine(proto, info, given or InputSpec(), dump, tap)
    here = (replace(d, origin=replace(d.origin, file=file)) for d in found.faults)
    graph, modules = found.graph, found.modules
    if graph is not None:
        layers = with_modules(graph.layers, modules)
        graph = replace(graph, layers=layers, notes=with_modules(graph.notes, modules))
    return replace(found, graph=graph, faults=with_modules(here, modules))
