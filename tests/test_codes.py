# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What stored integers stand for: in types, ranges, the golden engine, text, and front-end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from tests.designs import Maker
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs
from tests.small_graphs import chain, conv, dense, pool, quantize, window

from xnorflow.design.store import load, save
from xnorflow.frontend.load import load_model
from xnorflow.hardware.catalog import kernels_for
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import input_spec
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ranges import dot_range, threshold_range
from xnorflow.ir.spec import check
from xnorflow.ir.text import text_of
from xnorflow.ir.types import BIPOLAR, Code, TensorType, ValueType, Worth
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph, run_layers

UINT1 = ValueType(1)

# type, its text, all numbers that its integers stand for, all sums of 2 of them, thresholds
TYPES = [
    (BIPOLAR, "bipolar", [-1, 1], range(-2, 3, 2), range(4)),
    (UINT1, "uint1", [0, 1], range(-2, 3), range(-2, 4)),
    (ValueType(1, signed=True), "int1", [-1, 0], range(-2, 3), range(-2, 4)),
    (ValueType(2), "uint2", [0, 1, 2, 3], range(-6, 7), range(-6, 8)),
    (ValueType(2, signed=True), "int2", [-2, -1, 0, 1], range(-4, 5), range(-4, 6)),
    (ValueType(2, code=Code(2, -3)), "uint2 as 2v-3", [-3, -1, 1, 3], range(-6, 7, 2), None),
    (ValueType(1, code=Code(3, 1)), "uint1 as 3v+1", [1, 4], range(-8, 9), None),
]


@pytest.mark.parametrize(("value", "text", "numbers", "sums", "limits"), TYPES)
def test_types(
    value: ValueType, text: str, numbers: list[int], sums: range, limits: range | None
) -> None:
    stored = np.arange(value.low, value.high + 1)
    assert str(value) == text
    assert value.code.of(stored).tolist() == numbers
    assert value.largest == max(map(abs, numbers))
    assert dot_range(2, value) == sums
    signed = [*numbers, *(-number for number in numbers)]
    assert {a + b for a, b in product(signed, repeat=2)} <= {*sums}
    assert {sums[0], sums[-1]} <= {a + b for a, b in product(signed, repeat=2)}
    if limits is not None:
        assert threshold_range(2, value) == limits


def test_bits_of_different_codes_are_different_types() -> None:
    assert UINT1 != BIPOLAR
    assert (BIPOLAR.is_bit, BIPOLAR.is_bipolar, BIPOLAR.is_plain) == (True, True, False)
    assert (UINT1.is_bit, UINT1.is_bipolar, UINT1.is_plain) == (True, False, True)
    assert BIPOLAR.plain == UINT1
    assert not ValueType(1, signed=True).is_bit


