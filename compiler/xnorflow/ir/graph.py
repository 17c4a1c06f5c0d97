# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The network: a DAG of layers joined by named tensors, and what the host does around it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xnorflow.ir.diagnostics import Diagnostic
from xnorflow.ir.layer import Ints, Layer
from xnorflow.ir.types import TensorType

__all__ = ["Graph", "HostInput", "HostOutput", "ModelInfo"]


@dataclass(frozen=True)
class ModelInfo:
    """Which model this is: its name and the SHA-256 of the file's bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class HostInput:
    """How the host turns an array in the ONNX input's layout into the accelerator's frame.

    Attributes:
        shape: the ONNX input's shape without the batch axis.
        order: int32 [elements] or None: frame.flat[i] = x.flat[order[i]]; None keeps the order.
        scale: what one step of the stored integer is worth to the graph (``--input-scale``):
            the graph's float is float32(float64(x) * scale).
        levels: the values of x that the stored integers stand for, the lowest stored integer's
            first, e.g. (-1, 1) for a bipolar input; None where x is the stored integer.
    """

    shape: tuple[int, ...]
    order: Ints | None = None
    scale: float = 1.0
    levels: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class HostOutput:
    """How the host turns the accelerator's integers into what the ONNX graph would return.

    output.flat[i] = table[i or 0, (raw.flat[order[i]] - first) // step]; with ``top``, these values
    are scores, and the output holds the indices of the best of them.

    Attributes:
        shape: the ONNX output's shape without the batch axis.
        dtype: numpy name of the ONNX output's type.
        table: float64 [1 or elements, values]: evaluated by the reference executor, exact.
        first: the integer that column 0 stands for.
        step: the distance between integers of neighbouring columns.
        top: 0, or k: the host returns the indices of the k largest (first maximum wins).
        order: int32 [elements], or None where the order stays: hardware has channels last.
    """

    shape: tuple[int, ...]
    dtype: str
    table: npt.NDArray[np.float64]
    first: int
    step: int
    top: int = 0
    order: Ints | None = None


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
    def binary_macs(self) -> int:
        """Binary multiply-accumulates per frame."""
        return sum(layer.macs for layer in self.layers)
