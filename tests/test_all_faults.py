# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One run lists everything that is wrong with a model, whatever hides what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from tests.conv_net import RNG, image
from tests.faulty import refused, small
from tests.qonnx_net import Net, signs

WEIGHTS, ACTIVATIONS = "unsupported-weights", "unsupported-activations"


def uneven(*shape: int) -> np.ndarray:
    """Of few levels, which are no multiples of one step."""
    return RNG.choice([-np.pi, -1, 1, np.pi], shape).astype(np.float32)


def reals(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def two_scales(net: Net, name: str, *sides: int) -> None:
    """2 bits of 4 channels that differ in what they are worth."""
    scales = np.reshape(np.sqrt([1, 2, 3, 5]), (1, 4, *sides))
    net.add("Quant", scales, 0.0, 2.0, signed=1, narrow=0, rounding_mode="ROUND", name=name)


def six_faults(odd: Callable[[Net], None]) -> Net:
    """Five faults around what ``odd`` does behind the second layer."""
    net = image(3, 12, 12)
    net.add("Conv", uneven(4, 3, 3, 3), name="weights1")
    two_scales(net, "levels1", 1, 1)
    net.conv(signs(RNG, 4, 4, 3, 3), dilations=[2, 2], name="dilated")
    net.bipolar()
    odd(net)
    net.conv(signs(RNG, 4, 4, 3, 3), name="conv3")
    two_scales(net, "levels3", 1, 1)
    net.add("Flatten")
    net.add("MatMul", reals(64, 5), name="weights4")
    net.add("ArgMax", axis=1, select_last_index=1, name="last")
    net.output_type = TensorProto.INT64
    return net


def unknown_operator(net: Net) -> None:
    net.add("Wavelet", name="odd")
    net.nodes[-1].domain = "somebody.else"


def unsupported_operator(net: Net) -> None:
    net.add("LRN", size=3, name="odd")


def ill_formed_node(net: Net) -> None:
    net.add("Clip", 0.0, 1.0, 2.0, name="odd")


def branch(net: Net) -> None:
    skip = net.last
    net.add("Neg", name="fall")
    net.add("Mul", skip, name="odd")


CODES: dict[Callable[[Net], None], str] = {
    unknown_operator: "unsupported-op",
    unsupported_operator: "unsupported-op",
    ill_formed_node: "model-invalid",
    branch: "unsupported-topology",
}


@pytest.mark.parametrize("odd", CODES, ids=lambda odd: odd.__name__)
def test_all_of_six_faults_are_told(tmp_path: Path, odd: Callable[[Net], None]) -> None:
    faults = refused(six_faults(odd).save(tmp_path))
    told = {(fault.code, name) for fault in faults for name in fault.origin.nodes}
    for expected in (
        (WEIGHTS, "weights1"),
        (ACTIVATIONS, "levels1"),
        ("unsupported-op", "dilated"),
        (CODES[odd], "odd"),
        (ACTIVATIONS, "levels3"),
        (WEIGHTS, "weights4"),
    ):
        assert expected in told
    assert len(faults) == 6


def test_the_choice_is_looked_at_even_so(tmp_path: Path) -> None:
    net = small()
    net.add("MatMul", reals(6, 4))
    net.add("ArgMax", axis=1, select_last_index=1, name="last")
    net.output_type = TensorProto.INT64
    one, two = refused(net.save(tmp_path))
    assert one.code == WEIGHTS
    assert two.origin.nodes == ("last",)


def test_the_input_is_looked_at_even_so(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Sqrt", name="root")
    net.dense(signs(RNG, 6, 4))
    net.add("LRN", size=3, name="odd")
    faults = refused(net.save(tmp_path))
    assert {fault.code for fault in faults} >= {"unquantised-input", "unsupported-op"}


def test_what_stands_behind_a_node_of_unknown_shape_is_left_alone(tmp_path: Path) -> None:
    """Its first operand's shape is taken for its own; where that fails, nothing is made up."""
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Wavelet", name="odd")
    net.nodes[-1].domain = "somebody.else"
    net.dense(signs(RNG, 9, 4), name="other width")
    (fault,) = refused(net.save(tmp_path))
    assert fault.origin.nodes == ("odd",)


def test_operators_are_told_where_nothing_can_be_cleaned(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("LRN", size=3, name="odd")
    model = net.model()
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    assert [fault.code for fault in refused(path)] == ["several-inputs", "unsupported-op"]


def test_weights_of_an_unknown_quantiser_are_left_alone(tmp_path: Path) -> None:
    net = small()
    weights = net.node("Ternary", [net.constant(uneven(6, 4))], name="odd")
    net.nodes[-1].domain = "somebody.else"
    net.add("MatMul", weights, name="product")
    two_scales(net, "levels")
    net.dense(signs(RNG, 4, 3))
    (fault,) = refused(net.save(tmp_path))
    assert fault.origin.nodes == ("odd",)


def test_no_fault_is_told_twice(tmp_path: Path) -> None:
    faults = refused(six_faults(unknown_operator).save(tmp_path))
    assert len(set(faults)) == len(faults)


def softmax_along_no_axis(net: Net) -> None:
    net.add("Softmax", axis=7, name="odd")


def pool_of_three_axes(net: Net) -> None:
    net.add("MaxPool", kernel_shape=[2, 2, 2], name="odd")


def maximum_along_no_axis(net: Net) -> None:
    net.add("ReduceMax", axes=[2, 7], name="odd")


def border_along_no_axis(net: Net) -> None:
    net.opset = 18
    axes = net.constant([2, 7], np.int64)
    net.add("Pad", net.constant([1, 1, 1, 1], np.int64), 1.0, axes, name="odd")


OPEN = [softmax_along_no_axis, pool_of_three_axes, maximum_along_no_axis, border_along_no_axis]


@pytest.mark.parametrize("odd", OPEN, ids=lambda odd: odd.__name__)
@pytest.mark.parametrize("flat", [False, True])
def test_products_of_unknown_shape_are_looked_at_for_their_weights_alone(
    tmp_path: Path, odd: Callable[[Net], None], flat: bool
) -> None:
    net = image(4, 6, 6)
    odd(net)
    if flat:
        net.add("Flatten")
        net.add("MatMul", uneven(144, 4), name="weights")
    else:
        net.add("Conv", uneven(4, 4, 3, 3), name="weights")
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 64, 3))
    faults = refused(net.save(tmp_path))
    assert {fault.origin.nodes for fault in faults} == {("odd",), ("weights",)}
    assert [fault.code for fault in faults if fault.origin.nodes == ("weights",)] == [WEIGHTS]


def test_activations_of_unknown_shape_are_left_alone(tmp_path: Path) -> None:
    net = small()
    net.reshape(1, 2, 3)
    net.add("Concat", net.constant(np.ones((1, 2))), axis=2, name="odd")
    net.dense(signs(RNG, 4, 3))
    net.bipolar()
    net.dense(signs(RNG, 3, 2))
    assert {fault.origin.nodes for fault in refused(net.save(tmp_path))} == {("odd",)}


def test_kernels_of_no_image_and_no_rank(tmp_path: Path) -> None:
    net = image(4, 6, 6)
    softmax_along_no_axis(net)
    net.add("Conv", uneven(4), kernel_shape=[3, 3], name="flat")
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 64, 3))
    faults = refused(net.save(tmp_path))
    assert faults[-1].message == "Conv must have weights [out, in, ...] of 3 or 4 axes, not of " + (
        "shape [4]"
    )


