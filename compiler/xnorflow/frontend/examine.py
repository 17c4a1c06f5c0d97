# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All that is wrong with a model at once, or the network that it is.

A fault hides as little as can be of what stands behind it: nodes that no library may run are taken
out, and every product is looked at for itself where the network as a whole cannot be followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.lower.fault_preview import preview_parts
from xnorflow.frontend.lower.head import host_input
from xnorflow.frontend.lower.lower import lower
from xnorflow.frontend.read.clean import clean
from xnorflow.frontend.read.inline import inline_functions
from xnorflow.frontend.read.limits import out_of_memory
from xnorflow.frontend.read.modules import module_paths
from xnorflow.frontend.read.names import folded_names, moving_nodes, name_nodes
from xnorflow.frontend.read.network import Network
from xnorflow.frontend.read.sever import sever
from xnorflow.frontend.read.vet import Vetted, vet
from xnorflow.frontend.trace.input_type import read_input
from xnorflow.frontend.trace.operators import illegal_operators, illegal_uses
from xnorflow.frontend.trace.trace import beginning, misjoined, misplaced

if TYPE_CHECKING:
    from onnx import ModelProto

    from xnorflow.frontend.lower.taps import Tap
    from xnorflow.ir.graph import Graph, ModelInfo
    from xnorflow.ir.host import HostInput
    from xnorflow.ir.input_spec import InputSpec, InputType

__all__ = ["Dump", "Examined", "examine"]

Dump = Callable[[str, "str | bytes"], None]
"""Takes the name of a step and its result as text, or as a file's bytes."""


@dataclass(frozen=True, eq=False)
class Examined:
    """What a model is.

    Attributes:
        model: as the user made it, but for functions and names; libraries may not like it.
        info: its name and hash.
        network: cleaned; None where nothing could be cleaned.
        input: what enters, and what it is worth; None where that is not known.
        graph: the network in integers; None where anything is wrong.
        faults: what is wrong, in the order of the nodes.
        modules: for names of nodes, the PyTorch modules that they come from.
    """

    model: ModelProto
    info: ModelInfo
    network: Network | None
    input: tuple[InputType, HostInput] | None
    graph: Graph | None
    faults: tuple[Diagnostic, ...]
    modules: dict[str, str]


def examine(
    model: ModelProto,
    info: ModelInfo,
    given: InputSpec,
    dump: Dump | None = None,
    tap: Callable[[Tap], None] | None = None,
) -> Examined:
    """Lower a model, or find all that is wrong with it.

    Args:
        model: as read; changed in place.
        info: its name and hash.
        given: what the user says of the input.
        dump: gets the cleaned model as ``cleaned.onnx``.
        tap: gets each place where model and network can be compared, in order.
    """
    name_nodes(model.graph)
    found = Examined(model, info, None, None, None, (), {})
    try:
        inlined = inline_functions(model)
        modules = module_paths(inlined.model.graph, inlined.calls)
        found = replace(found, model=inlined.model, modules=modules)
        return _examine(found, given, dump, tap)
    except MemoryError:
        return replace(found, faults=out_of_memory().diagnostics)
    except XnorflowError as error:
        return replace(found, faults=error.diagnostics)


def _examine(
    begun: Examined, given: InputSpec, dump: Dump | None, tap: Callable[[Tap], None] | None
) -> Examined:
    model = begun.model
    vetted = vet(model)
    faults = list(vetted.faults)
    network = None
    if not vetted.is_fatal:
        try:
            network = _cleaned(model, vetted)
        except XnorflowError as error:
            # What stands in for a node that was taken out may have another shape.
            faults += (f for f in error.diagnostics if not vetted.faults or f.code in _OF_INPUT)
    if network is None:
        nodes = (node for node in moving_nodes(model.graph) if node.name not in vetted.bad)
        return replace(begun, faults=_ordered(model, [*faults, *illegal_operators(nodes)]))
    if dump is not None:
        dump("cleaned.onnx", network.proto.SerializeToString())
    faults += _structure(network, is_whole=not faults)
    if not faults:
        try:
            graph = lower(network, begun.info, given, tap)
            entering = graph.input_type, graph.host_input
            return replace(begun, network=network, input=entering, graph=graph)
        except XnorflowError as error:
            faults += error.diagnostics
    else:
        rest = preview_parts(network, frozenset(_named(faults)), given)
        faults += (fault for fault in rest if not vetted.faults or fault.code not in _OF_SHAPES)
    entry = _input(network, frozenset(_named(faults)), given)
    return replace(begun, network=network, input=entry, faults=_ordered(model, faults))


def _input(
    network: Network, broken: frozenset[str], given: InputSpec
) -> tuple[InputType, HostInput] | None:
    """What enters a network that cannot be lowered."""
    start = beginning(network, broken) or beginning(network, frozenset())
    if start is None:
        return None
    try:
        entry = read_input(network, start.first_nodes, given)
    except XnorflowError:  # told elsewhere
        return None
    return entry.type, host_input(network.shape(network.input)[1:], None, entry, given)


def _cleaned(model: ModelProto, vetted: Vetted) -> Network:
    """The cleaned graph, without what may not be run."""
    part = model.__class__()
    part.CopyFrom(model)
    folded = folded_names(part.graph)
    entering = sever(part, vetted.bad) if vetted.faults else frozenset()
    return Network(clean(part, entering).model, folded)


_OF_INPUT = frozenset({"several-inputs", "dynamic-shape", "unsupported-op"})
"""What clean-up says of the input and of its batch, which is so whatever was taken out."""

_OF_SHAPES = frozenset({"dynamic-shape", "model-invalid", "tensor-too-large", "not-executable"})
"""Faults that something may only seem to have behind a node that was taken out."""


def _structure(network: Network, *, is_whole: bool) -> Iterator[Diagnostic]:
    """What can be said without looking at a number; of parts, not that others are missing."""
    yield from illegal_operators(network.nodes)
    if is_whole:
        yield from illegal_uses(network)
        yield from misplaced(network)
    else:
        yield from (f for f in illegal_uses(network) if f.code not in _OF_SHAPES)
        yield from misjoined(network)


def _named(faults: list[Diagnostic]) -> Iterator[str]:
    for fault in faults:
        yield from fault.origin.nodes


def _ordered(model: ModelProto, faults: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each fault once, those of no node first, then by the last node that each names."""
    place = {node.name: number for number, node in enumerate(model.graph.node)}
    unique = dict.fromkeys(faults)

    def key(fault: Diagnostic) -> int:
        return max((place.get(name, -1) for name in fault.origin.nodes), default=-1)

    return tuple(sorted(unique, key=key))
