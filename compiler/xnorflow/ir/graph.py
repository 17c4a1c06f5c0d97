# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The network: a DAG of layers joined by named tensors."""

from __future__ import annotations

from dataclasses import dataclass, field

from xnorflow.diagnostics import Diagnostic
from xnorflow.ir.host import HostInput, HostOutput
from xnorflow.ir.input_spec import InputType
from xnorflow.ir.layer import Layer
from xnorflow.ir.types import TensorType

__all__ = ["Graph", "ModelInfo"]


@dataclass(frozen=True)
class ModelInfo:
    """Which model this is: its name and the SHA-256 of the file's bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole network.

    Attributes:
        model: name and hash of the user's model.
        tensors: type of every named tensor.
        layers: in topological order.
        input: name of the tensor that enters.
        output: name of the tensor that leaves.
        host_input: layout of the ONNX input.
        host_output: meaning of the accelerator's integers.
        notes: what the user should know (near ties, dead neurons), none of them errors.
    """

    model: ModelInfo
    tensors: dict[str, TensorType]
    layers: tuple[Layer, ...]
    input: str
    output: str
    host_input: HostInput
    host_output: HostOutput
    notes: tuple[Diagnostic, ...] = field(default=())

    @property
    def input_type(self) -> InputType:
        """What the user's arrays hold: integers as they are stored, if not levels."""
        value, levels = self.tensors[self.input].value, self.host_input.levels
        return InputType(value if levels else value.plain, levels)

    @property
    def is_chain(self) -> bool:
        """Whether every layer reads what the one before it makes, and nothing else."""
        made = (self.input, *(layer.output for layer in self.layers))
        return all(layer.inputs == (name,) for name, layer in zip(made, self.layers, strict=False))

    @property
    def binary_macs(self) -> int:
        """Binary multiply-accumulates per frame."""
        return sum(layer.macs for layer in self.layers)
