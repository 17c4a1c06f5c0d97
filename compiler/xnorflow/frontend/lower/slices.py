# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of channels of a stored tensor, and the functions of them that the graph has in front."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import left
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.trace.layout import Layout
from xnorflow.frontend.trace.slices import SLICE_HINT
from xnorflow.ir.ops.slice import Slice

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.layout import Image

__all__ = ["cut"]


def cut(
    network: Network,
    nodes: tuple[NodeProto, ...],
    tensor: str,
    table: Table,
    builder: GraphBuilder,
) -> tuple[str, Table]:
    """Append the range of channels that ``nodes``, functions and then a Slice, leave of a tensor.

    Args:
        network: the model.
        nodes: of one element each, but for the last, which is the Slice.
        tensor: the one that is stored, computed elements alone.
        table: its values.
        builder: gets the layer.

    Returns:
        The tensor, and its values in front of ``nodes``: elements that go are cells behind all
        others, where nobody looks for them.

    Raises:
        XnorflowError: what is left is no range of channels, the same at each pixel.
    """
    layout, node = table.layout, nodes[-1]
    cells = np.sort(left(network, nodes, layout))
    found = _range(cells, layout.image)
    if found is None:
        before, after = (list(network.shape(name)) for name in (node.input[0], node.output[0]))
        rule = "must take neighbouring channels as they were made, the same at each pixel"
        origin = Origin(network.origin(node))
        rule = f"{node.op_type} {rule}, not {after} of {before}"
        error = Diagnostic("unsupported-op", rule, SLICE_HINT, origin)
        raise XnorflowError(error)
    if len(cells) == layout.size:
        return tensor, table
    made = builder.slice(tensor, Slice(found.start, found.stop), network.origin(node))
    number = np.full(layout.size, -1)
    number[cells] = np.arange(len(cells))
    number[number < 0] = np.arange(len(cells), layout.size)
    image = (*layout.image[:2], len(found))
    kept = Layout(layout.shape, image, number[layout.cells], is_free=False)
    return made, Table(kept, table.stored, table.values, table.columns[cells])


def _range(cells: Labels, image: Image) -> range | None:
    """The channels that ascending cells of an image are, where they are the same at all pixels."""
    pixels = prod(image[:2])
    if len(cells) % pixels:
        return None
    found = range(int(cells[0]), int(cells[0]) + len(cells) // pixels)
    starts = np.arange(pixels)[:, np.newaxis] * image[2]
    return found if (cells.reshape(pixels, -1) == starts + np.array(found)).all() else None
