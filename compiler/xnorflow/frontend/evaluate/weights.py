# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Matrix products: constant weights of one magnitude a channel become bits and a scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.ir.types import Bits

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["Matrix", "adds_bias_last", "check_vectors", "read_bias", "read_matrix", "read_weights"]


@dataclass(frozen=True, eq=False)
class Matrix:
    """A product with binary weights: alpha * (x @ weights) + bias.

    Attributes:
        bits: uint8 [out, in], or [out, C, kernel height, kernel width] for a Conv: 1 where the
            weight is positive.
        scale: float64 [out]: magnitude of each channel's weights, 0 for a pruned channel.
        alpha: factor of a Gemm, 1 for others.
        bias: addend of a Gemm or Conv, [out] of the result's type, or None.
        adds_bias_last: whether the executor adds the bias to the sum of all products; else it
            starts from the bias, or adds it in between.
        dtype: numpy type in which the executor computes.
    """

    bits: Bits
    scale: npt.NDArray[np.float64]
    alpha: float
    bias: Array | None
    adds_bias_last: bool
    dtype: np.dtype[np.floating]

    def rounded(self, exact: npt.NDArray[np.float64], channels: Array) -> Array:
        """What the executor gives [K, R] for exact sums of channels [R].

        The sum is rounded once, where the executor may round more often; then factor and bias
        follow, as it has them, in one step.
        """
        values: Array = exact.astype(self.dtype)
        if self.alpha != 1:
            values = values.astype(np.float64) * self.alpha
        if self.bias is not None:
            values = values + self.bias[channels]
        return values.astype(self.dtype, copy=False)


def read_matrix(network: Network, segment: Segment) -> Matrix:
    """The product that a Conv, MatMul or Gemm computes.

    That the shape of what it multiplies is not known is told elsewhere.

    Raises:
        XnorflowError: it is not one constant matrix times vectors, or not binary.
    """
    node = segment.product
    weights = read_weights(network, node)
    attributes = {a.name: a for a in node.attribute}
    alpha, bias, is_last = 1.0, None, True
    if node.op_type == "Gemm":
        alpha = attributes["alpha"].f if "alpha" in attributes else 1.0
        beta = attributes["beta"].f if "beta" in attributes else 1.0
        bias = read_bias(network, node, weights, beta)
        is_last = adds_bias_last(node)
    elif node.op_type == "Conv":
        bias = read_bias(network, node, weights)
    scale = _scale(network, node, weights)
    if node.op_type != "Conv" and network.elements(_operand(network, segment)):
        check_vectors(network, segment, weights.shape[0])
    bits = np.ascontiguousarray((weights > 0).T.astype(np.uint8))
    if node.op_type == "Conv":
        sides = network.constants[node.input[1]].shape[2:]
        bits = bits.reshape(len(bits), -1, *([1] * (2 - len(sides))), *sides)
    return Matrix(bits, scale, alpha, bias, is_last, weights.dtype)


def adds_bias_last(node: NodeProto) -> bool:
    """Whether the executor adds a product's bias to the sum of all products.

    onnxruntime has a kernel for one row by transposed weights; other Gemms start from the bias.
    """
    if node.op_type != "Gemm":
        return True
    given = {a.name: a.f if a.name in ("alpha", "beta") else a.i for a in node.attribute}
    turned = [bool(given.get(name, 0)) for name in ("transA", "transB")]
    return turned == [False, True] and given.get("alpha", 1) == given.get("beta", 1) == 1


def read_weights(network: Network, node: NodeProto) -> Array:
    """The constant operand of a Conv, MatMul or Gemm, [in, out].

    Raises:
        XnorflowError: it is not one constant matrix of floats, or not of the input's type.
    """
    if len(node.input) < 2:
        rule = "must have two operands, not one"
        raise _error(network, node, "model-invalid", rule, "export the model again")
    if node.input[1] not in network.constants:
        rule = "must multiply the frame by a constant on its right, not on its left"
        raise _error(network, node, "unsupported-op", rule, "transpose both operands")
    weights = network.constants[node.input[1]]
    if weights.dtype not in (np.float32, np.float64):
        rule = f"must have float32 weights, not {weights.dtype}"
        raise _error(network, node, "unsupported-weights", rule, "export the network in float32")
    entering = network.dtype(node.input[0])
    if entering.kind == "f" and entering != weights.dtype:
        rule = f"must have weights of its input's type {entering}, not {weights.dtype}"
        raise _error(network, node, "not-executable", rule, "export the network in float32")
    if node.op_type == "Conv":
        return _kernels(network, node, weights)
    if weights.ndim == 1:
        weights = weights[:, np.newaxis]
    if weights.ndim < 2 or prod(weights.shape[:-2]) != 1 or 0 in weights.shape:
        rule = f"must have one matrix of weights, not a tensor of shape {list(weights.shape)}"
        raise _error(network, node, "unsupported-op", rule, "split it into one MatMul a matrix")
    weights = weights.reshape(weights.shape[-2:])
    is_gemm = node.op_type == "Gemm"
    return (
        weights.T
        if is_gemm and any(a.name == "transB" and a.i for a in node.attribute)
        else weights
    )


