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
from xnorflow.frontend.vet import vet
from xnorflow.ir.diagnostics import XnorflowError
from xnorflow.ir.graph import Graph, ModelInfo

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["Dump", "load_model"]

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
        return _convert(proto, info, input_scale, dump)
    except XnorflowError as error:
        raise error.in_file(path) from error


def _convert(proto: ModelProto, info: ModelInfo, input_scale: float, dump: Dump | None) -> Graph:
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
    try:
        return lower(network, info, input_scale)
    except MemoryError as error:
        raise out_of_memory() from error
