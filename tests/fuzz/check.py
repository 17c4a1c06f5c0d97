# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold for any network: one answer from qonnx's executor, integers, and hardware."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tests.fuzz.build import Built, build
from tests.fuzz.folding import design_of
from tests.fuzz.network import Case

from xnorflow.backends.rtl import generate
from xnorflow.frontend.load import load_model
from xnorflow.host.frames import to_frames
from xnorflow.host.meaning import from_raw
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec, InputType
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate import golden
from xnorflow.simulate.rtl import simulate

RTL_FRAMES = 20


def load(built: Built) -> Graph:
    """The network as the front-end leaves it.

    Raises:
        XnorflowError: it is refused.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        path.write_bytes(built.model().SerializeToString())
        return load_model(path, spec(built))


def spec(built: Built) -> InputSpec:
    """All about the input: whatever its first quantiser makes of it is meant."""
    entry = built.network.input
    return InputSpec(InputType.named(entry.dtype or "uint8"), entry.scale)


def check_golden(case: Case) -> Graph:
    """Integers before and after all passes give what the executor gives; the latter's graph."""
    built = build(case.network)
    wanted = built.reference()
    loaded = load(built)
    passed = run_passes(loaded)
    for graph in (loaded, passed):
        frames = to_frames(graph.host_input, graph.tensors[graph.input], built.x)
        output, label = from_raw(graph.host_output, golden.run_graph(graph, frames))
        assert output.dtype == wanted.dtype
        assert output.shape == wanted.shape
        np.testing.assert_array_equal(output, wanted)
        assert label.shape == (len(built.x),)
    return passed


def check_rtl(case: Case) -> None:
    """Hardware gives what the integers give, with stalls too, in exactly the cycles estimated."""
    built = build(case.network, RTL_FRAMES)
    graph = run_passes(load(built))
    frames = to_frames(graph.host_input, graph.tensors[graph.input], built.x)
    wanted = golden.run_graph(graph, frames)
    design = design_of(case, graph)
    bundle = generate(design)
    found = simulate(design, bundle, frames)
    stalled = simulate(design, bundle, frames, stall_seed=case.stall_seed)
    np.testing.assert_array_equal(found.raw, wanted)
    np.testing.assert_array_equal(stalled.raw, wanted, err_msg="with stalls")
    assert found.interval_cycles == design.interval_cycles
    assert found.latency_cycles == design.latency_cycles
    assert found.cycles_total == design.netlist.dataflow.run(len(frames)).ends[-1] + 1
