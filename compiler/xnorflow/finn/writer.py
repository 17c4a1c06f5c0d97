# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A QONNX model that is a chain of nodes, written from its beginning to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

__all__ = ["GENERAL", "INPUT", "OUTPUT", "ChainWriter"]

INPUT, OUTPUT = "global_in", "global_out"
GENERAL = "qonnx.custom_op.general"
"""The domain of qonnx's own operators."""

_OPSET = 13
_IR_VERSION = 8

Array = npt.NDArray[Any]


class ChainWriter:
    """A chain of nodes that grows at its end.

    Attributes:
        shape: of the last tensor, without the batch axis.
        kind: qonnx's type of its elements.
    """

    def __init__(self, shape: tuple[int, ...], kind: str) -> None:
        """Begin with the model's input."""
        self.shape, self.kind = shape, kind
        self._last = INPUT
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._kinds = {INPUT: kind}
        self._tensors = [self._tensor(INPUT)]

    def add(
        self,
        op_type: str,
        shape: tuple[int, ...],
        kind: str,
        constants: dict[str, tuple[Array, str]] | None = None,
        **attributes: Any,
    ) -> None:
        """A node that reads the last tensor, then ``constants``, each with its type."""
        from onnx import helper, numpy_helper

        name = f"{op_type}_{len(self._nodes)}"
        inputs = [self._last]
        for role, (value, value_kind) in (constants or {}).items():
            inputs.append(f"{name}_{role}")
            self._constants.append(numpy_helper.from_array(value, inputs[-1]))
            self._kinds[inputs[-1]] = value_kind
        self._last = f"{name}_out"
        self.shape, self.kind = shape, kind
        self._nodes.append(helper.make_node(op_type, inputs, [self._last], name, **attributes))
        self._kinds[self._last] = kind
        self._tensors.append(self._tensor(self._last))

    def add_top(self) -> None:
        """The index of the largest element, as the last node."""
        from onnx import TensorProto, helper, numpy_helper

        name = f"TopK_{len(self._nodes)}"
        self._constants.append(numpy_helper.from_array(np.array([1], np.int64), f"{name}_k"))
        outputs = [f"{name}_values", f"{name}_out"]
        self._nodes.append(
            helper.make_node("TopK", [self._last, f"{name}_k"], outputs, name, axis=-1)
        )
        self._last = outputs[1]
        self.shape = (*self.shape[:-1], 1)
        self._tensors.append(self._tensor(outputs[0]))
        self._tensors.append(self._tensor(self._last, TensorProto.INT64))

    def model(self, name: str) -> ModelProto:
        """All of it; the last tensor is the output."""
        from onnx import helper
        from qonnx.core.data_layout import NHWC
        from qonnx.core.datatype import DataType
        from qonnx.core.modelwrapper import ModelWrapper

        self._nodes[-1].output[-1] = self._tensors[-1].name = OUTPUT
        if self._last in self._kinds:
            self._kinds[OUTPUT] = self._kinds.pop(self._last)
        first, *between, last = self._tensors
        graph = helper.make_graph(
            self._nodes, name, [first], [last], self._constants, value_info=between
        )
        versions = [helper.make_opsetid("", _OPSET), helper.make_opsetid(GENERAL, 1)]
        made = helper.make_model(graph, opset_imports=versions, ir_version=_IR_VERSION)
        wrapper = ModelWrapper(made)
        for tensor, kind in self._kinds.items():
            wrapper.set_tensor_datatype(tensor, DataType[kind])
        if len(first.type.tensor_type.shape.dim) == 4:
            wrapper.set_tensor_layout(INPUT, NHWC)  # FINN takes an image for NCHW without
        proto: ModelProto = wrapper.model
        return proto

    def _tensor(self, name: str, element: int = 1) -> ValueInfoProto:
        """Of float32, number 1, unless said otherwise."""
        from onnx import helper

        return helper.make_tensor_value_info(name, element, [1, *self.shape])
