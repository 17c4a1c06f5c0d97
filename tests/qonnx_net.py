# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small QONNX models built by hand, and what qonnx's executor makes of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]

QONNX = "qonnx.custom_op.general"
CUSTOM = {"Quant", "BipolarQuant", "MultiThreshold"}


class Net:
    """A graph under construction; the tensor added last is the one that goes on."""

    def __init__(self, shape: tuple[int | str, ...], *, opset: int = 13, dtype: str = "") -> None:
        """Start from an input of ``shape``, batch first; ``dtype`` is a qonnx annotation."""
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.shape = shape
        self.opset = opset
        self.dtype = dtype
        self.domain = QONNX
        self.last = "x"
        self.outputs: list[str] = []
        self.input_type: int = TensorProto.FLOAT
        self.output_type: int = TensorProto.FLOAT  # of the last output; others are floats

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def node(self, op: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> str:
        name = attributes.pop("name", f"{op}_{len(self.nodes)}")
        made = [f"{name}_out{i}" for i in range(outputs)]
        domain = self.domain if op in CUSTOM else ""
        self.nodes.append(
            helper.make_node(op, inputs, made, name=name, domain=domain, **attributes)
        )
        return made[0]

    def add(self, op: str, *others: Any, **attributes: Any) -> str:
        """Apply ``op`` to the last tensor and constants (names, or float values)."""
        names = [o if isinstance(o, str) else self.constant(o) for o in others]
        self.last = self.node(op, [self.last, *names], **attributes)
        return self.last

    def reshape(self, *shape: int) -> str:
        return self.add("Reshape", self.constant(shape, np.int64))

    def bipolar(self, scale: Any = 1.0, **attributes: Any) -> str:
        return self.add("BipolarQuant", scale, **attributes)

    def dense(self, weights: Array, **attributes: Any) -> str:
        """MatMul by bipolar-quantised ``weights`` [in, out]."""
        name = attributes.pop("name", f"MatMul_{len(self.nodes)}")
        quantised = self.node(
            "BipolarQuant",
            [self.constant(weights), self.constant(1.0)],
            name=f"{name}_weights",
        )
        return self.add("MatMul", quantised, name=name)

    def conv(self, weights: Array, bias: Any = None, **attributes: Any) -> str:
        """Conv by bipolar-quantised ``weights`` [out, in, *kernel], and a bias [out] or None."""
        name = attributes.pop("name", f"Conv_{len(self.nodes)}")
        quantised = self.node(
            "BipolarQuant",
            [self.constant(weights), self.constant(1.0)],
            name=f"{name}_weights",
        )
        others = [] if bias is None else [bias]
        return self.add("Conv", quantised, *others, name=name, **attributes)

    def max_pool(self, *kernel: int, **attributes: Any) -> str:
        """MaxPool; its strides are 1 unless given."""
        return self.add("MaxPool", kernel_shape=kernel, **attributes)

    def pad(self, pads: Sequence[int], value: float | None = None, **attributes: Any) -> str:
        """Pad by a constant, 0 if it is None: ``pads`` at each axis's start, then at its end."""
        if self.opset < 11:
            return self.add("Pad", pads=pads, value=value or 0.0, **attributes)
        others = [] if value is None else [value]
        return self.add("Pad", self.constant(pads, np.int64), *others, **attributes)

    def channels(self, start: int, stop: int, axis: int = 1) -> str:
        """A Slice along an axis, without steps."""
        return self.add("Slice", *(self.constant([n], np.int64) for n in (start, stop, axis)))

    def split(self, *sizes: int, axis: int = 1) -> list[str]:
        """The outputs of a Split into such sizes."""
        first = self.add("Split", self.constant(sizes, np.int64), axis=axis, outputs=len(sizes))
        return [first.removesuffix("0") + str(number) for number in range(len(sizes))]

    def model(self) -> ModelProto:
        inputs = [helper.make_tensor_value_info("x", self.input_type, self.shape)]
        *others, last = self.outputs or [self.last]
        outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in others]
        outputs.append(helper.make_tensor_value_info(last, self.output_type, None))
        graph = helper.make_graph(self.nodes, "net", inputs, outputs, self.constants)
        if self.dtype:
            note = graph.quantization_annotation.add(tensor_name="x")
            note.quant_parameter_tensor_names.add(key="finn_datatype", value=self.dtype)
        sets = [helper.make_opsetid("", self.opset), helper.make_opsetid(self.domain, 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=8)

    def save(self, folder: Path, name: str = "net.onnx") -> Path:
        path = folder / name
        path.write_bytes(self.model().SerializeToString())
        return path


def execute(model: ModelProto, x: Array) -> Array:
    """The last output of the model for ``x`` in its own batch, by qonnx's executor."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrapped = ModelWrapper(model).transform(InferShapes())
        results = execute_onnx(wrapped, {model.graph.input[0].name: x})
    return np.asarray(results[model.graph.output[-1].name])


def signs(rng: np.random.Generator, *shape: int) -> Array:
    """Random -1 and +1."""
    drawn: Array = np.where(rng.random(shape) < 0.5, np.float32(-1), np.float32(1))
    return drawn