def _kernels(network: Network, node: NodeProto, weights: Array) -> Array:
    shape = network.shape(node.input[0])
    channels: int | str = "in"
    axes, fits = "3 or 4", weights.ndim in (3, 4)
    if len(shape) > 2 and network.elements(node.input[0]):
        channels, axes = shape[1], str(len(shape))
        fits = weights.ndim == len(shape) and weights.shape[1] == channels
    if not fits or 0 in weights.shape:
        rule = f"must have weights [out, {channels}, ...] of {axes} axes, not of shape "
        rule += f"{list(weights.shape)}"
        raise _error(network, node, "model-invalid", rule, "export the model again")
    flat: Array = weights.reshape(len(weights), -1).T
    return flat


def _operand(network: Network, segment: Segment) -> str:
    """The tensor that a product itself multiplies."""
    return network.moving_inputs(segment.product)[0]


def check_vectors(network: Network, segment: Segment, width: int) -> None:
    """Gemm multiplies one vector, MatMul one for each index of the axes before the last."""
    shape = network.shape(_operand(network, segment))
    vectors = shape
    if segment.product.op_type == "Gemm":
        turned = any(a.name == "transA" and a.i for a in segment.product.attribute)
        vectors = shape[::-1] if turned else shape
    several = prod(vectors[:-1]) != 1 and segment.product.op_type == "Gemm"
    if not vectors or vectors[-1] != width or several:
        rule = f"must multiply one vector of {width} a frame, not a tensor of shape {list(shape)}"
        hint = "flatten the frame before it"
        code = "unsupported-op" if vectors and vectors[-1] == width else "model-invalid"
        raise _error(network, segment.product, code, rule, hint)


def read_bias(network: Network, node: NodeProto, weights: Array, beta: float = 1.0) -> Array | None:
    """What a Gemm or Conv adds for each channel, times ``beta``: [out], or None.

    Raises:
        XnorflowError: it is no constant, or of another size or type than weights [in, out].
    """
    channels = weights.shape[1]
    if len(node.input) < 3 or not node.input[2]:
        return None
    bias = network.constants.get(node.input[2])
    if bias is None:
        rule = "must add a constant bias, not one computed from the frame"
        raise _error(network, node, "unsupported-op", rule, "add a constant behind the product")
    rule = ""
    if bias.size not in (1, channels):
        rule = f"must have one bias a channel ({channels}), not {bias.size}"
    elif bias.dtype != weights.dtype:
        rule = f"must have a bias of {weights.dtype} like its weights, not of {bias.dtype}"
    if rule:
        raise _error(network, node, "model-invalid", rule, "export the model again")
    spread: Array = np.broadcast_to(bias.ravel() * bias.dtype.type(beta), channels)
    return spread


def _scale(network: Network, node: NodeProto, weights: Array) -> npt.NDArray[np.float64]:
    magnitudes = np.abs(weights.astype(np.float64))
    scale: npt.NDArray[np.float64] = magnitudes[0]
    bad = np.flatnonzero((magnitudes != scale).any(axis=0) | ~np.isfinite(scale))
    if bad.size:
        count, channel = max((len(np.unique(weights[:, c])), -c) for c in bad[:1024])
        levels = np.unique(weights[:, -channel])
        shown = ", ".join(f"{value:g}" for value in levels[:6]) + (", ..." if count > 6 else "")
        plural = "level" if count == 1 else "levels"
        raise _error(
            network,
            node,
            "unsupported-weights",
            f"must have binary weights (-s or +s in each output channel), "
            f"not {count} {plural} ({shown}) as in channel {-channel} of {weights.shape[1]}",
            "train with 1-bit weights (in Brevitas: bit_width=1, quant_type=QuantType.BINARY), or "
            "with weights of up to 8 bits, which are multiples of a step in each channel",
        )
    return scale


def _error(network: Network, node: NodeProto, code: str, rule: str, hint: str) -> XnorflowError:
    origin = Origin(network.origin(node))
    return XnorflowError(Diagnostic(code, f"{node.op_type} {rule}", hint, origin))
