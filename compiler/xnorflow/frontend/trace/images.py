# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Reading Conv, MaxPool and Pad: how a kernel moves over an image, and what is around it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.limits import MAX_ELEMENTS, too_large
from xnorflow.frontend.read.names import printable
from xnorflow.ir.ops.sweep import Sweep

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network

__all__ = ["Border", "image_shape", "over_image", "read_border", "read_sweep"]

_HINT = "export the model again, with images [1, channels, height, width]"
_GROUPS_HINT = (
    "groups and depthwise convolutions are not supported yet: train with groups=1, where each "
    "output sees all channels"
)
_DILATION_HINT = (
    "dilations are not supported yet: train with dilation=1, and a larger kernel or a stride"
)
_MEAN_HINT = "use all axes behind the channels, as for [1, C, H, W] axes=[2, 3], or a global pool"
_CHANNELS_HINT = (
    "channels cannot be mixed so: leave it out, or end the network in front of it and do the rest "
    "to its outputs"
)
_AXES_HINT = "count axes from 0, the batch's, or from -1, the last"
_PADS_HINT = "pad by less than the kernel: pixels of padding alone are the same for every image"
_BORDER_HINT = "pad by a finite constant around the image (torch.nn.ConstantPad2d)"
_MODE_HINT = "pad by a constant (in PyTorch padding_mode='zeros')"


@dataclass(frozen=True)
class Border:
    """What a Pad puts around a tensor.

    Attributes:
        edges: for each axis how many elements before and after.
        value: all of them.
    """

    edges: tuple[tuple[int, int], ...]
    value: float


