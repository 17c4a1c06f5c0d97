# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Each pass on small graphs: what it makes, and that results stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.branched import doubled, two_in_turn
from tests.layer_ops import op_of, thresholds_of
from tests.small_graphs import chain, conv, dense, quantize, window

from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.spec import SpecError, check
from xnorflow.ir.text import text_of
from xnorflow.ir.types import BIPOLAR, ValueType
from xnorflow.passes import pipeline
from xnorflow.passes.clear_dead_neurons import CLEAR_DEAD_NEURONS
from xnorflow.passes.drop_identities import DROP_IDENTITIES
from xnorflow.passes.insert_forks import INSERT_FORKS
from xnorflow.passes.pass_type import Pass
from xnorflow.passes.pipeline import PIPELINE, run_passes
from xnorflow.passes.raise_quantisers import RAISE_QUANTISERS
from xnorflow.simulate.golden import run_graph

UINT2 = ValueType(2)


def unchanged(before: Graph, after: Graph) -> None:
    value = before.tensors[before.input].value
    shape = before.tensors[before.input].shape
    x = np.random.default_rng(3).integers(value.low, value.high + 1, (50, *shape)).astype(np.int32)
    np.testing.assert_array_equal(run_graph(before, x), run_graph(after, x))


def test_dead_neurons_lose_their_weights() -> None:
    weights = [[1, 0, 1], [1, 1, 0], [0, 1, 1]]
    before = chain(BIPOLAR, 3, dense(weights, [0, 2, 4]), dense([[1, 0, 1]]))
    after = CLEAR_DEAD_NEURONS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Dense).weights.tolist() == [[0, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert op_of(after.layers[1], Dense).weights.tolist() == [[1, 0, 1]]


def test_dead_neurons_of_integer_inputs() -> None:
    before = chain(UINT2, 2, dense([[1, 0], [1, 1], [0, 1]], [-6, 7, 6]))
    after = CLEAR_DEAD_NEURONS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Dense).weights.tolist() == [[0, 0], [0, 0], [0, 1]]


def test_neurons_dead_at_some_pixels_only_stay() -> None:
    weights = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1]])
    thresholds = np.array([[0, 0, 2], [4, 3, 1], [0, 4, 2]])
    before = chain(BIPOLAR, (2, 2, 3), conv(weights, thresholds, np.array([0, 1, 2, 1])))
    after = CLEAR_DEAD_NEURONS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Dense).weights.tolist() == [[0, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert thresholds_of(after.layers[0]).tolist() == thresholds.tolist()


def test_falling_quantiser_rises() -> None:
    before = chain(UINT2, 3, quantize([[1, 1, 0, 0]]), dense([[1, 0, 1], [0, 0, 1]], [1, 2]))
    after = RAISE_QUANTISERS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Quantize).table.tolist() == [[0, 0, 1, 1]]
    assert op_of(after.layers[1], Dense).weights.tolist() == [[0, 1, 0], [1, 1, 0]]


def test_rows_that_differ_only_in_direction_become_one() -> None:
    table = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0]]
    before = chain(UINT2, 3, quantize(table), dense([[1, 0, 1], [0, 0, 1]]))
    after = RAISE_QUANTISERS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Quantize).table.tolist() == [[0, 0, 1, 1]]
    assert op_of(after.layers[1], Dense).weights.tolist() == [[0, 0, 0], [1, 0, 0]]


def test_quantiser_at_the_output_stays() -> None:
    before = chain(UINT2, 3, quantize([[1, 1, 0, 0]]))
    after = RAISE_QUANTISERS.function(before)
    assert op_of(after.layers[0], Quantize).table.tolist() == [[1, 1, 0, 0]]


def through_window(table: list[list[int]], pads: tuple[int, int, int, int], fill: int) -> Graph:
    """A quantiser of 3 x 2 pixels of two channels, read by kernels of 2 x 1."""
    weights = [[1, 0, 1, 1], [0, 0, 1, 0]]
    return chain(
        UINT2,
        (3, 2, 2),
        quantize(table),
        window(Sweep((2, 1), pads=pads), fill, BIPOLAR),
        conv(np.array(weights), np.array([2, 3]), None),
    )


