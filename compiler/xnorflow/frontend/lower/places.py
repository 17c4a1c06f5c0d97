# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Where the elements of tensors are that are joined or averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.trace.layout import Layout

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.read.network import Network

__all__ = ["check_as_made", "check_plain", "join_error", "same_layout", "side_by_side"]

_ORDER_HINT = "rearrange or pad elements elsewhere than in front of a join or an average"


def same_layout(network: Network, node: NodeProto, first: Layout, second: Layout) -> Layout:
    """Where the elements of both are.

    Raises:
        XnorflowError: they are not elements of the same places.
    """
    same = first.image == second.image and first.shape == second.shape
    if not same or (first.cells != second.cells).any():
        shapes = f"{list(first.shape)} and {list(second.shape)}"
        rule = f"must add tensors of the same elements in the same order, not {shapes}"
        raise join_error(network, node, rule, _ORDER_HINT)
    return first


def check_as_made(network: Network, node: NodeProto, one: Activations, verb: str) -> None:
    """Refuse anything but a whole image in its own order."""
    check_plain(network, node, one)
    plain = Layout.of_image(one.layout.shape)
    if one.layout.image != plain.image or (one.layout.cells != plain.cells).any():
        raise join_error(network, node, f"must {verb} an image as it was made", _ORDER_HINT)


def check_plain(network: Network, node: NodeProto, one: Activations) -> None:
    """Refuse constants that a Pad put around an image."""
    if one.layout.cells.max() >= one.layout.size:
        rule = "must read computed elements alone, not constants that a Pad puts in"
        raise join_error(network, node, rule, "pad in front of a Conv or MaxPool alone", *one.pads)


def side_by_side(network: Network, node: NodeProto, layouts: Sequence[Layout]) -> Layout:
    """Where elements are when pixels of images have the channels of all.

    Raises:
        XnorflowError: images differ in size.
    """
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    sizes = [layout.image[:2] for layout in layouts]
    if len({*sizes}) > 1:
        shown = " and ".join(f"{height} x {width}" for height, width in dict.fromkeys(sizes))
        rule = f"must join images of one size, not of {shown} pixels"
        raise join_error(network, node, rule, "join computed tensors along their channels alone")
    channels = sum(layout.image[2] for layout in layouts)
    parts, offset = [], 0
    for layout in layouts:
        pixels, own = np.divmod(layout.cells.reshape(layout.shape), layout.image[2])
        parts.append(pixels * channels + offset + own)
        offset += layout.image[2]
    shape = network.shape(node.output[0])
    cells = np.concatenate(parts, axis=axis).ravel()
    return Layout(shape, (*sizes[0], channels), cells, is_free=False)


def join_error(
    network: Network, node: NodeProto, rule: str, hint: str, *others: NodeProto
) -> XnorflowError:
    """What is wrong with a node that joins tensors; ``others`` stand in front of it."""
    origin = Origin(network.origin(*others, node))
    return XnorflowError(Diagnostic("unsupported-op", f"{node.op_type} {rule}", hint, origin))
