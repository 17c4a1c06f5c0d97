# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What segments begin with that are no products: joins, averages, slices and stored tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower import joins
from xnorflow.frontend.lower.inexact import coarse_average
from xnorflow.frontend.lower.parts import RawSums, Stored
from xnorflow.frontend.lower.places import check_plain
from xnorflow.frontend.lower.slices import cut
from xnorflow.frontend.trace.images import read_sweep
from xnorflow.frontend.trace.operators import AVERAGE

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.lower.parts import Entry
    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["begin", "coarse_begin"]


def begin(
    network: Network, builder: GraphBuilder, segment: Segment, entries: Sequence[Entry]
) -> tuple[str, Table, Coding | None]:
    """Append what a segment begins with; its tensor, values, and what these are worth.

    What raw sums are worth no coding tells, but their values alone.

    Args:
        network: the model.
        builder: gets the layers.
        segment: one whose values no product makes.
        entries: what it reads.

    Raises:
        XnorflowError: it has no layer.
    """
    node = segment.source
    if node is None:
        table, coding = _values(network, segment, entries[0])
        tensor = entries[0].tensor
        if segment.sliced:
            tensor, table = cut(network, segment.sliced, tensor, table, builder)
        return tensor, table, coding
    stored = [entry for entry in entries if isinstance(entry, Stored)]
    assert len(stored) == len(entries), "raw sums are added to activations alone, for a sign"
    tensors, worths = tuple(e.tensor for e in stored), tuple(e.worth for e in stored)
    if node.op_type in AVERAGE:
        return joins.average(network, node, tensors[0], worths[0], builder)
    if node.op_type == "Concat":
        return joins.concat(network, node, tensors, worths, builder)
    return joins.add(network, node, tensors, worths, builder)


def _values(network: Network, segment: Segment, entry: Entry) -> tuple[Table, Coding | None]:
    """The values of what a segment reads that begins with nothing else, and their coding."""
    if isinstance(entry, RawSums):
        return entry.table, None
    coding = entry.worth.coding
    if segment.sliced:
        check_plain(network, segment.sliced[-1], entry.worth)
    stored = range(coding.value.low, coding.value.high + 1)
    dtype = network.dtype(segment.entries[0])
    return Table.coded(entry.worth.layout, coding, stored, dtype), coding


def coarse_begin(network: Network, segment: Segment, entries: Sequence[Entry]) -> Coarse | None:
    """Why what a segment begins with is not exact in the model, if so."""
    node, entry = segment.source, entries[0]
    if isinstance(entry, RawSums):
        return entry.coarse
    if node is None or node.op_type not in AVERAGE:
        return None
    area = read_sweep(network, node).area
    return coarse_average(entry.worth.coding, area, network.dtype(node.output[0]))
