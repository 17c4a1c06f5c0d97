# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Versions, annotations, inputs and outputs of the model as a whole."""

from __future__ import annotations

from random import Random

from onnx import ModelProto, ValueInfoProto
from tests.fuzz.mutations import Mutation
from tests.fuzz.mutations.extremes import DATATYPES, NAMES, integer, shown
from tests.fuzz.mutations.nodes import DOMAINS


def opset(model: ModelProto, rng: Random) -> str:
    """Another version, mostly one that exists."""
    if not model.opset_import or rng.random() < 0.2:
        model.opset_import.add(domain=rng.choice(DOMAINS), version=integer(rng))
    elif rng.random() < 0.1:
        del model.opset_import[rng.randrange(len(model.opset_import))]
    else:
        version = rng.randint(1, 24) if rng.random() < 0.8 else integer(rng)
        rng.choice(model.opset_import).version = version
    return f"opsets {[(o.domain, o.version) for o in model.opset_import]}"


def ir_version(model: ModelProto, rng: Random) -> str:
    model.ir_version = integer(rng)
    return f"ir_version {model.ir_version}"


def annotation(model: ModelProto, rng: Random) -> str:
    """What qonnx's data types are said to be; the input's as a rule."""
    graph = model.graph
    notes = graph.quantization_annotation
    if notes and rng.random() < 0.2:
        del notes[rng.randrange(len(notes))]
        return "drop an annotation"
    entries = [tensor.name for tensor in graph.input] * 4
    name = rng.choice((*entries, *(name for node in graph.node for name in node.output), "nowhere"))
    value = rng.choice((*DATATYPES, *DATATYPES, *NAMES))
    if notes and rng.random() < 0.4:
        note = rng.choice(notes)
        del note.quant_parameter_tensor_names[:]
    else:
        note = notes.add(tensor_name=name)
    note.quant_parameter_tensor_names.add(key="finn_datatype", value=value)
    return f"annotate {shown(note.tensor_name)}: {shown(value)}"


def ends(model: ModelProto, rng: Random) -> str:
    """Inputs and outputs taken away, doubled, or others."""
    graph = model.graph
    side = graph.input if rng.random() < 0.4 else graph.output
    kind = rng.choice(("drop", "double", "other", "constant"))
    if kind == "drop" and side:
        del side[rng.randrange(len(side))]
    elif kind == "double" and side:
        copy = ValueInfoProto()
        copy.CopyFrom(rng.choice(side))
        side.append(copy)
    elif kind == "constant" and graph.initializer:
        side.add().name = rng.choice(graph.initializer).name
    else:
        names = [name for node in graph.node for name in (*node.input, *node.output)]
        added = side.add()
        added.name = rng.choice((*names, "nowhere"))
        added.type.tensor_type.elem_type = 1
    return f"{kind} at the ends: {shown([t.name for t in side])}"


MUTATIONS: tuple[Mutation, ...] = (opset, opset, annotation, annotation, ends, ir_version)
