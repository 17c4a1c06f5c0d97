# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes dropped, doubled, swapped, put in, rewired, and taken for other operators."""

from __future__ import annotations

from random import Random
from typing import Any

from onnx import ModelProto, NodeProto, TensorProto, defs, helper
from tests.fuzz.mutations import Mutation
from tests.fuzz.mutations.extremes import INTS, NAMES, real, shown

CUSTOM = (
    "Quant",
    "IntQuant",
    "BipolarQuant",
    "MultiThreshold",
    "Trunc",
    "QuantAvgPool2d",
    "Im2Col",
)
DOMAINS = (
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "qonnx.custom_op.general",
    "qonnx.custom_op.channels_last",
    "onnx.brevitas",
    "finn",
    "antigravity",
    "os.path",
)
UNARY = (
    *("Neg", "Abs", "Relu", "Sigmoid", "Tanh", "Exp", "Log", "Sqrt", "Reciprocal", "Floor"),
    *("Sign", "Identity", "Softmax", "Not", "Cast", "Dropout", "GlobalMaxPool", "ArgMax"),
    *("GlobalAveragePool", "Flatten", "Shape", "Transpose", "Erf", "Softplus", "Clip"),
)
BINARY = ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Greater", "Equal", "PRelu", "MatMul")
POOLS = ("MaxPool", "AveragePool")
REDUCTIONS = ("ReduceMax", "ReduceMean")
ALONG = (*POOLS, *REDUCTIONS, "Softmax", "Flatten", "ArgMax", "Concat", "Split", "Transpose", "Pad")
AXES = (-5, -1, 0, 1, 2, 2, 3, 4, 7)
OPERATORS = tuple(sorted({s.name for s in defs.get_all_schemas() if not s.domain}))


def drop(model: ModelProto, rng: Random) -> str:
    nodes = model.graph.node
    if len(nodes) < 2:
        return ""
    place = rng.randrange(len(nodes))
    node = NodeProto()
    node.CopyFrom(nodes[place])
    del nodes[place]
    if node.input and node.output and rng.random() < 0.7:  # else what reads it lacks a source
        _redirect(model, node.output[0], node.input[0])
    return f"drop {_called(node)}"


def double(model: ModelProto, rng: Random) -> str:
    place, copy = _pick(model, rng)
    made = list(copy.output)
    if made and rng.random() < 0.7:  # behind itself, else two sources of one tensor
        copy.name += "_again"
        copy.output[0] = f"{made[0]}_again"
        _redirect(model, made[0], copy.output[0])
        if copy.input:
            copy.input[0] = made[0]
    model.graph.node.insert(place + 1, copy)
    return f"double {_called(copy)}"


def swap(model: ModelProto, rng: Random) -> str:
    """The operators of two nodes, or their places in the list."""
    nodes = model.graph.node
    one, other = rng.choice(nodes), rng.choice(nodes)
    kept = NodeProto()
    kept.CopyFrom(one)
    if rng.random() < 0.7:
        for node, source in ((one, other), (other, kept)):
            attributes = list(source.attribute)
            node.op_type, node.domain = source.op_type, source.domain
            del node.attribute[:]
            node.attribute.extend(attributes)
    else:
        one.CopyFrom(other)
        other.CopyFrom(kept)
    return f"swap {_called(kept)} and {_called(other)}"


def rewire(model: ModelProto, rng: Random) -> str:
    nodes = [node for node in model.graph.node if node.input]
    if not nodes:
        return ""
    node = rng.choice(nodes)
    place, name = rng.randrange(len(node.input)), _tensor(model, rng)
    node.input[place] = name
    return f"input {place} of {_called(node)} becomes {shown(name)}"


def reroute(model: ModelProto, rng: Random) -> str:
    nodes = [node for node in model.graph.node if node.output]
    if not nodes:
        return ""
    node, name = rng.choice(nodes), _tensor(model, rng)
    node.output[rng.randrange(len(node.output))] = name
    return f"an output of {_called(node)} becomes {shown(name)}"


def operands(model: ModelProto, rng: Random) -> str:
    """More of them or fewer."""
    node = rng.choice(model.graph.node)
    side = node.input if rng.random() < 0.8 else node.output
    if side and rng.random() < 0.5:
        del side[rng.randrange(len(side))]
        return f"take an operand from {_called(node)}"
    side.append(_tensor(model, rng))
    return f"give another operand to {_called(node)}"


