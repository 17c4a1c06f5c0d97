# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Frames for a model and what they are worth to its graph, by what is said of the input."""

from __future__ import annotations

import re

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto
from tests.qonnx_net import Array

from xnorflow.report.model import InputEntry

_STORED: dict[int, str] = {
    TensorProto.INT8: "int8",
    TensorProto.UINT8: "uint8",
    TensorProto.BOOL: "uint1",
}
_SAME = {"binary": "uint1"}


def entry_of(proto: ModelProto) -> ValueInfoProto:
    """The one input that is no constant."""
    constants = {tensor.name for tensor in proto.graph.initializer}
    (entry,) = (tensor for tensor in proto.graph.input if tensor.name not in constants)
    found: ValueInfoProto = entry
    return found


def check_entry(said: InputEntry, proto: ModelProto, scale: float | None) -> None:
    """Hold what a report says of the input against what user and file say.

    Args:
        said: by the report.
        proto: the model.
        scale: that the user gave, if any.
    """
    stated = _stated(proto)
    assert stated in ("", said.type), f"the input is {said.type}, but stated to be {stated}"
    wanted = 1.0 if scale is None and stated else scale
    assert wanted in (None, said.scale), f"a step of the input is {said.scale}, not {wanted}"
    assert not said.mean, "nobody gave a mean"
    assert not said.std, "nobody gave a deviation"


def frames(said: InputEntry, proto: ModelProto, count: int) -> Array:
    """The lowest values, the highest ones, then random ones: [count, ...] as the model's input."""
    levels = np.asarray(_levels(said.type))
    shape = [axis.dim_value for axis in entry_of(proto).type.tensor_type.shape.dim[1:]]
    x = np.random.default_rng(2026).choice(levels, (count, *shape))
    x[0], x[1] = levels[0], levels[-1]
    return x


def graph_values(said: InputEntry, x: Array) -> Array:
    """What the graph gets for frames, before its input's type rounds that."""
    return x.astype(np.float64) * said.scale


def _levels(name: str) -> range:
    """What the elements may be."""
    if name == "bipolar":
        return range(-1, 2, 2)
    match = re.fullmatch(r"(u?)int([1-9][0-9]?)", name)
    assert match, f"the input's type is {name!r}"
    bits = int(match[2])
    return range(1 << bits) if match[1] else range(-(1 << bits - 1), 1 << bits - 1)


def _stated(proto: ModelProto) -> str:
    """The type that the file states for its input, if it does so once."""
    entry = entry_of(proto)
    values: list[str] = [
        pair.value.lower()
        for note in proto.graph.quantization_annotation
        if note.tensor_name == entry.name
        for pair in note.quant_parameter_tensor_names
    ]
    plain = _STORED.get(entry.type.tensor_type.elem_type, "")
    if not values or values == ["float32"]:
        return plain
    return _SAME.get(values[0], values[0]) if len(values) == 1 else ""