def test_the_input_is_told_beside_an_unknown_operator(tmp_path: Path) -> None:
    net = small(("N", "W"))
    unknown_operator(net)
    net.dense(signs(RNG, 6, 4))
    faults = refused(net.save(tmp_path))
    assert [fault.code for fault in faults] == ["dynamic-shape", "unsupported-op"]


def test_two_inputs_are_told_beside_an_unknown_operator(tmp_path: Path) -> None:
    net = small()
    unknown_operator(net)
    net.dense(signs(RNG, 6, 4))
    model = net.model()
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    assert [fault.code for fault in refused(path)] == ["several-inputs", "unsupported-op"]


@pytest.mark.parametrize("first", [False, True], ids=["second operand", "first operand"])
def test_a_tensor_that_nobody_makes_hides_no_weights(tmp_path: Path, first: bool) -> None:
    net = small()
    net.add("MatMul", uneven(6, 4), name="weights1")
    net.bipolar()
    net.add("Add", "nowhere", name="odd")
    if first:
        net.outputs = [net.last]
        net.last = "nowhere"
        net.bipolar(name="odd2")
        net.outputs.append(net.last)
    net.add("MatMul", reals(4, 3), name="weights2")
    net.add("LRN", size=3, name="lrn")
    net.outputs = [*net.outputs[:1], net.last]
    told = {(f.code, name) for f in refused(net.save(tmp_path)) for name in f.origin.nodes}
    assert {("model-invalid", "odd"), (WEIGHTS, "weights1")} <= told
    if not first:
        assert {(WEIGHTS, "weights2"), ("unsupported-op", "lrn")} <= told


def test_an_output_that_nobody_makes_hides_nothing(tmp_path: Path) -> None:
    net = small()
    net.add("MatMul", reals(6, 4), name="weights")
    net.outputs = [net.last, "nowhere"]
    faults = refused(net.save(tmp_path))
    assert [fault.code for fault in faults] == ["model-invalid", WEIGHTS]
    assert faults[0].message == "each tensor must have one source, not none: nowhere"


def test_a_tensor_of_two_sources_hides_nothing(tmp_path: Path) -> None:
    net = small()
    net.add("MatMul", uneven(6, 4), name="weights1")
    net.bipolar(name="one")
    net.nodes.append(helper.make_node("Relu", ["x"], [net.last], name="other"))
    net.add("Neg", name="reader")
    net.add("MatMul", reals(4, 3), name="weights2")
    faults = refused(net.save(tmp_path))
    assert [fault.origin.nodes for fault in faults] == [
        ("weights1",),
        ("one", "other", "reader"),
        ("weights2",),
    ]
    assert [fault.code for fault in faults] == [WEIGHTS, "model-invalid", WEIGHTS]


def test_a_node_that_writes_over_the_input(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.nodes.append(helper.make_node("Neg", ["x"], ["x"], name="odd"))
    net.dense(signs(RNG, 6, 4), name="reader")
    net.bipolar()
    net.add("MatMul", reals(4, 3), name="weights")
    faults = refused(net.save(tmp_path))
    assert [fault.origin.nodes for fault in faults] == [("odd", "reader"), ("weights",)]


def test_a_node_of_the_bad_ones_name_is_not_blamed(tmp_path: Path) -> None:
    net = small()
    unknown_operator(net)
    net.bipolar()
    net.add("MatMul", reals(6, 3))
    net.nodes[-1].name = "odd"
    one, two = refused(net.save(tmp_path))
    assert (one.code, one.origin.nodes) == ("unsupported-op", ("odd",))
    assert (two.code, two.origin.nodes) == (WEIGHTS, ("odd_2",))