@pytest.mark.parametrize("value", [BIPOLAR, UINT1])
def test_products_are_of_what_bits_stand_for(value: ValueType) -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(0, 2, (6, 77))
    x = rng.integers(0, 2, (40, 77)).astype(np.int32)
    numbers = np.where(x == 1, 1, -1 if value == BIPOLAR else 0)
    sums = numbers @ np.where(weights == 1, 1, -1).T
    graph = chain(value, 77, dense(weights))
    check(graph)
    np.testing.assert_array_equal(run_graph(graph, x), sums)
    cuts = np.array([-90, -9, -1, 1, 4, 90])
    popcounts = np.clip((cuts + 77 + 1) // 2, 0, 78)  # the least that gives as much as the cut
    limits = popcounts if value == BIPOLAR else np.clip(cuts, -77, 78)
    graph = chain(value, 77, dense(weights, limits))
    check(graph)
    np.testing.assert_array_equal(run_graph(graph, x), sums >= cuts)


def test_each_code_has_its_kernel() -> None:
    def names(value: ValueType, *steps: object) -> list[str]:
        return [kernel.name for kernel in kernels_for(chain(value, (2, 2, 3), *steps).layers[0])]  # type: ignore[arg-type]

    weights, limits = np.ones((2, 3)), np.ones(2)
    assert names(BIPOLAR, conv(weights, limits, None)) == ["xnor_mvu"]
    assert names(UINT1, conv(weights, limits, None)) == ["int_mvu"]
    for value in (BIPOLAR, UINT1):
        assert names(value, pool(Sweep((2, 2)), value)) == ["maxpool"]
        assert "sliding_window" in names(value, window(Sweep((2, 2)), 0, value))


def test_a_bit_may_be_read_as_0_and_1_behind_thresholds() -> None:
    """Bits of a product, taken as 0 and 1 by the next: quantisers and products make either."""
    graph = chain(
        BIPOLAR,
        2,
        dense([[1, 1], [0, 1]], [1, 1]),
        quantize([[0, 1]], UINT1),
        dense([[1, 0]]),
    )
    check(graph)
    x = np.array(list(product((0, 1), repeat=2)), dtype=np.int32)
    numbers = 2 * x - 1
    bits = np.stack([numbers.sum(axis=1) >= 0, numbers[:, 1] - numbers[:, 0] >= 0], axis=1)
    wanted = bits[:, :1].astype(int) - bits[:, 1:]
    np.testing.assert_array_equal(run_graph(graph, x), wanted)
    passed = run_passes(graph)
    assert len(passed.layers) == 3  # what the input's bits stand for can be said anew, no other's
    np.testing.assert_array_equal(run_graph(passed, x), wanted)


def test_designs_keep_codes_and_worths(tmp_path: Path) -> None:
    maker = Maker(6, ValueType(4)).quantize("quantize0", (1, 1))
    maker.tensors["quantize0_out"] = TensorType((6,), UINT1, Worth(0.1, -0.25, mixed=True))
    (layer,) = maker.layers
    maker.layers[0] = layer.__class__(
        layer.name, layer.op, layer.inputs, layer.output, layer.in_types, maker.tensors[maker.last]
    )
    design = maker.dense("dense0", 4, (2, 3)).dense("dense1", 2, (1, 2), raw=True).build()
    save(design, tmp_path)
    found = load(tmp_path)
    assert found.graph.tensors == design.graph.tensors
    assert text_of(found.graph) == text_of(design.graph)
    assert [stage.kernel_name for stage in found.stages] == ["threshold", "int_mvu", "xnor_mvu"]


LEVELS: dict[str, tuple[Callable[[Net], object], tuple[float, float]]] = {
    "-1 and 1": (lambda net: net.bipolar(), (-1.0, 1.0)),
    "0 and 1": (lambda net: net.add("MultiThreshold", [[0.0]], out_dtype="BINARY"), (0.0, 1.0)),
    "0 and 0.25": (
        lambda net: (net.add("MultiThreshold", [[0.0]], out_dtype="BINARY"), net.add("Mul", 0.25)),
        (0.0, 0.25),
    ),
    "-0.5 and 2": (
        lambda net: net.add(
            "MultiThreshold", [[0.0]], out_dtype="INT8", out_scale=2.5, out_bias=-0.5
        ),
        (-0.5, 2.0),
    ),
}


@pytest.mark.parametrize("name", LEVELS)
def test_the_front_end_says_what_bits_are_worth(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(5)
    add, (low, high) = LEVELS[name]
    net = Net((1, 7))
    net.add("Sub", 127.5)
    add(net)
    net.dense(signs(rng, 7, 9))
    net.add("Sub", 0.125)
    add(net)
    net.dense(signs(rng, 9, 4))
    graph = same(net, tmp_path, pixels(7))
    text = text_of(graph)
    assert "Dense(quantize0_out): bipolar[7] -> dense0_out: bipolar[9]" in text
    assert text.count(f"  worth {low:g} and {high:g}\n") == 2
    for tensor in ("quantize0_out", "dense0_out"):
        kind = graph.tensors[tensor]
        assert kind.value == BIPOLAR
        assert worths(kind) == [low, high]


def test_integers_of_the_input_are_worth_their_steps(tmp_path: Path) -> None:
    net = Net((1, 5))
    net.add("Quant", 0.125, 0.0, 4.0, signed=1, narrow=0, rounding_mode="ROUND")
    net.dense(signs(np.random.default_rng(1), 5, 3))
    graph = load_model(net.save(tmp_path), input_spec("int8", 0.125))
    assert "quantize0_out: int4[5]\n  worth -1 to 0.875\n" in text_of(graph)


def test_pools_and_windows_keep_what_bits_are_worth(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    net = Net((1, 2, 6, 6))
    net.add("Sub", 127.5)
    LEVELS["0 and 1"][0](net)
    net.conv(signs(rng, 3, 2, 2, 2))
    net.add("Mul", np.array([[[1.0]], [[-1.0]], [[1.0]]]))
    LEVELS["0 and 1"][0](net)
    net.add("MaxPool", kernel_shape=[2, 2], strides=[1, 1])
    net.conv(signs(rng, 4, 3, 2, 2))
    graph = same(net, tmp_path, pixels(2, 6, 6))
    assert {name: tensor.meaning for name, tensor in graph.tensors.items()} == {
        "input": "",
        "quantize0_out": "0 and 1",
        "window0_out": "0 and 1",
        "conv0_out": "0 and 1",
        "pool0_out": "0 and 1",
        "window1_out": "0 and 1",
        "conv1_out": "",
    }


def test_bits_stored_inverted_are_told(tmp_path: Path) -> None:
    """A channel that falls in front of a pool of the smallest is stored inverted."""
    rng = np.random.default_rng(2)
    net = Net((1, 2, 5, 5))
    net.add("Sub", 127.5)
    net.bipolar()
    net.conv(signs(rng, 3, 2, 2, 2))
    net.add("MaxPool", kernel_shape=[2, 2], strides=[1, 1])
    net.add("Mul", np.array([[[1.0]], [[-1.0]], [[1.0]]]))
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(rng, 27, 4))
    graph = same(net, tmp_path, pixels(2, 5, 5))
    assert graph.tensors["conv0_out"].meaning == "-1 and 1, some inverted"
    assert graph.tensors["pool0_out"].meaning == "-1 and 1, some inverted"


def test_an_inverted_quantiser_says_so(tmp_path: Path) -> None:
    def passed(*factors: float) -> Graph:
        net = Net((1, 2))
        net.add("Sub", 127.5)
        net.add("Mul", [*factors])
        net.bipolar()
        net.dense(signs(np.random.default_rng(4), 2, 3))
        graph = run_passes(load_model(net.save(tmp_path)))
        check(graph)
        return graph

    assert passed(-1.0, -1.0).tensors["quantize0_out"].meaning == "1 and -1"
    assert passed(1.0, -1.0).tensors["quantize0_out"].meaning == "-1 and 1, some inverted"
    assert passed(1.0, 1.0).tensors["quantize0_out"].meaning == "-1 and 1"


@pytest.mark.parametrize(("name", "low"), [("bipolar", -1), ("binary", 0)])
def test_bits_that_enter_are_read_by_the_first_product(tmp_path: Path, name: str, low: int) -> None:
    """No quantiser is left that would only say anew what the bits stand for."""
    net = Net((1, 6))
    net.dense(signs(np.random.default_rng(4), 6, 3))
    graph = load_model(net.save(tmp_path), input_spec(name))
    assert graph.tensors["input"].value == (BIPOLAR if name == "bipolar" else UINT1)
    after = run_passes(graph)
    assert [layer.name for layer in after.layers] == ["dense0"]
    assert after.tensors["input"].value == BIPOLAR
    assert worths(after.tensors["input"]) == [low, 1]
    assert after.input_type == graph.input_type == input_spec(name).type
    assert f"input input: bipolar[6]\n  worth {low} and 1\n" in text_of(after)


def test_worths_are_those_of_the_model(tmp_path: Path) -> None:
    """The numbers of the IR beside the tensors that the model's own nodes make."""
    rng = np.random.default_rng(6)
    net = Net((1, 7))
    net.add("Sub", 127.5)
    LEVELS["-0.5 and 2"][0](net)
    net.dense(weights := signs(rng, 7, 9))
    net.add("Sub", 0.125)
    LEVELS["0 and 0.25"][0](net)
    net.dense(signs(rng, 9, 4))
    graph = load_model(net.save(tmp_path))
    for frame in pixels(7)[:20].astype(np.int32):
        found = run_layers(graph, frame)
        first = np.where(frame >= 127.5, 2.0, -0.5)
        second = np.where(first @ weights - 0.125 >= 0, 0.25, 0.0)
        for tensor, values in (("quantize0_out", first), ("dense0_out", second)):
            kind = graph.tensors[tensor]
            np.testing.assert_array_equal(np.array(worths(kind))[found[tensor]], values)


def worths(kind: TensorType) -> list[float]:
    """What all stored integers of a tensor are worth, the lowest first."""
    assert kind.worth is not None
    assert not kind.worth.mixed
    stored = range(kind.value.low, kind.value.high + 1)
    numbers = [kind.value.code.step * v + kind.value.code.offset for v in stored]
    return [kind.worth.scale * number + kind.worth.zero for number in numbers]
