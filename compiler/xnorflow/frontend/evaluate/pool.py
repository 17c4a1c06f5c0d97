# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A pooling inside a chain: which cells it compares, and what follows it seen from before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.limits import too_large
from xnorflow.frontend.trace.images import over_image, read_sweep
from xnorflow.frontend.trace.layout import Layout, framed

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.ir.ops.sweep import Sweep

__all__ = ["Pool"]

_MAX_AREA = 1 << 16
"""Pixels that a kernel may see; each is looked at for itself."""


class Pool:
    """A MaxPool behind a product or in front of the first.

    Attributes:
        nodes: the user's: Pads, then the MaxPool.
        sweep: how hardware moves over the image, Pads included.
        after: the tensor that leaves.
        seen: [cells]: for each cell one of the cells after the pool that it may become and that
            the next pool sees, or -1; known once ``pull`` was called.
    """

    def __init__(
        self, network: Network, node: NodeProto, pads: tuple[NodeProto, ...], before: Layout
    ) -> None:
        """Read a MaxPool that acts on ``before``.

        Raises:
            XnorflowError: naming the nodes, if hardware has no such image.
        """
        self.nodes = (*pads, node)
        self._network = network
        frame = framed(before.as_image(), before.image)
        if frame is None:
            raise self._error("must act on the image as it was made, not on rearranged pixels")
        channels = before.image[2]
        own = read_sweep(network, node)
        self.sweep = over_image(network, own, frame.pads, before.image, *self.nodes)
        if own.area > _MAX_AREA:
            rule = f"the kernel of {node.op_type}"
            raise too_large(rule, own.kernel, network.origin(*self.nodes), _MAX_AREA)
        positions = own.positions(*frame.cells.shape[:2])
        image = (*positions, channels)
        cells = Layout.of_image(network.shape(node.output[0]))
        pixels, _ = np.divmod(cells.cells, channels)
        graph_channel = np.arange(len(pixels)) // (positions[0] * positions[1])
        moved = pixels * channels + frame.channels[graph_channel]
        self.after = Layout(cells.shape, image, moved, is_free=False)
        self._pairs = list(_pairs(frame.cells, own, positions))
        self.seen = np.full(before.cells.max() + 1, -1, dtype=np.int64)

    def pull(self, labels: Labels) -> Labels:
        """Labels of the cells before the pool that tell apart what ``labels`` tell apart after it.

        Raises:
            XnorflowError: windows overlap, and what follows differs from pixel to pixel.
        """
        pulled = np.full(len(self.seen), -1, dtype=np.int64)
        for inside, result in self._pairs:
            new, old = labels[result], pulled[inside]
            if ((old >= 0) & (new >= 0) & (new != old)).any():
                raise self._error(
                    "must have windows that do not overlap, or functions behind it that are the "
                    "same for all pixels of a channel"
                )
            pulled[inside] = np.maximum(new, old)
            self.seen[inside[new >= 0]] = result[new >= 0]
        return pulled

    def _error(self, rule: str) -> XnorflowError:
        return XnorflowError(
            Diagnostic(
                "unsupported-op",
                f"{self.nodes[-1].op_type} {rule}",
                "pool the result of a Conv directly, or behind functions of one value",
                Origin(self._network.origin(*self.nodes)),
            )
        )


def _pairs(
    cells: Labels, sweep: Sweep, positions: tuple[int, int]
) -> Iterator[tuple[Labels, Labels]]:
    """For each place of the kernel: cells seen there, and the cells after the pool."""
    top, left, bottom, right = sweep.pads
    padded = np.pad(cells, ((top, bottom), (left, right), (0, 0)), constant_values=-1)
    results = np.arange(positions[0] * positions[1] * cells.shape[2])
    for y in range(sweep.kernel[0]):
        for x in range(sweep.kernel[1]):
            rows = slice(y, y + (positions[0] - 1) * sweep.stride[0] + 1, sweep.stride[0])
            columns = slice(x, x + (positions[1] - 1) * sweep.stride[1] + 1, sweep.stride[1])
            inside = padded[rows, columns].ravel()
            yield inside[inside >= 0], results[inside >= 0]
