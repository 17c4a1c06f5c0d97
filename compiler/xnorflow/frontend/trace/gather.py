# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which values of a node's constants meet which elements of the tensor that it acts on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.trace.execute import execute
from xnorflow.frontend.trace.operators import BROADCAST, PER_CHANNEL

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network

__all__ = ["Labels", "Step", "merge", "numbered"]

Labels = npt.NDArray[np.int64]
"""A number for each cell: cells of one number are alike. -1 is for cells that nobody sees."""

_ELEMENTWISE = BROADCAST | {"PRelu", "Quant", "IntQuant", "BipolarQuant"}


def numbered(rows: Array) -> tuple[Array, Labels]:
    """The distinct ones among ``rows``, told apart bit by bit, and for each row its number."""
    flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
    size = flat.dtype.itemsize * flat.shape[1]
    kind = f"u{size}" if size in (1, 2, 4, 8) else f"V{size}"
    _, first, number = np.unique(flat.view(kind).ravel(), return_index=True, return_inverse=True)
    return rows[first], number.astype(np.int64)


def merge(one: Labels, other: Labels) -> Labels:
    """Labels that tell apart whatever either of two tells apart; -1 stays."""
    pairs = one * (other.max(initial=0) + 1) + other
    labels = np.full(len(one), -1, dtype=np.int64)
    seen = (one >= 0) & (other >= 0)
    labels[seen] = np.unique(pairs[seen], return_inverse=True)[1]
    return labels


@dataclass(frozen=True, eq=False)
class _Spread:
    """A constant's distinct values, and which of them each element of a tensor meets."""

    position: int
    values: Array
    index: Labels


class Step:
    """A scalar node, and which of its constants' values belong to which cell.

    Attributes:
        node: the node.
        labels: [cells]: cells of one label meet the same values; None where all do.
    """

    def __init__(
        self, network: Network, node: NodeProto, shape: tuple[int, ...], place: Labels
    ) -> None:
        """Look at a node's constants.

        Args:
            network: holds them.
            node: acts on a tensor of ``shape``.
            shape: with batch axis.
            place: [cells]: where in the flat tensor each cell is.
        """
        self.node = node
        spreads = list(_spreads(network, node, shape))
        self._values = {spread.position: spread.values for spread in spreads}
        self._index = {spread.position: spread.index[place] for spread in spreads}
        several = [self._index[s.position] for s in spreads if len(s.values) > 1]
        self.labels: Labels | None = reduce(merge, several) if several else None

    def constants(self, cells: Labels) -> dict[int, Array]:
        """For those inputs whose constants depend on the cell: their values for ``cells``."""
        return {i: self._values[i][index[cells]] for i, index in self._index.items()}


def _spreads(network: Network, node: NodeProto, shape: tuple[int, ...]) -> Iterator[_Spread]:
    for position, name in enumerate(node.input):
        value = network.constants.get(name)
        if value is None:
            continue
        if node.op_type in PER_CHANNEL and value.ndim and not _is_common(node, value):
            axis = _channel_axis(node, shape)
            if len(value) != shape[axis]:
                raise _mismatch(network, node, shape, len(value))
            if not value.size:
                raise _invalid(node, f"must have constants, not none of {list(value.shape)}")
            channel = np.arange(shape[axis]).reshape([-1] + [1] * (len(shape) - 1 - axis))
            yield _spread(position, value, np.broadcast_to(channel, shape))
        elif node.op_type in _ELEMENTWISE and (value.size != 1 or value.ndim > 1):
            number = np.arange(value.size).reshape(value.shape)
            yield _spread(position, value.ravel(), _broadcast(node, number, shape))


def _broadcast(node: NodeProto, number: Array, shape: tuple[int, ...]) -> Array:
    """For each element of a tensor which of a constant's values it meets."""
    try:
        whole = np.broadcast_shapes(number.shape, shape)
    except ValueError:
        whole = ()
    if not whole or prod(whole) != prod(shape):
        shown = list(number.shape)
        raise _invalid(node, f"must have constants that fit {list(shape)}, not one of {shown}")
    return np.broadcast_to(number, whole)


def _spread(position: int, values: Array, index: Array) -> _Spread:
    values, number = numbered(values)
    return _Spread(position, values, number[index.ravel()])


def _is_common(node: NodeProto, value: Array) -> bool:
    """Whether a constant of one row or element serves whatever number of channels there is."""
    return len(value) == 1 and node.op_type != "BatchNormalization"


def _channel_axis(node: NodeProto, shape: tuple[int, ...]) -> int:
    """The axis along which a node has a value of its own for each channel."""
    attributes = {a.name: a for a in node.attribute}
    if node.op_type == "MultiThreshold":
        layout = attributes["data_layout"].s if "data_layout" in attributes else b""
        text = layout.decode(errors="replace") or ("NWC" if len(shape) == 3 else "NC")
        if text.count("C") != 1 or text.index("C") >= len(shape):
            shown = f"{list(shape)}, not {printable(text)}"
            raise _invalid(node, f"must have a data_layout with one C among the axes of {shown}")
        return text.index("C")
    if node.op_type in ("QuantizeLinear", "DequantizeLinear") and "axis" in attributes:
        axis = int(attributes["axis"].i)
        if not -len(shape) <= axis < len(shape):
            raise _invalid(node, f"must have an axis of {list(shape)}, not {axis}")
        return axis % len(shape)
    return 1


def _mismatch(
    network: Network, node: NodeProto, shape: tuple[int, ...], count: int
) -> XnorflowError:
    """What is wrong with ``count`` constants for another number of channels."""
    (moving,) = network.moving_inputs(node)
    execute(network, [node], np.zeros(shape, dtype=network.dtype(moving)))  # raises, as a rule
    return _invalid(node, f"must have one value a channel of {list(shape)}, not {count}")


def _invalid(node: NodeProto, rule: str) -> XnorflowError:
    hint = "export the model again; onnx.checker says more"
    text = f"{node.op_type} {rule}"
    return XnorflowError(Diagnostic("model-invalid", text, hint, Origin((node.name,))))
