# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Constants with other numbers, shapes and types; what is said of tensors; their names."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto, numpy_helper
from tests.fuzz.mutations import Mutation
from tests.fuzz.mutations.extremes import NAMES, integer, real, shown

DTYPES = ("float32", "float64", "float16", "int8", "uint8", "int32", "int64", "bool")


def numbers(model: ModelProto, rng: Random) -> str:
    """Some of a constant's numbers, all of them, or one row."""
    tensor, value = _constant(model, rng)
    if tensor is None or not value.size:
        return ""
    flat = value.copy().ravel()
    kind = rng.choice(("one", "one", "some", "all", "negate", "scale", "shuffle"))
    new = real(rng) if flat.dtype.kind == "f" else integer(rng)
    with np.errstate(all="ignore"):
        if kind == "negate":
            flat = (flat == 0) if flat.dtype == bool else -flat
        elif kind == "scale":
            flat = (flat * rng.choice((0.1, 2.0, 3.0, 1e-30, 1e30))).astype(flat.dtype)
        elif kind == "shuffle":
            flat = flat[rng.sample(range(flat.size), flat.size)]
        else:
            count = {"one": 1, "some": -(-flat.size // 4), "all": flat.size}[kind]
            flat[rng.sample(range(flat.size), count)] = np.asarray(new).astype(flat.dtype)
    _store(tensor, flat.reshape(value.shape))
    return f"{kind} of {shown(tensor.name)}: {shown(new)}"


def dims(model: ModelProto, rng: Random) -> str:
    """A constant's shape, whether its numbers fit or not."""
    tensor, value = _constant(model, rng)
    if tensor is None:
        return ""
    kind = rng.choice(("stated", "flat", "more", "turned", "cut", "grown"))
    if kind == "stated" and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = integer(rng)
    elif kind == "stated":
        tensor.dims.append(integer(rng))
    elif kind == "cut" and value.ndim and len(value):
        _store(tensor, value[: rng.randrange(len(value))])
    elif kind == "grown" and value.ndim and len(value):
        _store(tensor, np.concatenate([value, value[:1]]))
    elif kind == "turned":
        _store(tensor, np.ascontiguousarray(value.T))
    else:
        _store(tensor, value.ravel() if kind == "flat" else value[np.newaxis])
    return f"dims of {shown(tensor.name)}: {shown(list(tensor.dims))}"


def cast(model: ModelProto, rng: Random) -> str:
    """A constant's type, its numbers with it or not."""
    tensor, value = _constant(model, rng)
    if tensor is None:
        return ""
    if rng.random() < 0.3:
        tensor.data_type = rng.choice((0, *TensorProto.DataType.values(), 99))
    else:
        with np.errstate(all="ignore"):
            _store(tensor, value.astype(rng.choice(DTYPES)))
    return f"type of {shown(tensor.name)}: {tensor.data_type}"


def data(model: ModelProto, rng: Random) -> str:
    """A constant's bytes, or where they are."""
    tensor, _ = _constant(model, rng)
    if tensor is None:
        return ""
    kind = rng.choice(("short", "long", "both", "elsewhere", "gone"))
    if kind == "short":
        tensor.raw_data = tensor.raw_data[: len(tensor.raw_data) // 2]
    elif kind == "long":
        tensor.raw_data += b"\x01"
    elif kind == "both":
        tensor.float_data.append(1.0)
    elif kind == "elsewhere":
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=rng.choice(NAMES))
    else:
        model.graph.initializer.remove(tensor)
    return f"data of {shown(tensor.name)}: {kind}"


def stated_shape(model: ModelProto, rng: Random) -> str:
    """What the file says of an input, an output or a tensor between."""
    stated = _stated(model, rng)
    if stated is None:
        return ""
    shape = stated.type.tensor_type.shape.dim
    kind = rng.random()
    if shape and kind < 0.6:
        place = rng.choice(shape)
        place.Clear()
        if rng.random() < 0.8:
            place.dim_value = integer(rng)
        elif rng.random() < 0.7:
            place.dim_param = rng.choice(NAMES)
    elif shape and kind < 0.75:
        del shape[rng.randrange(len(shape))]
    elif kind < 0.9:
        shape.add().dim_value = integer(rng)
    else:
        stated.type.tensor_type.ClearField("shape")
    return f"shape of {shown(stated.name)}: {shown([d.dim_value for d in shape])}"


def stated_type(model: ModelProto, rng: Random) -> str:
    stated = _stated(model, rng)
    if stated is None:
        return ""
    code = rng.choice((0, *TensorProto.DataType.values(), 99))
    if rng.random() < 0.1:
        stated.type.sequence_type.elem_type.tensor_type.elem_type = code
    else:
        stated.type.tensor_type.elem_type = code
    return f"type of {shown(stated.name)}: {code}"


def rename(model: ModelProto, rng: Random) -> str:
    """A tensor, wherever it stands or in one place only."""
    graph = model.graph
    made = sorted({name for node in graph.node for name in (*node.input, *node.output)})
    if not made:
        return ""
    old, new = rng.choice(made), rng.choice((*NAMES, rng.choice(made)))
    for node in graph.node:
        for side in (node.input, node.output):
            for place, name in enumerate(side):
                if name == old:
                    side[place] = new
    if rng.random() < 0.8:
        for tensor in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
            tensor.name = new if tensor.name == old else tensor.name
    return f"{shown(old)} is called {shown(new)}"


def _constant(model: ModelProto, rng: Random) -> tuple[TensorProto | None, np.ndarray[Any, Any]]:
    """A constant that is one."""
    tensors = [*model.graph.initializer]
    tensors += [a.t for n in model.graph.node for a in n.attribute if a.HasField("t")]
    rng.shuffle(tensors)
    for tensor in tensors:
        try:
            value = numpy_helper.to_array(tensor)
        except Exception:  # spoilt already
            continue
        if value.dtype.kind in "biuf":
            return tensor, value
    return None, np.zeros(0)


def _store(tensor: TensorProto, value: np.ndarray[Any, Any]) -> None:
    tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))


def _stated(model: ModelProto, rng: Random) -> ValueInfoProto | None:
    graph = model.graph
    sides = [side for side in (graph.input, graph.output, graph.value_info) if side]
    return rng.choice(rng.choice(sides)) if sides else None


MUTATIONS: tuple[Mutation, ...] = (
    *(numbers, numbers, numbers, numbers, dims, dims, cast, data),
    *(stated_shape, stated_shape, stated_type, rename),
)
