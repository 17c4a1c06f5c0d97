# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A chain of scalar and layout nodes, as one function per element and one permutation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.execute import execute
from xnorflow.frontend.operators import LAYOUT
from xnorflow.ir.layer import Ints

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.network import Array, Network

__all__ = ["Chain", "inverse"]


def inverse(order: Ints) -> Ints:
    """The permutation that undoes ``order``."""
    return np.argsort(order).astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Step:
    nodes: tuple[NodeProto, ...]
    shape: tuple[int, ...]
    order: Ints | None


class Chain:
    """The nodes between two matrix products, or at either end of the network.

    Attributes:
        nodes: the nodes.
        elements: how many elements of a frame pass through.
        source: int32 [elements]: the chain's output element i comes from input element source[i].
    """

    def __init__(self, network: Network, nodes: Sequence[NodeProto], entry: str) -> None:
        """Split the nodes behind tensor ``entry`` into steps and learn where elements go."""
        self.nodes = tuple(nodes)
        self.elements = network.elements(entry)
        self.source: Ints = np.arange(self.elements, dtype=np.int32)
        self._network = network
        self._steps: list[_Step] = []
        for is_layout, run in groupby(nodes, lambda node: node.op_type in LAYOUT):
            part = tuple(run)
            shape = network.shape(network.moving_inputs(part[0])[0])
            order = self._learn(part, shape) if is_layout else None
            self._steps.append(_Step(part, shape, order))
            if order is not None:
                self.source = self.source[order]

    def _learn(self, nodes: tuple[NodeProto, ...], shape: tuple[int, ...]) -> Ints:
        numbers = np.arange(self.elements, dtype=np.float32).reshape(shape)
        return execute(self._network, nodes, numbers).ravel().astype(np.int32)

    def __call__(self, values: Array, *, double: bool = False) -> Array:
        """The functions' results.

        Args:
            values: [K, elements]: K values for every input element.
            double: compute in float64, as far as the operators allow.

        Returns:
            [K, elements]: column i belongs to *input* element i, wherever it ends up.

        Raises:
            XnorflowError: the executor cannot run a node.
        """
        for step in self._steps:
            if step.order is not None:
                values = values[:, step.order]
            else:
                values = self._evaluate(step, values, double)
        return values[:, inverse(self.source)] if self._moves else values

    @property
    def _moves(self) -> bool:
        return bool(np.any(np.diff(self.source) != 1))

    def _evaluate(self, step: _Step, values: Array, double: bool) -> Array:
        rows = len(values)
        # The batch axis carries the values; a tensor without one gets one in front.
        frame = step.shape[1:] if step.shape[:1] == (1,) else step.shape
        x = np.ascontiguousarray(values).reshape(rows, *frame)
        return execute(self._network, step.nodes, x, double=double).reshape(rows, -1)
