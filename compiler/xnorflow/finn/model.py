# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A network as a QONNX model in the form that FINN turns into hardware node by node.

It is written from the layers, not from the user's model: tensors hold integers as they are stored,
products of bipolar bits are XnorPopcountMatMul, others MatMul, every function between products is a
MultiThreshold, images are NHWC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xnorflow.finn.padding import over_signs, sign_sources
from xnorflow.finn.refuse import refused
from xnorflow.finn.thresholds import of_product, of_quantiser
from xnorflow.finn.writer import GENERAL, ChainWriter
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import ValueType

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["finn_model", "qonnx_type"]

Array = npt.NDArray[Any]
_POPCOUNT, _SUM, _SIGNS = "UINT32", "INT32", "INT2"


def finn_model(graph: Graph) -> ModelProto:
    """The model, at batch 1: input a frame as the accelerator takes it.

    The output is the last layer's integers; popcounts where its inputs are bits and it has no
    thresholds (the signed product is twice the popcount less the columns).

    Raises:
        XnorflowError: ``finn-export``: a layer that FINN has no unit for.
    """
    entry = graph.tensors[graph.input]
    first = graph.layers[0].op
    flat = isinstance(first, Dense) and first.width == entry.elements
    writer = ChainWriter((entry.elements,) if flat else entry.shape, qonnx_type(entry.value))
    signed = sign_sources(graph)
    for index, layer in enumerate(graph.layers):
        before = graph.layers[index - 1] if index else None
        _add(writer, layer, before, layer.name in signed)
    return writer.model(graph.model.name)


def qonnx_type(value: ValueType) -> str:
    """Qonnx's name for integers as they are stored.

    Bits are BINARY, 0 and 1, whatever they stand for: XnorPopcountMatMul reads them as -1 and +1,
    MatMul as they are.
    """
    return "BINARY" if value.is_bit else f"{'INT' if value.signed else 'UINT'}{value.bits}"


def _add(writer: ChainWriter, layer: Layer, before: Layer | None, signed: bool) -> None:
    if isinstance(layer.op, Quantize):
        _threshold(writer, layer, of_quantiser(layer), _SUM, signed)
    elif isinstance(layer.op, Window):
        _window(writer, layer, layer.op)
    elif isinstance(layer.op, Dense):
        _product(writer, layer, layer.op, before, signed)
    elif isinstance(layer.op, MaxPool):
        _pool(writer, layer, layer.op)
    elif isinstance(layer.op, ArgMax):
        _label(writer, layer, layer.op)
    else:
        known = "a product of bits, a quantiser, a window, a pool of bits or a choice"
        rule = f"{layer.name} must be {known}, not {layer.op.kind}"
        raise refused(rule, "export a network without it", layer)


def _threshold(
    writer: ChainWriter, layer: Layer, thresholds: Array, kind: str, signed: bool
) -> None:
    """Integers by the thresholds that they reach; bits as signs if ``signed``."""
    value = layer.out_type.value
    out, low = qonnx_type(value), value.low
    if signed and value.is_bipolar:
        always = np.full_like(thresholds, _least(layer, kind))
        # -2 and one for the first threshold, which all reach, and two for the others
        thresholds = np.concatenate([always, thresholds, thresholds], axis=1)
        out, low = _SIGNS, -2
    writer.add(
        "MultiThreshold",
        (*writer.shape[:-1], layer.out_type.channels),
        out,
        {"thresholds": (thresholds, kind)},
        domain=GENERAL,
        out_dtype=out,
        out_scale=1.0,
        out_bias=float(low),
        data_layout="NHWC" if len(writer.shape) == 3 else "NC",
    )


def _least(layer: Layer, kind: str) -> int:
    """What a threshold unit's input is never below."""
    if kind == _POPCOUNT:
        return 0
    value = layer.in_type.value
    if isinstance(layer.op, Dense):
        return -layer.op.width * value.largest
    return value.low


