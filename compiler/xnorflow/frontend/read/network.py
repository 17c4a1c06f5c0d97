# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The cleaned graph with quick look-ups: shapes, constants, who reads what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, ValueInfoProto

__all__ = ["Array", "Network", "is_plain"]

Array = npt.NDArray[Any]


def is_plain(dtype: np.dtype[Any]) -> bool:
    """Whether numpy itself computes real numbers of this type: no bfloat16, complex or text."""
    return dtype.isbuiltin == 1 and dtype.kind in "biuf"


def _stated_shape(tensor: ValueInfoProto) -> tuple[int, ...]:
    """Sizes, 0 for one that is unknown; where the number of axes is unknown too, one such size."""
    stated = tensor.type.tensor_type
    return tuple(d.dim_value for d in stated.shape.dim) if stated.HasField("shape") else (0,)


@dataclass(frozen=True, eq=False)
class Network:
    """A cleaned model, read-only.

    Attributes:
        proto: the model, constants folded, in working order.
        folded: for an output of a node, names of the nodes folded into the node's constants.
    """

    proto: ModelProto
    folded: dict[str, tuple[str, ...]]

    @property
    def nodes(self) -> tuple[NodeProto, ...]:
        """All nodes in working order."""
        return tuple(self.proto.graph.node)

    @property
    def input(self) -> str:
        """Name of the only input tensor."""
        return str(self.proto.graph.input[0].name)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the output tensors."""
        return tuple(tensor.name for tensor in self.proto.graph.output)

    @cached_property
    def constants(self) -> dict[str, Array]:
        """Value of every constant tensor."""
        from onnx import numpy_helper

        return {t.name: numpy_helper.to_array(t) for t in self.proto.graph.initializer}

    @cached_property
    def _types(self) -> dict[str, tuple[tuple[int, ...], int]]:
        graph = self.proto.graph
        return {
            t.name: (_stated_shape(t), t.type.tensor_type.elem_type)
            for t in (*graph.value_info, *graph.input, *graph.output)
        }

    def shape(self, tensor: str) -> tuple[int, ...]:
        """Shape of a tensor at batch 1; an unknown size is 0."""
        return self._types[tensor][0] if tensor in self._types else (0,)

    def elements(self, tensor: str) -> int:
        """Elements of a tensor at batch 1; 0 where a size is unknown."""
        return prod(self.shape(tensor))

    def dtype(self, tensor: str) -> np.dtype[Any]:
        """Numpy type of a tensor; ``object`` where it is unknown."""
        from onnx import helper

        code = self._types[tensor][1] if tensor in self._types else 0
        return np.dtype(helper.tensor_dtype_to_np_dtype(code) if code else object)

    @cached_property
    def _readers(self) -> dict[str, list[NodeProto]]:
        readers: dict[str, list[NodeProto]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.input):
                readers.setdefault(name, []).append(node)
        return readers

    def readers(self, tensor: str) -> tuple[NodeProto, ...]:
        """The nodes that read a tensor, each once."""
        return tuple(self._readers.get(tensor, ()))

    @cached_property
    def _producers(self) -> dict[str, NodeProto]:
        return {name: node for node in self.nodes for name in node.output if name}

    def producer(self, tensor: str) -> NodeProto | None:
        """The node that computes a tensor; None for an input and a constant."""
        return self._producers.get(tensor)

    def moving_inputs(self, node: NodeProto) -> tuple[str, ...]:
        """The node's inputs that are not constants, each once."""
        return tuple(n for n in dict.fromkeys(node.input) if n and n not in self.constants)

    def annotation(self, tensor: str) -> str:
        """The qonnx data type that the model states for a tensor, or nothing."""
        for note in self.proto.graph.quantization_annotation:
            if note.tensor_name == tensor:
                for entry in note.quant_parameter_tensor_names:
                    if entry.key == "finn_datatype":
                        return str(entry.value)
        return ""

    def origin(self, *nodes: NodeProto) -> tuple[str, ...]:
        """The user's names of nodes, each after the folded nodes that made its constants."""
        names = (name for node in nodes for name in (*self.folded[node.output[0]], node.name))
        return tuple(dict.fromkeys(names))
