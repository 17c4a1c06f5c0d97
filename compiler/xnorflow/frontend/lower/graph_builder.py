# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layers, one by one, each reading tensors of those before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Origin
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, Worth, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.read.network import Network

__all__ = ["INPUT", "GraphBuilder"]

INPUT = "input"
"""Name of the tensor that enters."""


class GraphBuilder:
    """Layers, each reading tensors of those before it.

    Attributes:
        tensors: types of all tensors.
        layers: in order.
    """

    def __init__(self, first: TensorType) -> None:
        """Begin with the input."""
        self.tensors = {INPUT: first}
        self.layers: list[Layer] = []

    def number(self, kind: type[Op]) -> int:
        """How many layers of a kind there are."""
        return sum(isinstance(layer.op, kind) for layer in self.layers)

    def quantize(
        self, tensor: str, op: Quantize, value: ValueType, worth: Worth, nodes: tuple[str, ...]
    ) -> str:
        """Append a function of one integer."""
        shape = self.tensors[tensor].shape
        name = f"quantize{self.number(Quantize)}"
        return self._add(name, op, (tensor,), TensorType(shape, value, worth), nodes)

    def window(self, tensor: str, name: str, op: Window, nodes: tuple[str, ...]) -> str:
        """Append what brings a convolution's vectors together."""
        before = self.tensors[tensor]
        positions = op.sweep.positions(*before.shape[:2])
        shape = (*positions, op.sweep.area * before.channels)
        return self._add(name, op, (tensor,), replace(before, shape=shape), nodes)

    def dense(
        self,
        tensor: str,
        name: str,
        op: Dense | Linear,
        image: tuple[int, ...],
        worth: Worth | None,
        nodes: tuple[str, ...],
    ) -> str:
        """Append a product whose results are ``image``."""
        value = BIPOLAR
        if isinstance(op, Linear) or op.thresholds is None:
            sums = op.sums(self.tensors[tensor].value)
            value = bits_for_range(sums[0], sums[-1])
        return self._add(name, op, (tensor,), TensorType(image, value, worth), nodes)

    def pools(self, tensor: str, name: str, chain: FunctionChain, network: Network) -> str:
        """Append all pools of a chain; where they have no name they are counted."""
        name = name or f"maxpool{self.number(MaxPool)}"
        for number, pool in enumerate(chain.pools):
            before = self.tensors[tensor]
            own = f"{name}_{number}" if number else name
            after = replace(before, shape=pool.after.image)
            tensor = self._add(
                own, MaxPool(pool.sweep), (tensor,), after, network.origin(*pool.nodes)
            )
        return tensor

    def sum_pool(self, tensor: str, op: SumPool, worth: Worth, nodes: tuple[str, ...]) -> str:
        """Append sums of windows."""
        before = self.tensors[tensor]
        sums = op.results((before,), before)
        shape = (*op.sweep.positions(*before.shape[:2]), before.channels)
        after = TensorType(shape, bits_for_range(sums[0], sums[-1]), worth)
        return self._add(f"sumpool{self.number(SumPool)}", op, (tensor,), after, nodes)

    def add(
        self, tensors: tuple[str, str], op: Add, worth: Worth, nodes: tuple[str, ...]
    ) -> tuple[str, range]:
        """Append a sum; its tensor, and the integers that it can hold."""
        before = tuple(self.tensors[tensor] for tensor in tensors)
        sums = op.results(before, before[0])
        after = TensorType(before[0].shape, bits_for_range(sums[0], sums[-1]), worth)
        return self._add(f"add{self.number(Add)}", op, tensors, after, nodes), sums

    def concat(self, tensors: tuple[str, str], nodes: tuple[str, ...]) -> str:
        """Append the channels of two tensors side by side."""
        first, second = (self.tensors[tensor] for tensor in tensors)
        shape = (*first.shape[:-1], first.channels + second.channels)
        after = replace(first, shape=shape)
        return self._add(f"concat{self.number(Concat)}", Concat(), tensors, after, nodes)

    def argmax(self, tensor: str, op: ArgMax, nodes: tuple[str, ...]) -> str:
        """Append the choice of the best class."""
        classes = bits_for_range(0, len(op.offsets) - 1)
        return self._add("argmax0", op, (tensor,), TensorType((1,), classes), nodes)

    def _add(
        self, name: str, op: Op, inputs: tuple[str, ...], after: TensorType, nodes: tuple[str, ...]
    ) -> str:
        """Append a layer, and give its tensor; ``nodes`` are the user's."""
        made = f"{name}_out"
        before = tuple(self.tensors[tensor] for tensor in inputs)
        self.layers.append(Layer(name, op, inputs, made, before, after, Origin(nodes)))
        self.tensors[made] = after
        return made
