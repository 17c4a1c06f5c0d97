# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A folding configuration of FINN held against a network: each node to the layer it stands for.

Nodes are taken in the order of the chain: by number where all of a kind are of one type, else in
the file's order. The i-th matrix unit is the i-th conv or dense layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.finn.chain import Units
from xnorflow.finn.config import FinnConfig, FinnNode
from xnorflow.finn.fold import Folded, Remark, fold_node
from xnorflow.finn.nodes import Kind
from xnorflow.finn.settings import left_out
from xnorflow.folding.file import FoldingFile
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.quantize import Quantize

__all__ = ["match_finn"]

Layers = tuple[Layer | None, ...]
"""None stands for a node that FINN has and that needs none here."""

_SHOWN = 8
_UNUSED = {
    Kind.WINDOW: "it goes with a pool, or sees the whole image",
    Kind.THRESHOLD: "thresholds are part of the matrix unit",
    Kind.LABEL: "the host chooses the label",
    Kind.PADDING: "windows pad by themselves",
    Kind.FIFO: "fifos are sized from the schedule",
    Kind.CONVERTER: "width converters are put in where they are needed",
    Kind.SHELL: "the shell is no part of the folding",
}


def match_finn(config: FinnConfig, graph: Graph) -> tuple[FoldingFile, tuple[Diagnostic, ...]]:
    """The same folding as a folding file, and notes on what has no counterpart here.

    Raises:
        XnorflowError: ``finn-node``: nodes that are not those of this network; ``finn-folding``:
            settings that a layer cannot have; ``finn-file``: a value of the wrong kind.
    """
    folded: list[Folded] = []
    faults: list[Diagnostic] = []
    pairs = list(_pairs(config, Units.of(graph)))
    for node, layer in pairs:
        try:
            folded.append(fold_node(node, layer, config.path))
        except XnorflowError as error:
            faults += error.diagnostics
    if faults:
        raise XnorflowError(*faults)
    remarks = [remark for item in folded for remark in item.remarks]
    used = {node.name.text for node, _ in pairs}
    for node in config.nodes:
        if node.name.text in used:
            remarks += [Remark(f"{key} of {node}", reason) for key, reason in left_out(node)]
        else:
            remarks.append(Remark(str(node), _UNUSED[node.kind]))
    file = FoldingFile(
        config.path,
        {item.layer: item.folding for item in folded if item.folding is not None},
    )
    return file, tuple(_notes(config, remarks))


def _pairs(config: FinnConfig, units: Units) -> Iterator[tuple[FinnNode, Layer]]:
    nodes = {kind: [n for n in config.nodes if n.kind is kind] for kind in Kind}
    wanted: dict[Kind, Layers] = {
        Kind.MATRIX: units.matrices,
        Kind.WINDOW: _windows(config, nodes, units),
        Kind.POOL: units.pools,
        Kind.THRESHOLD: _thresholds(len(nodes[Kind.THRESHOLD]), units),
        Kind.LABEL: units.labels or (None,) * len(nodes[Kind.LABEL]),
    }
    for kind, layers in wanted.items():
        if nodes[kind] or kind is Kind.MATRIX:
            ordered = _in_order(config, kind, nodes[kind], layers)
            for node, layer in zip(ordered, layers, strict=True):
                if layer is not None:
                    yield node, layer


def _windows(config: FinnConfig, nodes: dict[Kind, list[FinnNode]], units: Units) -> Layers:
    """The generators of one of FINN's releases: that with as many as there are in the file.

    A Pool has one in front of it, a StreamingMaxPool has none; without an entry it may be either.
    """
    types = [node.name.op_type for node in nodes[Kind.POOL]]
    before_pools = [any(name.startswith("Pool") for name in types)] if types else [True, False]
    choices = [
        units.generators(pools=pools, whole=whole)
        for pools in before_pools
        for whole in (True, False)
    ]
    count = len(nodes[Kind.WINDOW])
    fitting = [choice for choice in choices if len(choice) == count]
    if any(_names(choice) != _names(fitting[0]) for choice in fitting):
        text = (
            f"the file must have an entry for each pool, not none: its {count} window generators "
            "fit the layers in more than one way"
        )
        hint = (
            'add "Pool_hls_0": {} and so on if FINN has generators in front of pools, as it does '
            'since 1.0, else "StreamingMaxPool_Batch_0": {}'
        )
        raise _refused(config, text, hint)
    return (fitting or choices)[0]


def _names(layers: Layers) -> list[str | None]:
    return [layer.name if layer else None for layer in layers]


def _thresholds(count: int, units: Units) -> Layers:
    """Quantisers only, or all thresholds, which FINN can also have outside of its matrix units."""
    found: list[Layer | None] = []
    for layer in units.layers:
        if isinstance(layer.op, Quantize):
            found.append(layer)
        elif isinstance(layer.op, Dense) and layer.op.thresholds is not None:
            found.append(None)
    return tuple(found) if count == len(found) else units.quantisers


def _in_order(
    config: FinnConfig, kind: Kind, nodes: Sequence[FinnNode], layers: Layers
) -> list[FinnNode]:
    """The nodes along the chain, as many as layers."""
    if len(nodes) != len(layers):
        names = [layer.name if layer else "one that needs none here" for layer in layers]
        listed = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        text = (
            f"the file must have {len(layers)} nodes of the kind {kind.value}"
            f"{f' ({listed})' if listed else ''}, not {len(nodes)}"
        )
        raise _refused(config, text, "is the file for another network? then fold this one anew")
    series: dict[str, list[int]] = {}
    for node in nodes:
        series.setdefault(node.name.series, []).append(node.name.number)
    if len(series) == 1:
        ordered = sorted(nodes, key=lambda node: node.name.number)
        for place, node in enumerate(ordered):
            if node.name.number != place:
                wanted = f"{node.name.series}_{place}"
                text = "nodes must be numbered from 0 on without a gap, not have "
                text += f"{node} in place of {wanted}"
                raise _refused(config, text, "give every node of the chain an entry")
        return ordered
    for name, numbers in series.items():
        if numbers != sorted(numbers):
            text = (
                f"nodes of several types must stand in the order of the chain, not {name}_"
                f"{numbers[0]} before {name}_{min(numbers)}"
            )
            raise _refused(config, text, "put the entries in the order of the layers")
    return list(nodes)


def _refused(config: FinnConfig, text: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic("finn-node", text, hint, Origin(file=str(config.path))))


def _notes(config: FinnConfig, remarks: Sequence[Remark]) -> Iterator[Diagnostic]:
    """One for each reason."""
    by_reason: dict[str, list[str]] = {}
    for remark in remarks:
        by_reason.setdefault(remark.reason, []).append(remark.what)
    for reason, what in by_reason.items():
        more = f" and {len(what) - _SHOWN} more" if len(what) > _SHOWN else ""
        text = f"left out of FINN's file, since {reason}: {', '.join(what[:_SHOWN])}{more}"
        yield Diagnostic("finn-left-out", text, "", Origin(file=str(config.path)), Severity.NOTE)
