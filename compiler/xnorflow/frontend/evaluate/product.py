# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A product in its place: weights in the order in which activations arrive."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.average_pool import AveragePool, read_means
from xnorflow.frontend.evaluate.outcomes import not_finite
from xnorflow.frontend.evaluate.padding import (
    Flags,
    Padding,
    Surroundings,
    no_padding,
    padding,
    surroundings,
)
from xnorflow.frontend.evaluate.sums import Sums
from xnorflow.frontend.read.limits import MAX_ELEMENTS, too_large
from xnorflow.frontend.trace.images import over_image, read_sweep
from xnorflow.frontend.trace.layout import Layout, Reader, framed, inverse, vectors
from xnorflow.frontend.trace.operators import PROBABILITIES, SELECT
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import Bits

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.weights import Matrix
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.segments import Segment

__all__ = [
    "Activations",
    "Arrival",
    "Product",
    "arrive",
    "place",
    "reader_of",
    "result_layout",
]


@dataclass(frozen=True, eq=False)
class Activations:
    """What enters a product.

    Attributes:
        layout: where the elements are.
        values: what the cells beyond the image are, float64.
        pads: the Pad nodes that put them there.
        coding: of the image's cells.
        flips: bool [image's cells]: which are bits that are stored inverted.
    """

    layout: Layout
    values: Array
    pads: tuple[NodeProto, ...]
    coding: Coding
    flips: Flags


@dataclass(frozen=True, eq=False)
class Product:
    """A product on what the hardware stores.

    Attributes:
        matrix: as the graph has it.
        coding: of the input.
        bits: uint8 [out, in]: weights in the order of the input's cells, for bits as stored.
        window: what brings a convolution's vectors together, if anything must.
        padding: lanes that are constants.
        layout: of the result; its cells are pixels of ``out`` channels.
        rows: [out]: the graph's channel of each row.
    """

    matrix: Matrix
    coding: Coding
    bits: Bits
    window: Window | None
    padding: Padding
    layout: Layout
    rows: Labels

    @property
    def labels(self) -> Labels:
        """[cells]: pixels of one class, channel by channel, have the same sums."""
        pixels, channels = np.divmod(np.arange(self.layout.size), len(self.bits))
        return self.padding.classes[pixels] * len(self.bits) + channels

    def domain(self, cells: Labels) -> Sums:
        """The sums of these elements of the result."""
        pixels, channels = np.divmod(cells, len(self.bits))
        return Sums(self.matrix, self.coding, self.padding, self.padding.classes[pixels], channels)


@dataclass(frozen=True, eq=False)
class Arrival:
    """How a product meets what is stored.

    Attributes:
        weights: [out, places of the kernel, in]: in the order of the input's cells.
        flips: bool [lanes]: which of these are bits that are stored inverted.
        around: what a Conv sees beyond the image; None of other products.
        sweep: how a Conv's kernel moves over the image.
        fill: the stored integer that stands for all that is beyond it, if there is one.
        window: what brings vectors together, if anything must.
        layout: of the result.
    """

    weights: Array
    flips: Flags
    around: Surroundings | None
    sweep: Sweep
    fill: int | None
    window: Window | None
    layout: Layout


def reader_of(network: Network, *readers: NodeProto) -> Reader:
    """How the readers of a tensor read it; none is the network's end."""
    if not readers:
        return Reader.OUTPUT
    kinds = {_read_by(network, node) for node in readers}
    return kinds.pop() if len(kinds) == 1 else Reader.IMAGE


def _read_by(network: Network, node: NodeProto) -> Reader:
    if node.op_type in SELECT | PROBABILITIES:
        return Reader.OUTPUT
    if node.op_type not in ("MatMul", "Gemm"):
        return Reader.IMAGE
    shape = network.shape(network.moving_inputs(node)[0])
    several = node.op_type == "MatMul" and prod(shape[:-1]) != 1
    return Reader.VECTORS if several else Reader.VECTOR


def result_layout(network: Network, segment: Segment) -> Layout:
    """Where a product's results are if its input is in order."""
    shape = network.shape(segment.product.output[0])
    reader = reader_of(network, segment.product)
    if reader is Reader.IMAGE:
        return Layout.of_image(shape)
    plain = Layout.of_vector(shape)
    if reader is Reader.VECTOR:
        return plain
    return Layout(shape, (prod(shape[:-1]), 1, shape[-1]), plain.cells, is_free=False)


def place(network: Network, segment: Segment, matrix: Matrix, before: Activations) -> Product:
    """The product of a segment behind ``before``.

    Raises:
        XnorflowError: elements are not where hardware can multiply them.
    """
    means = read_means(network, segment, before.layout.shape)
    if means is not None:
        if matrix.bits.size * means.count > MAX_ELEMENTS:
            sizes, names = (*matrix.bits.shape, means.count), network.origin(segment.product)
            raise too_large(f"weights of {segment.product.op_type} for all averaged", sizes, names)
        matrix = means.spread(matrix)
    _check_reach(network, segment, matrix, before)
    found = arrive(network, segment, matrix.bits, before, means)
    bits, middle = found.weights.reshape(len(found.weights), -1), before.coding.middle
    pixels = found.layout.image[0] * found.layout.image[1]
    pads = no_padding(bits, pixels, middle)
    if found.around is not None and found.fill is None:
        pads = padding(found.weights, found.around, found.sweep, middle)
    stored: Bits = np.bitwise_xor(bits, found.flips, dtype=np.uint8)
    rows = np.arange(len(bits))
    return Product(matrix, before.coding, stored, found.window, pads, found.layout, rows)


