# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Attributes changed, taken away, put in, and of another type."""

from __future__ import annotations

from random import Random

from onnx import AttributeProto, ModelProto, NodeProto, defs, helper
from tests.fuzz.mutations import Mutation
from tests.fuzz.mutations.extremes import WORDS, integer, real, shown

OFTEN = (
    *("axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group", "auto_pad"),
    *("ceil_mode", "keepdims", "largest", "sorted", "k", "alpha", "beta", "transA", "transB"),
    *("epsilon", "momentum", "training_mode", "to", "mode", "value", "min", "max", "allowzero"),
    *("out_dtype", "out_scale", "out_bias", "data_layout", "signed", "narrow", "rounding_mode"),
    *("select_last_index", "count_include_pad", "storage_order", "spatial", "domain", "consumed"),
)


def change(model: ModelProto, rng: Random) -> str:
    """Another value of the same type."""
    found = _some(model, rng)
    if found is None:
        return ""
    node, attribute = found
    if attribute.type == AttributeProto.INT:
        attribute.i = integer(rng)
    elif attribute.type == AttributeProto.FLOAT:
        attribute.f = real(rng)
    elif attribute.type == AttributeProto.STRING:
        attribute.s = rng.choice((rng.choice(WORDS).encode(), rng.randbytes(6)))
    elif attribute.type == AttributeProto.INTS:
        _change_list(attribute, rng)
    elif attribute.type == AttributeProto.TENSOR:
        attribute.t.dims.append(integer(rng))
    else:
        return ""
    return f"change {_called(node, attribute)}"


def remove(model: ModelProto, rng: Random) -> str:
    found = _some(model, rng)
    if found is None:
        return ""
    node, attribute = found
    text = f"remove {_called(node, attribute)}"
    node.attribute.remove(attribute)
    return text


def add(model: ModelProto, rng: Random) -> str:
    """One that the operator has, or has not, with any value."""
    node = rng.choice(model.graph.node)
    known: list[str] = []
    if defs.has(node.op_type):
        known = sorted(defs.get_schema(node.op_type).attributes)
    attribute = helper.make_attribute(rng.choice((*known, *known, *OFTEN)), _any(rng))
    node.attribute.append(attribute)
    return f"add {_called(node, attribute)}"


def retype(model: ModelProto, rng: Random) -> str:
    """A value of any type."""
    found = _some(model, rng)
    if found is None:
        return ""
    node, attribute = found
    if rng.random() < 0.3:
        attribute.type = rng.choice(list(AttributeProto.AttributeType.values()))
    else:
        attribute.CopyFrom(helper.make_attribute(attribute.name, _any(rng)))
    return f"retype {_called(node, attribute)}"


def _change_list(attribute: AttributeProto, rng: Random) -> None:
    values = attribute.ints
    kind = rng.random()
    if values and kind < 0.6:
        values[rng.randrange(len(values))] = integer(rng)
    elif values and kind < 0.75:
        del values[rng.randrange(len(values))]
    elif kind < 0.9:
        values.append(integer(rng))
    else:
        shuffled = rng.sample(list(values), len(values))
        del values[:]
        values.extend(shuffled)


def _any(rng: Random) -> int | float | str | list[int]:
    several = [integer(rng) for _ in range(rng.randint(1, 5))]
    return rng.choice((integer(rng), integer(rng), real(rng), rng.choice(WORDS), several))


def _some(model: ModelProto, rng: Random) -> tuple[NodeProto, AttributeProto] | None:
    nodes = [node for node in model.graph.node if node.attribute]
    if not nodes:
        return None
    node = rng.choice(nodes)
    return node, rng.choice(node.attribute)


def _called(node: NodeProto, attribute: AttributeProto) -> str:
    value = str(attribute).partition("\n")[2].split()
    return f"{shown(attribute.name)} of {shown(node.op_type)}: {' '.join(value)[:80]}"


MUTATIONS: tuple[Mutation, ...] = (change, change, change, remove, add, retype)