def image_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, height and width of a tensor [1, C, H, W], [1, C, length] or [1, C]."""
    _, channels, *sides = shape
    height, width = (1, 1, *sides)[-2:]
    return channels, height, width


def read_sweep(network: Network, node: NodeProto) -> Sweep:
    """How the kernel of a Conv or of a pooling moves.

    Raises:
        XnorflowError: it does not move over one image, has gaps or too wide pads, or sees too much.
    """
    shape = network.shape(node.input[0])
    if len(shape) not in (3, 4) or shape[0] != 1:
        rule = f"must act on one image [1, channels, height, width], not on {list(shape)}"
        raise _error(network, node, rule)
    attributes = _attributes(node)
    if attributes.get("group", 1) != 1:
        rule = f"must have one group, not {attributes['group']}"
        raise _error(network, node, rule, hint=_GROUPS_HINT)
    channels, *image = image_shape(shape)
    kernel = _kernel(network, node, attributes, image)
    stride = _pair(network, node, attributes, "strides", kernel)
    dilations = _pair(network, node, attributes, "dilations", kernel)
    if any(d != 1 and k != 1 for d, k in zip(dilations, kernel, strict=True)):
        rule = f"must have dilations of 1, not {list(dilations)}"
        raise _error(network, node, rule, hint=_DILATION_HINT)
    starts, ends = _pads(network, node, attributes, image, kernel, stride)
    ceil = bool(attributes.get("ceil_mode", 0))
    sides = zip(image, kernel, stride, starts, ends, strict=True)
    positions = [_positions(*side, ceil) for side in sides]
    result = network.shape(node.output[0])
    made = [*image_shape(result)][1:] if len(result) > 1 else positions  # one axis: not known
    if positions != made or min(positions) < 1:
        rule = f"must give {positions} positions, not {made}"
        raise _error(network, node, rule)
    # What a kernel does not step over, however long its stride, would only be a large number.
    spans = [sum(side) for side in zip(image, starts, ends, strict=True)]
    stride = (min(stride[0], spans[0]), min(stride[1], spans[1]))
    bottom, right = map(_reach, image, kernel, stride, starts, positions)
    sweep = Sweep(kernel, stride, (*starts, bottom, right))
    _check(network, sweep, (image[0], image[1], channels), node)
    return sweep


def over_image(
    network: Network,
    own: Sweep,
    pads: tuple[int, int, int, int],
    image: tuple[int, int, int],
    *nodes: NodeProto,
) -> Sweep:
    """How a kernel that moves over an image with ``pads`` around it moves over the image itself.

    Args:
        network: the model.
        own: how it moves over all that.
        pads: top, left, bottom, right, put there by Pad nodes.
        image: height, width, channels without them.
        nodes: Pads, then whose kernel it is.

    Raises:
        XnorflowError: naming the nodes; pads are too wide, or it sees too much.
    """
    top, left, bottom, right = (a + b for a, b in zip(own.pads, pads, strict=True))
    whole = Sweep(own.kernel, own.stride, (top, left, bottom, right))
    sweep = whole.reached(*image[:2])
    _check(network, sweep, image, *nodes)
    return sweep


def _check(network: Network, sweep: Sweep, image: tuple[int, int, int], *nodes: NodeProto) -> None:
    """Refuse pads that a kernel could lie in as a whole, and more windows than can be listed."""
    height, width, channels = image
    windows = (*sweep.positions(height, width), *sweep.kernel, channels)
    if prod(windows) > MAX_ELEMENTS:
        rule = f"all windows of {nodes[-1].op_type}"
        raise too_large(rule, windows, network.origin(*nodes))
    top, left, bottom, right = sweep.pads
    if max(top, bottom) >= sweep.kernel[0] or max(left, right) >= sweep.kernel[1]:
        rule = f"must have pads smaller than its kernel {list(sweep.kernel)}, not {[*sweep.pads]}"
        raise _error(network, nodes[-1], rule, *nodes[:-1], hint=_PADS_HINT)


def read_border(network: Network, node: NodeProto) -> Border:
    """What a Pad puts around its input.

    Raises:
        XnorflowError: no constant border, or one that cuts off elements.
    """
    attributes = _attributes(node)
    mode = attributes.get("mode", b"constant").decode(errors="replace")
    if mode != "constant":
        rule = f"must pad by a constant, not in mode {printable(mode)}"
        raise _error(network, node, rule, hint=_MODE_HINT)
    rank = len(network.shape(node.input[0]))
    inputs = [network.constants.get(name) for name in node.input[1:]]
    counts = _integers(inputs[0]) if inputs else list(attributes.get("pads", ()))
    value = attributes.get("value", 0.0)
    if len(inputs) > 1 and inputs[1] is not None:
        is_number = inputs[1].size == 1 and inputs[1].dtype.kind in "biuf"
        value = float(inputs[1].ravel()[0]) if is_number else float("nan")
    axes = list(range(rank))
    if len(inputs) > 2 and inputs[2] is not None:
        axes = _axes(network, node, _integers(inputs[2]))
    if len(counts) != 2 * len(axes) or min(counts, default=0) < 0 or not isfinite(value):
        rule = (
            f"must have two pads an axis, none negative, and a finite value, "
            f"not {counts} and {value:g}"
        )
        raise _error(network, node, rule, hint=_BORDER_HINT)
    edges = [(0, 0)] * rank
    for axis, before, after in zip(axes, counts[: len(axes)], counts[len(axes) :], strict=True):
        edges[axis] = (before, after)
    return Border(tuple(edges), float(value))


def _attributes(node: NodeProto) -> dict[str, Any]:
    from onnx import helper

    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def _kernel(
    network: Network, node: NodeProto, attributes: dict[str, Any], image: list[int]
) -> tuple[int, int]:
    if node.op_type in ("ReduceMax", "ReduceMean"):
        _check_reduced(network, node, attributes)
    if node.op_type.startswith(("Global", "Reduce")):
        return image[0], image[1]
    given = attributes.get("kernel_shape")
    if node.op_type == "Conv":
        weights = network.constants.get(node.input[1])
        shape = () if weights is None else weights.shape[2:]
        if given is not None and weights is not None and tuple(given) != shape:
            rule = f"must have a kernel_shape like its weights, {list(shape)}, not {list(given)}"
            raise _error(network, node, rule)
        given = shape
    return _pair(network, node, {"kernel_shape": given or ()}, "kernel_shape", None)


def _check_reduced(network: Network, node: NodeProto, attributes: dict[str, Any]) -> None:
    rank = len(network.shape(node.input[0]))
    axes = list(attributes.get("axes", []))
    if len(node.input) > 1 and node.input[1]:
        stored = network.constants.get(node.input[1])
        if stored is None:
            rule = "must reduce axes that are constants, not computed from the frame"
            raise _error(network, node, rule, hint=_MEAN_HINT)
        axes = _integers(stored)
    reduced = sorted(_axes(network, node, axes))
    if reduced != list(range(2, rank)):
        rule = f"must reduce all axes behind the channels, not {axes or 'all'}"
        hint = _CHANNELS_HINT if 1 in reduced or not reduced else _MEAN_HINT
        raise _error(network, node, rule, hint=hint)


def _integers(stored: Array | None) -> list[int]:
    """The numbers of a constant operand; none where it is computed, or holds no integers."""
    return stored.ravel().tolist() if stored is not None and stored.dtype.kind in "iu" else []


def _axes(network: Network, node: NodeProto, given: list[int]) -> list[int]:
    """Axes of the node's input, counted from its first."""
    shape = network.shape(node.input[0])
    rank = len(shape)
    axes = [axis % rank for axis in given if -rank <= axis < rank]
    if len({*axes}) != len(given):
        rule = f"must have axes of {list(shape)}, each once, not {given}"
        raise _error(network, node, rule, hint=_AXES_HINT)
    return axes


