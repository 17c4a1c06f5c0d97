# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a QONNX file to the intermediate representation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.frontend.clean import clean
from xnorflow.frontend.limits import out_of_memory
from xnorflow.frontend.lower import lower
from xnorflow.frontend.names import folded_names, name_nodes
from xnorflow.frontend.network import Network
from xnorflow.frontend.operators import illegal_operators, illegal_uses
from xnorflow.frontend.read import read_model
from xnorflow.frontend.reference import Reference
from xnorflow.frontend.vet import vet
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.ir.graph import Graph, ModelInfo

if TYPE_CHECKING:
    from onnx import ModelProto

    from xnorflow.frontend.taps import Tap

__all__ = ["Dump", "load_model", "load_reference"]

Dump = Callable[[str, "str | bytes"], None]
"""Takes the name of a step and its result as text, or as a file's bytes."""


def load_model(path: Path, *, input_scale: float = 1.0, dump: Dump | None = None) -> Graph:
    """The network in a QONNX file, exact with respect to qonnx's executor.

    Args:
        path: the model.
        input_scale: what one step of the stored input integer is worth to the graph.
        dump: gets the cleaned model as ``cleaned.onnx``.

    Raises:
        XnorflowError: the file is no readable model, or the network is not supported.
    """
    proto, info = read_model(path)
    try:
        return _lowered(_network(proto, dump), info, input_scale)
    except XnorflowError as error:
        raise error.in_file(path) from error


def load_reference(path: Path, model: ModelInfo, *, input_scale: float = 1.0) -> Reference:
    """The model itself, to be run beside what it was compiled to.

    Args:
        path: the model.
        model: which one it must be.
        input_scale: what one step of the stored input integer is worth to the graph.

    Raises:
        XnorflowError: ``other-model``; or as from ``load_model``.
    """
    proto, info = read_model(path)
    if info.sha256 != model.sha256:
        raise XnorflowError(
            Diagnostic(
                "other-model",
                f"the model must be the one that was compiled, {model.name} of SHA-256 "
                f"{model.sha256[:12]}..., not one of {info.sha256[:12]}...",
                "give that file, or compile this one",
                Origin(file=str(path)),
            )
        )
    taps: list[Tap] = []
    try:
        network = _network(proto)
        graph = _lowered(network, info, input_scale, taps.append)
    except XnorflowError as error:
        raise error.in_file(path) from error
    return Reference(graph, tuple(taps), network)


def _network(proto: ModelProto, dump: Dump | None = None) -> Network:
    """The model vetted and cleaned, of known operators only."""
    name_nodes(proto.graph)
    vet(proto)
    folded = folded_names(proto.graph)
    network = Network(clean(proto).model, folded)
    if dump is not None:
        dump("cleaned.onnx", network.proto.SerializeToString())
    # Uses are looked at only where all operators are known: else one fault would show as many.
    faults = [*illegal_operators(network)] or [*illegal_uses(network)]
    if faults:
        raise XnorflowError(*faults)
    return network


def _lowered(
    network: Network,
    info: ModelInfo,
    input_scale: float,
    tap: Callable[[Tap], None] | None = None,
) -> Graph:
    try:
        return lower(network, info, input_scale, tap)
    except MemoryError as error:
        raise out_of_memory() from error