def _window(writer: ChainWriter, layer: Layer, op: Window) -> None:
    if op.fill != 0 and any(op.sweep.pads) and writer.kind != _SIGNS:
        rule = f"{layer.name} must pad with stored zeros, not with {op.fill}"
        raise refused(rule, "FINN's padding unit knows no other value", layer)
    _check_thin(layer, op.sweep)
    height, width, _ = layer.in_type.shape
    top, left, bottom, right = op.sweep.pads
    # A stride beyond the padded image leaves one position, as the image's own size does; FINN's
    # generators take none larger.
    steps = [
        min(op.sweep.stride[0], height + top + bottom),
        min(op.sweep.stride[1], width + left + right),
    ]
    writer.add(
        "Im2Col",
        layer.out_type.shape,
        writer.kind,
        domain=GENERAL,
        stride=steps,
        kernel_size=list(op.sweep.kernel),
        pad_amount=list(op.sweep.pads),
        input_shape=str((1, *writer.shape)),
    )


def _check_thin(layer: Layer, sweep: Sweep) -> None:
    """Qonnx's Im2Col takes an axis of one pixel for none, and a kernel and pads along it not."""
    height, width, _ = layer.in_type.shape
    positions = sweep.positions(height, width)
    for axis, side, word in ((0, height, "high"), (1, width, "wide")):
        if side == 1 and sweep.kernel[axis] > 1:
            rule = f"the kernel of {layer.name} must be 1 {word} on an image that is 1 {word}, "
            hint = f"make the image at least 2 {word}"
            if positions[axis] == 1:
                hint = f"leave out of the kernel what sees only padding, or {hint}"
            raise refused(f"{rule}not {sweep.kernel}", hint, layer)


def _pool(writer: ChainWriter, layer: Layer, op: MaxPool) -> None:
    sweep, (height, width, _) = op.sweep, layer.in_type.shape
    if sweep.kernel[0] < sweep.stride[0] or sweep.kernel[1] < sweep.stride[1]:
        rule = f"the stride of {layer.name} must be at most its kernel {sweep.kernel}, "
        raise refused(f"{rule}not {sweep.stride}", "FINN has no pool that skips pixels", layer)
    if writer.kind == _SIGNS and any(sweep.pads):
        rule = f"{layer.name} must not pad, since a window behind it pads with zeros"
        raise refused(rule, "FINN's pools pad bits only", layer)
    if layer.in_type.value.signed and any(sweep.pads):
        rule = f"{layer.name} must not pad signed integers"
        raise refused(rule, "FINN's pools pad by zeros; leave out the pads or the sign", layer)
    top, left, _, _ = sweep.pads
    even = Sweep(sweep.kernel, sweep.stride, (top, left, top, left))
    if even.positions(height, width) != sweep.positions(height, width):
        rule = f"{layer.name} must pad alike on both sides, not by {sweep.pads}"
        raise refused(rule, "qonnx's pool knows no other padding", layer)
    writer.add(
        "MaxPoolNHWC",
        layer.out_type.shape,
        writer.kind,
        domain=GENERAL,
        kernel_shape=list(even.kernel),
        strides=list(even.stride),
        pads=list(even.pads),
    )


def _product(
    writer: ChainWriter, layer: Layer, op: Dense, before: Layer | None, signed: bool
) -> None:
    if writer.shape[-1] != op.width:
        writer.add("Flatten", (op.width,), writer.kind, axis=1)
    shape = (*writer.shape[:-1], len(op.weights))
    bits = op.weights.T.astype(np.float32)
    thresholds = None if op.thresholds is None else _thresholds(writer, layer, before)
    if layer.in_type.value.is_bipolar and writer.kind != _SIGNS:
        kind = _POPCOUNT
        weights = {"weights": (bits, "BINARY")}
        writer.add("XnorPopcountMatMul", shape, kind, weights, domain=GENERAL)
    else:
        kind = _SUM
        writer.add("MatMul", shape, kind, {"weights": (2 * bits - 1, "BIPOLAR")})
    if thresholds is not None:
        _threshold(writer, layer, thresholds, kind, signed)


def _thresholds(writer: ChainWriter, layer: Layer, before: Layer | None) -> Array:
    """Of popcounts, of sums over signs, or of sums over integers."""
    if writer.kind == _SIGNS and before is not None and isinstance(before.op, Window):
        thresholds = over_signs(layer, before)
        if thresholds is not None:
            return thresholds
    return of_product(layer)


def _label(writer: ChainWriter, layer: Layer, op: ArgMax) -> None:
    if (op.offsets != op.offsets[0]).any():
        rule = f"{layer.name} must compare the classes' sums as they are, not with constants added"
        raise refused(rule, "FINN's label unit adds none", layer)
    writer.add_top()