def test_falling_quantiser_rises_through_a_window_and_its_fill() -> None:
    before = through_window([[1, 1, 0, 0]], (1, 0, 0, 0), fill=0)
    after = RAISE_QUANTISERS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Quantize).table.tolist() == [[0, 0, 1, 1]]
    assert op_of(after.layers[1], Window).sweep == Sweep((2, 1), pads=(1, 0, 0, 0))
    assert op_of(after.layers[1], Window).fill == 1
    assert op_of(after.layers[2], Dense).weights.tolist() == [[0, 1, 0, 0], [1, 1, 0, 1]]


MIXED = [[1, 1, 0, 0], [0, 0, 1, 1]] * 6


def test_channels_that_rise_and_fall_in_front_of_a_window_with_pads_stay() -> None:
    before = through_window(MIXED, (1, 0, 0, 0), fill=0)
    after = RAISE_QUANTISERS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Quantize).table.tolist() == MIXED
    assert op_of(after.layers[1], Window).fill == 0
    assert op_of(after.layers[2], Dense).weights.tolist() == [[1, 0, 1, 1], [0, 0, 1, 0]]


def test_channels_that_rise_and_fall_in_front_of_a_window_without_pads_rise() -> None:
    before = through_window(MIXED, (0, 0, 0, 0), fill=0)
    after = RAISE_QUANTISERS.function(before)
    unchanged(before, after)
    assert op_of(after.layers[0], Quantize).table.tolist() == [[0, 0, 1, 1]]
    assert op_of(after.layers[1], Window).fill == 0
    assert op_of(after.layers[2], Dense).weights.tolist() == [[0, 0, 0, 1], [1, 0, 0, 0]]


def test_identity_goes() -> None:
    before = chain(BIPOLAR, 3, quantize([[0, 1]]), dense([[1, 0, 1]]))
    after = DROP_IDENTITIES.function(before)
    unchanged(before, after)
    assert [layer.name for layer in after.layers] == ["layer1"]
    assert after.layers[0].inputs == ("input",)
    assert list(after.tensors) == ["input", "t1"]


def test_identity_of_integers_goes_and_others_stay() -> None:
    same = chain(UINT2, 3, quantize([[0, 1, 2, 3]], UINT2), dense([[1, 0, 1]]))
    assert len(DROP_IDENTITIES.function(same).layers) == 1
    other = chain(UINT2, 3, quantize([[0, 1, 3, 2]], UINT2), dense([[1, 0, 1]]))
    assert len(DROP_IDENTITIES.function(other).layers) == 2


def test_the_last_layer_is_never_dropped() -> None:
    before = chain(BIPOLAR, 3, quantize([[0, 1]]))
    assert DROP_IDENTITIES.function(before) is before


def test_an_inverter_disappears() -> None:
    before = chain(BIPOLAR, 3, quantize([[1, 0]]), dense([[1, 0, 1]]))
    after = run_passes(before)
    unchanged(before, after)
    assert [type(layer.op) for layer in after.layers] == [Dense]
    assert op_of(after.layers[0], Dense).weights.tolist() == [[0, 1, 0]]


def shared() -> Graph:
    """The residual network without its forks: two tensors that are read twice."""
    graph = two_in_turn().graph()
    gone = {layer.output: layer.inputs[0] for layer in graph.layers if isinstance(layer.op, Fork)}
    layers = tuple(
        replace(layer, inputs=tuple(gone.get(name, name) for name in layer.inputs))
        for layer in graph.layers
        if layer.output not in gone
    )
    tensors = {name: kind for name, kind in graph.tensors.items() if name not in gone}
    return replace(graph, layers=layers, tensors=tensors)


