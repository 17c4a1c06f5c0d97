# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Averages directly in front of a product: the product's weights, each for a block of elements.

The mean of a block times a weight is the block's elements times that weight, divided once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.trace.execute import execute
from xnorflow.frontend.trace.images import image_shape, read_sweep
from xnorflow.frontend.trace.operators import AVERAGE
from xnorflow.ir.ops.sweep import Sweep

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.evaluate.weights import Matrix
    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["AveragePool", "read_means"]


@dataclass(frozen=True, eq=False)
class AveragePool:
    """Blocks of equally many elements that become one each.

    Attributes:
        before: shape of the tensor in front, with batch axis.
        after: shape of the tensor that the product multiplies.
        block: [elements in front]: flat place in ``after`` of the mean that each enters.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    block: Labels

    @property
    def count(self) -> int:
        """Elements of a block."""
        return prod(self.before) // prod(self.after)

    @property
    def sides(self) -> tuple[int, int] | None:
        """Height and width of the blocks of an image, None where they are no blocks of one."""
        channels, height, width = image_shape(self.before)
        kept, rows, columns = image_shape(self.after)
        if channels != kept or height % rows or width % columns:
            return None
        numbers = np.arange(prod(self.after)).reshape(kept, rows, columns)
        sides = height // rows, width // columns
        plain = numbers.repeat(sides[0], axis=1).repeat(sides[1], axis=2)
        return sides if (plain.ravel() == self.block).all() else None

    def spread(self, matrix: Matrix) -> Matrix:
        """The product of what is in front of the averages; a Conv's blocks have ``sides``."""
        scale = matrix.scale / self.count
        if matrix.bits.ndim == 2:
            return replace(matrix, bits=matrix.bits[:, self.block], scale=scale)
        height, width = self.sides or (1, 1)
        bits = matrix.bits.repeat(height, axis=2).repeat(width, axis=3)
        return replace(matrix, bits=bits, scale=scale)

    def sweep(self, own: Sweep) -> Sweep:
        """How the kernel of a Conv moves over the image in front of the averages."""
        height, width = self.sides or (1, 1)
        top, left, bottom, right = own.pads
        return Sweep(
            (own.kernel[0] * height, own.kernel[1] * width),
            (own.stride[0] * height, own.stride[1] * width),
            (top * height, left * width, bottom * height, right * width),
        )


def read_means(network: Network, segment: Segment, before: tuple[int, ...]) -> AveragePool | None:
    """What the averages in front of a segment's product do, if there are any.

    Raises:
        XnorflowError: blocks overlap or leave something out, or are no blocks of a Conv's image.
    """
    if not segment.means:
        return None
    shape, block = before, np.arange(prod(before))
    for is_average, nodes in groupby(segment.means, lambda node: node.op_type in AVERAGE):
        if not is_average:
            numbers = np.arange(prod(shape), dtype=np.float64).reshape(shape)
            order = execute(network, [*nodes], numbers)
            place = np.empty(order.size, dtype=np.int64)
            place[order.ravel().astype(np.int64)] = np.arange(order.size)
            shape, block = order.shape, place[block]
            continue
        for node in nodes:
            block = _blocks(network, node)[block]
            shape = network.shape(node.output[0])
    if segment.product.op_type != "Conv" and prod(shape[:-1]) != 1:
        rule = f"must be in front of one product a frame, not of {prod(shape[:-1])}"
        raise _error(network, segment.means[0], rule)
    means = AveragePool(before, shape, block)
    if segment.product.op_type == "Conv" and means.sides is None:
        rule = "must average neighbouring pixels of the Conv's image, not rearranged ones"
        raise _error(network, segment.means[0], rule)
    return means


def _blocks(network: Network, node: NodeProto) -> Labels:
    """For each element of an average's input, the number of the mean that it enters."""
    sweep = read_sweep(network, node)
    channels, height, width = image_shape(network.shape(node.input[0]))
    rows, columns = sweep.positions(height, width)
    sides = zip((rows, columns), sweep.kernel, sweep.stride, (height, width), strict=True)
    beside = all(n * k == size and (n == 1 or s == k) for n, k, s, size in sides)
    if not beside or any(sweep.pads):
        rule = (
            "must cover its image with blocks side by side, not with a kernel of "
            f"{[*sweep.kernel]} at strides of {[*sweep.stride]} on {height}x{width} pixels"
        )
        raise _error(network, node, rule)
    numbers = np.arange(channels * rows * columns).reshape(channels, rows, columns)
    blocks: Labels = numbers.repeat(sweep.kernel[0], axis=1).repeat(sweep.kernel[1], axis=2).ravel()
    return blocks


def _error(network: Network, node: NodeProto, rule: str) -> XnorflowError:
    hint = "average by AveragePool with stride = kernel and no padding, or GlobalAveragePool"
    origin = Origin(network.origin(node))
    return XnorflowError(Diagnostic("unsupported-op", f"{node.op_type} {rule}", hint, origin))
