# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What segments begin with that are no products: joins, averages, slices and stored tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower import joins
from xnorflow.frontend.lower.inexact import coarse_average
from xnorflow.frontend.lower.slices import cut
from xnorflow.frontend.trace.images import read_sweep
from xnorflow.frontend.trace.operators import AVERAGE

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.lower.parts import Stored
    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["begin", "coarse_begin"]


def begin(
    network: Network, builder: GraphBuilder, segment: Segment, entries: Sequence[Stored]
) -> tuple[str, Table, Coding]:
    """Append what a segment begins with; its tensor, values, and what these are worth.

    Args:
        network: the model.
        builder: gets the layers.
        segment: one whose values no product makes.
        entries: what it reads.

    Raises:
        XnorflowError: it has no layer.
    """
    node = segment.source
    tensors, worths = tuple(e.tensor for e in entries), tuple(e.worth for e in entries)
    if node is None:
        coding = worths[0].coding
        stored = range(coding.value.low, coding.value.high + 1)
        dtype = network.dtype(segment.entries[0])
        table, tensor = entries[0].sums, tensors[0]
        table = table or Table.coded(worths[0].layout, coding, stored, dtype)
        if segment.sliced:
            tensor, table = cut(network, segment.sliced, tensor, worths[0], table, builder)
        return tensor, table, coding
    if node.op_type in AVERAGE:
        return joins.average(network, node, tensors[0], worths[0], builder)
    if node.op_type == "Concat":
        return joins.concat(network, node, tensors, worths, builder)
    return joins.add(network, node, tensors, worths, builder)


def coarse_begin(network: Network, segment: Segment, entries: Sequence[Stored]) -> Coarse | None:
    """Why what a segment begins with is not exact in the model, if so."""
    node = segment.source
    if node is None:
        return entries[0].coarse
    if node.op_type not in AVERAGE:
        return None
    area = read_sweep(network, node).area
    return coarse_average(entries[0].worth.coding, area, network.dtype(node.output[0]))