def test_tensors_that_are_read_twice_get_forks() -> None:
    before = shared()
    check(before)
    assert len(list(INSERT_FORKS.faults(before))) == 2
    after = run_passes(before)
    unchanged(before, after)
    assert list(INSERT_FORKS.faults(after)) == []
    assert [layer.name for layer in after.layers if isinstance(layer.op, Fork)] == [
        "fork0",
        "fork1",
    ]
    assert [type(layer.op) for layer in after.layers] == [
        type(layer.op) for layer in two_in_turn().graph().layers
    ]
    first, then = after.layers[:2]
    assert (first.inputs, first.output) == (("x",), "copies0")
    assert then.inputs == ("copies0",)
    assert INSERT_FORKS.function(after) is after
    assert "fork0 = Fork(x): int4[4x4x2] -> copies0: int4[4x4x2]\n  copies 2\n" in text_of(after)


def test_a_tensor_that_a_layer_reads_twice_gets_a_fork_with_a_name_of_its_own() -> None:
    graph = doubled().graph()
    (fork, total) = graph.layers
    alone = replace(total, name="fork0", inputs=("x", "x"))
    tensors = {name: kind for name, kind in graph.tensors.items() if name != fork.output}
    before = replace(graph, layers=(alone,), tensors=tensors)
    after = INSERT_FORKS.function(before)
    unchanged(before, after)
    assert [layer.name for layer in after.layers] == ["fork1", "fork0"]
    assert after.layers[1].inputs == ("copies0", "copies0")


def test_a_graph_without_branches_stays_the_same() -> None:
    before = chain(UINT2, 3, quantize([[0, 1, 1, 1]]), dense([[1, 0, 1]]))
    assert INSERT_FORKS.function(before) is before


def test_what_must_hold_behind_a_pass_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = replace(INSERT_FORKS, function=lambda graph: graph)
    monkeypatch.setattr(pipeline, "PIPELINE", (nothing,))
    with pytest.raises(SpecError, match="after insert-forks: tensor x must have one reader, or a"):
        run_passes(shared())


def test_every_step_is_dumped_as_text() -> None:
    before = chain(BIPOLAR, 3, quantize([[1, 0]]), dense([[1, 0, 1]]))
    steps: dict[str, str] = {}
    run_passes(before, steps.__setitem__)
    names = ["frontend", *(step.name for step in PIPELINE)]
    assert list(steps) == [f"{number}-{name}.txt" for number, name in enumerate(names)]
    texts = list(steps.values())
    assert "layer0 = Quantize(input): bipolar[3] -> t0: bipolar[3]" in texts[0]
    assert "table int32[1x2] {1, 0}" in texts[0]
    assert "layer1 = Dense(input): bipolar[3] -> t1: int3[1]" in texts[-1]
    assert texts[0] != texts[-1]


def test_passes_repeat_without_effect() -> None:
    before = chain(BIPOLAR, 3, quantize([[1, 0]]), dense([[1, 0, 1]] * 2, [0, 2]), dense([[1, 0]]))
    once: dict[str, str] = {}
    twice: dict[str, str] = {}
    run_passes(run_passes(before, once.__setitem__), twice.__setitem__)
    assert list(once.values())[-1] == list(twice.values())[-1]


def test_a_pass_that_breaks_the_graph_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(graph: Graph) -> Graph:
        table = np.full((1, 2), 7, dtype=np.int32)
        first = replace(graph.layers[0], op=Quantize(table))
        return replace(graph, layers=(first, *graph.layers[1:]))

    monkeypatch.setattr(pipeline, "PIPELINE", (Pass("spoil", "breaks things", spoil),))
    before = chain(BIPOLAR, 3, quantize([[1, 0]]), dense([[1, 0, 1]]))
    with pytest.raises(SpecError, match="layer layer0: table must hold integers from 0 to 1"):
        run_passes(before)


def test_every_pass_says_what_it_does() -> None:
    for step in PIPELINE:
        assert step.name
        assert step.summary
        assert step.name == step.name.lower()
