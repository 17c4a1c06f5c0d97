# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layers: operations between named tensors; no hardware choices."""

from __future__ import annotations

from dataclasses import dataclass, field

from xnorflow.diagnostics import Origin
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.op import Op
from xnorflow.ir.types import TensorType

__all__ = ["Layer"]


@dataclass(frozen=True)
class Layer:
    """One operation of the network between named tensors.

    Attributes:
        name: unique in its graph, an identifier.
        op: what is computed.
        inputs: names of the tensors read.
        output: name of the tensor written.
        in_types: types of the inputs.
        out_type: type of the output.
        origin: the nodes of the user's model that this layer stands for.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    output: str
    in_types: tuple[TensorType, ...]
    out_type: TensorType
    origin: Origin = field(default_factory=Origin)

    @property
    def in_type(self) -> TensorType:
        """Type of the first input."""
        return self.in_types[0]

    @property
    def pixels(self) -> int:
        """Input vectors of a frame, for a product; else positions of the output image."""
        if isinstance(self.op, Dense | Linear):
            return self.in_type.elements // self.op.width
        return self.out_type.elements // self.out_type.channels

    @property
    def macs(self) -> int:
        """Binary multiply-accumulates per frame."""
        return self.op.weights.size * self.pixels if isinstance(self.op, Dense) else 0
