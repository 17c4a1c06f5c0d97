# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the executor's float32 sums, not xnorflow, make a frame's answer another one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.qonnx_net import Array

from xnorflow.accelerator import Accelerator
from xnorflow.frontend.load import load_reference
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.reference import Reference
from xnorflow.host.frames import to_frames
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.types import Ints
from xnorflow.simulate.golden import run_layers

NEAR = 1e-5
"""Of the largest sum: how far from the exact one float32 may be, whatever the order."""


def by_rounding(model: Path, built: Accelerator, x: Array, values: Array) -> bool:
    """Whether in each frame inexact sums, all near the exact ones, decide.

    Args:
        model: the file.
        built: what it was compiled to.
        x: frames whose answers differ.
        values: what the graph gets for them.
    """
    graph = built.design.graph
    given = InputSpec(graph.input_type, graph.host_input.scale)
    reference = load_reference(model, graph.model, given)
    stored = to_frames(graph.host_input, graph.tensors[graph.input], x)
    return all(_decided(reference, *frame) for frame in zip(stored, values, strict=True))


def _decided(reference: Reference, stored: Ints, values: Array) -> bool:
    """Walk down to where both part first."""
    layers = {layer.name: layer for layer in reference.graph.layers}
    integers = run_layers(reference.graph, stored)
    tensors = reference.run(values)
    *inner, end = reference.taps
    for tap in inner:
        differs = tap.differs(integers[layers[tap.made].output], tensors[tap.tensor])
        read = integers[layers[tap.layer].inputs[0]]
        if differs.any():
            return tap.product is not None and _rounds(tap, read, tensors[tap.sums])
        if tap.product is not None:
            _check_near(tap.exact_sums(read), tap.model_sums(tensors[tap.sums]))
    return _rounds(end, integers[layers[end.layer].inputs[0]], tensors[end.sums])


def _rounds(tap: Tap, read: Ints, sums: Array) -> bool:
    """Whether rounded sums end otherwise than the exact ones."""
    exact, model = tap.exact_sums(read), tap.model_sums(sums)
    _check_near(exact, model)
    return not tap.digits.is_exact and bool(tap.deciding(exact, model).size)


def _check_near(exact: Array, model: Array) -> None:
    slack = NEAR * float(np.abs(model).max())
    np.testing.assert_allclose(model, exact, rtol=0, atol=slack, err_msg="sums are not the model's")