def _pair(
    network: Network,
    node: NodeProto,
    attributes: dict[str, Any],
    name: str,
    default: tuple[int, int] | None,
) -> tuple[int, int]:
    """An attribute with one number an axis, down and across."""
    sides = len(network.shape(node.input[0])) - 2
    values = [int(v) for v in attributes.get(name, [1] * sides if default else [])]
    if len(values) != sides or min(values, default=0) < 1:
        raise _error(network, node, f"must have {name} of {sides} positive numbers, not {values}")
    return (values[0], values[1]) if sides == 2 else (1, values[0])


def _pads(
    network: Network,
    node: NodeProto,
    attributes: dict[str, Any],
    image: list[int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Pads at the start of both axes and at their end."""
    auto = attributes.get("auto_pad", b"NOTSET").decode(errors="replace")
    sides = len(network.shape(node.input[0])) - 2
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        needed = [
            max(0, (-(-size // s) - 1) * s + k - size)
            for size, k, s in zip(image, kernel, stride, strict=True)
        ]
        less, more = [n // 2 for n in needed], [-(-n // 2) for n in needed]
        starts, ends = (less, more) if auto == "SAME_UPPER" else (more, less)
        return (starts[0], starts[1]), (ends[0], ends[1])
    if auto not in ("NOTSET", "VALID"):
        rule = f"must have an auto_pad that ONNX knows, not {printable(auto)}"
        raise _error(network, node, rule)
    pads = [int(p) for p in attributes.get("pads", [0] * 2 * sides)]
    if auto == "VALID":
        pads = [0] * 2 * sides
    if len(pads) != 2 * sides or min(pads) < 0:
        rule = f"must have pads of {2 * sides} numbers, none negative, not {pads}"
        raise _error(network, node, rule)
    top, left, bottom, right = pads if sides == 2 else (0, pads[0], 0, pads[1])
    return (top, left), (bottom, right)


def _positions(size: int, kernel: int, stride: int, start: int, end: int, ceil: bool) -> int:
    room = size + start + end - kernel
    count = (-(-room // stride) if ceil else room // stride) + 1
    # A position that would begin beyond the image does not count.
    return count - (ceil and (count - 1) * stride >= size + start)


def _reach(size: int, kernel: int, stride: int, start: int, positions: int) -> int:
    return max(0, (positions - 1) * stride + kernel - start - size)


def _error(
    network: Network, node: NodeProto, rule: str, *others: NodeProto, hint: str = _HINT
) -> XnorflowError:
    origin = Origin(network.origin(*others, node))
    return XnorflowError(Diagnostic("unsupported-op", f"{node.op_type} {rule}", hint, origin))
