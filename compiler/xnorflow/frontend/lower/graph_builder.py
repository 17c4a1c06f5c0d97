# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layers in a row, each reading the tensor of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xnorflow.diagnostics import Origin
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.window import Window
from xnorflow.ir.ranges import dot_range
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, Worth, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.read.network import Network

__all__ = ["GraphBuilder"]


class GraphBuilder:
    """Layers in a row.

    Attributes:
        tensor: name of the tensor made last.
        tensors: types of all tensors.
        layers: in order.
    """

    def __init__(self, first: TensorType) -> None:
        """Begin with the input."""
        self.tensor = "input"
        self.tensors = {"input": first}
        self.layers: list[Layer] = []

    def quantize(
        self, op: Quantize, value: ValueType, worth: Worth, nodes: tuple[str, ...]
    ) -> None:
        """Append the input's quantiser."""
        shape = self.tensors[self.tensor].shape
        self._add("quantize0", op, TensorType(shape, value, worth), nodes)

    def window(self, name: str, op: Window, nodes: tuple[str, ...]) -> None:
        """Append what brings a convolution's vectors together."""
        before = self.tensors[self.tensor]
        positions = op.sweep.positions(*before.shape[:2])
        shape = (*positions, op.sweep.area * before.channels)
        self._add(name, op, TensorType(shape, before.value, before.worth), nodes)

    def dense(
        self,
        name: str,
        op: Dense,
        image: tuple[int, ...],
        worth: Worth | None,
        nodes: tuple[str, ...],
    ) -> None:
        """Append a product whose results are ``image``."""
        value = BIPOLAR
        if op.thresholds is None:
            dots = dot_range(op.width, self.tensors[self.tensor].value)
            value = bits_for_range(dots[0], dots[-1])
        self._add(name, op, TensorType(image, value, worth), nodes)

    def pools(self, name: str, chain: FunctionChain, network: Network) -> None:
        """Append all pools of a chain of bits."""
        for number, pool in enumerate(chain.pools):
            before = self.tensors[self.tensor]
            own = f"{name}_{number}" if number else name
            after = TensorType(pool.after.image, before.value, before.worth)
            self._add(own, MaxPool(pool.sweep), after, network.origin(*pool.nodes))

    def argmax(self, op: ArgMax, nodes: tuple[str, ...]) -> None:
        """Append the choice of the best class."""
        classes = bits_for_range(0, len(op.offsets) - 1)
        self._add("argmax0", op, TensorType((1,), classes), nodes)

    def _add(self, name: str, op: Op, after: TensorType, nodes: tuple[str, ...]) -> None:
        """Append a layer; ``nodes`` are the user's."""
        made = f"{name}_out"
        before = self.tensors[self.tensor]
        self.layers.append(Layer(name, op, (self.tensor,), made, (before,), after, Origin(nodes)))
        self.tensors[made] = after
        self.tensor = made