def retype(model: ModelProto, rng: Random) -> str:
    node = rng.choice(model.graph.node)
    before = _called(node)
    if rng.random() < 0.5:
        node.op_type = rng.choice(UNARY + BINARY)
    else:
        node.op_type = rng.choice((*OPERATORS, *CUSTOM, *NAMES))
    if node.op_type in CUSTOM:
        node.domain = "qonnx.custom_op.general"
    elif rng.random() < 0.8:
        node.domain = ""
    return f"{before} becomes {shown(node.op_type)}"


def redomain(model: ModelProto, rng: Random) -> str:
    node = rng.choice(model.graph.node)
    node.domain = rng.choice(DOMAINS)
    return f"{_called(node)} gets the domain {shown(node.domain)}"


def rename(model: ModelProto, rng: Random) -> str:
    node = rng.choice(model.graph.node)
    before, node.name = _called(node), rng.choice((*NAMES, rng.choice(model.graph.node).name))
    return f"{before} is called {shown(node.name)}"


def put_in(model: ModelProto, rng: Random) -> str:
    """A function of one operand, or of a constant too, behind a tensor."""
    place, behind = _pick(model, rng)
    if not behind.output:
        return ""
    entry = behind.output[0]
    made, inputs = f"{entry}_more{rng.randrange(1000)}", [entry]
    op = rng.choice(UNARY + BINARY)
    attributes: dict[str, Any] = {"to": rng.choice((1, 6, 7, 9, 10, 11))} if op == "Cast" else {}
    if op in BINARY:
        value = real(rng) if rng.random() < 0.7 else float(rng.choice(INTS))
        model.graph.initializer.append(
            helper.make_tensor(f"{made}_c", TensorProto.FLOAT, rng.choice(([], [1])), [value])
        )
        inputs.insert(rng.choice((1, 1, 0)), f"{made}_c")
    _redirect(model, entry, made)
    node = helper.make_node(op, inputs, [made], name=f"more_{op}", **attributes)
    model.graph.node.insert(place + 1, node)
    return f"put {op} behind {_called(behind)}"


def put_in_odd(model: ModelProto, rng: Random) -> str:
    """A node behind a tensor, along axes or with a kernel that mostly cannot be."""
    place, behind = _pick(model, rng)
    if not behind.output:
        return ""
    entry = behind.output[0]
    made, axes = f"{entry}_odd{rng.randrange(1000)}", [rng.choice(AXES) for _ in range(2)]
    op, inputs, attributes = rng.choice(ALONG), [entry], dict[str, Any]()
    if op in POOLS:
        attributes = {"kernel_shape": [rng.choice((1, 2, 3))] * rng.randint(1, 4)}
    elif op in REDUCTIONS and rng.random() < 0.5:
        attributes = {"axes": axes}
    elif op in REDUCTIONS:
        inputs.append(_integers(model, f"{made}_axes", axes))
    elif op == "Pad":
        pads = [rng.choice((0, 1, 2)) for _ in range(rng.choice((2, 4, 4, 8)))]
        inputs += [_integers(model, f"{made}_pads", pads), ""]
        inputs.append(_integers(model, f"{made}_axes", axes))
    elif op == "Transpose":
        attributes = {"perm": rng.sample(range(5), rng.randint(1, 4))}
    else:
        attributes = {"axis": axes[0]}
    _redirect(model, entry, made)
    node = helper.make_node(op, inputs, [made], name=f"odd_{op}", **attributes)
    model.graph.node.insert(place + 1, node)
    return f"put {op} {inputs[1:]} {attributes} behind {_called(behind)}"


def _integers(model: ModelProto, name: str, values: list[int]) -> str:
    tensor = helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
    model.graph.initializer.append(tensor)
    return name


def _pick(model: ModelProto, rng: Random) -> tuple[int, NodeProto]:
    """A node's place and a copy of it."""
    place, copy = rng.randrange(len(model.graph.node)), NodeProto()
    copy.CopyFrom(model.graph.node[place])
    return place, copy


def _redirect(model: ModelProto, old: str, new: str) -> None:
    """Let all that reads or gives a tensor take another."""
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == old:
                node.input[place] = new
    for tensor in model.graph.output:
        if tensor.name == old:
            tensor.name = new


def _tensor(model: ModelProto, rng: Random) -> str:
    graph = model.graph
    made = [name for node in graph.node for name in (*node.input, *node.output)]
    name: str = rng.choice((*made, *(t.name for t in graph.initializer), "", "nowhere"))
    return name


def _called(node: NodeProto) -> str:
    return f"{shown(node.op_type)} {shown(node.name)}"


MUTATIONS: tuple[Mutation, ...] = (
    *(drop, double, swap, rewire, reroute, operands, retype, redomain, rename),
    *(put_in, put_in, put_in, put_in_odd),
)