def arrive(
    network: Network,
    segment: Segment,
    weights: Array,
    before: Activations,
    means: AveragePool | None = None,
) -> Arrival:
    """How the product of a segment meets what is stored.

    Args:
        network: the model.
        segment: the product's.
        weights: [out, in], or [out, C, kernel height, kernel width] of a Conv.
        before: what enters.
        means: averages that the weights already stand for.

    Raises:
        XnorflowError: elements are not where hardware can multiply them.
    """
    reader = reader_of(network, segment.product)
    if reader is Reader.IMAGE:
        return _convolution(network, segment, weights, before, means)
    layout, size = before.layout, before.layout.size
    if layout.cells.max() >= size:
        rule = "must multiply computed elements, not constants that a Pad puts in"
        raise _error(network, segment.product, rule, *before.pads)
    if reader is Reader.VECTOR:
        order, flips = inverse(layout.cells), before.flips
        result = result_layout(network, segment)
    else:
        order, flips, result = _of_pixels(network, segment, before, len(weights))
    ordered = np.ascontiguousarray(weights[:, np.newaxis, order])
    return Arrival(ordered, flips, None, Sweep((1, 1)), 0, None, result)


def _check_reach(network: Network, segment: Segment, matrix: Matrix, before: Activations) -> None:
    """Refuse sums that overflow the executor's floats, in whatever order it adds."""
    width = prod(matrix.bits.shape[1:])
    largest = max(before.coding.reach, np.abs(before.values).max(initial=0))
    bias = 0.0 if matrix.bias is None else np.abs(matrix.bias.astype(np.float64))
    with np.errstate(over="ignore"):
        factor = np.maximum(1, np.abs(matrix.alpha))  # before it is applied, and after
        reach = np.atleast_1d(matrix.scale * largest * width * factor + bias)
    wrong = ~(reach <= np.finfo(matrix.dtype).max)
    if wrong.any():
        raise not_finite(wrong[np.newaxis], reach[np.newaxis], network.origin(segment.product))


def _of_pixels(
    network: Network, segment: Segment, before: Activations, count: int
) -> tuple[Labels, Flags, Layout]:
    """For a product of every pixel: order and flips of the channels, and where results are."""
    layout = before.layout
    found = vectors(layout.cells.reshape(-1, layout.shape[-1]), layout.image)
    if found is None:
        rule = "must multiply pixels as they are, not vectors of elements of several"
        raise _error(network, segment.product, rule)
    pixels, channels = found
    cells = (pixels[:, np.newaxis] * count + np.arange(count)).ravel()
    shape = result_layout(network, segment).shape
    result = Layout(shape, (*layout.image[:2], count), cells, is_free=False)
    return inverse(channels), _of_channels(network, segment, before), result


def _convolution(
    network: Network,
    segment: Segment,
    weights: Array,
    before: Activations,
    means: AveragePool | None,
) -> Arrival:
    node, image = segment.product, before.layout.image
    frame = framed(before.layout.as_image(), image)
    if frame is None:
        rule = "must act on the image as it was made, not on rearranged pixels"
        raise _error(network, node, rule, *before.pads)
    own = read_sweep(network, node)
    own = own if means is None else means.sweep(own)
    sweep = over_image(network, own, frame.pads, image, *before.pads, node)
    flips = _of_channels(network, segment, before)
    ordered = weights[:, inverse(frame.channels)].transpose(0, 2, 3, 1)
    ordered = np.ascontiguousarray(ordered).reshape(len(weights), sweep.area, -1)
    around = surroundings(frame, before.layout.size, before.values, own)
    dtype = network.dtype(node.output[0])
    fill = around.fill(before.coding, flips, dtype)
    is_whole = (sweep.kernel == image[:2] and not any(sweep.pads)) or sweep.is_plain
    window = None if is_whole else Window(sweep, fill or 0)
    layout = result_layout(network, segment)
    return Arrival(ordered, np.tile(flips, sweep.area), around, sweep, fill, window, layout)


def _of_channels(network: Network, segment: Segment, before: Activations) -> Flags:
    """[C]: which channels are stored inverted, the same for all pixels."""
    rows = before.flips.reshape(-1, before.layout.image[2])
    if (rows != rows[0]).any():
        channel = int(np.argmax((rows != rows[0]).any(axis=0)))
        rule = (
            "must read activations that rise or fall alike at all pixels, "
            f"not as those of channel {channel}"
        )
        raise _error(network, segment.product, rule)
    first: Flags = rows[0]
    return first


def _error(network: Network, node: NodeProto, rule: str, *others: NodeProto) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "unsupported-op",
            f"{node.op_type} {rule}",
            "rearrange or pad elements behind the last convolution only",
            Origin(network.origin(*others, node)),
        )
    )
