# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the front-end refuses about a network, and in which words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from tests.faulty import refused, small, two_layers
from tests.predict import predict, same
from tests.qonnx_net import Net, execute, signs
from tests.rng import generator

from xnorflow.frontend.load import load_model
from xnorflow.ir.input_spec import input_spec

RNG = generator(7)


# inputs


def test_several_inputs(tmp_path: Path) -> None:
    model = two_layers(Net.bipolar).model()
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, [1]))
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    (fault,) = refused(path)
    assert fault.code == "several-inputs"
    assert fault.message == "the model must have exactly one tensor as input, not 2: x, other"


@pytest.mark.parametrize("shape", [(6,), (1, "width"), (1, 0), ()])
def test_shapes_that_are_not_fixed(tmp_path: Path, shape: tuple[int | str, ...]) -> None:
    (fault,) = refused(small(shape).save(tmp_path))
    assert fault.code == "dynamic-shape"
    shown = ", ".join(map(str, shape))
    assert fault.message.endswith(f"must have a batch axis and then fixed sizes, not [{shown}]")


@pytest.mark.parametrize(
    ("turn", "shown"),
    [({"perm": [2, 1, 0]}, "by [2, 1, 0]"), ({}, "by turning all axes round")],
)
def test_frames_that_mix(tmp_path: Path, turn: dict[str, list[int]], shown: str) -> None:
    net = Net((3, 2, 4))
    net.bipolar()
    net.add("Transpose", name="turned", **turn)
    net.add("Reshape", net.constant([2, 12], np.int64), name="joined")
    net.reshape(-1, 8)
    net.dense(signs(RNG, 8, 4))
    faults = refused(net.save(tmp_path))
    assert [(fault.code, fault.origin.nodes) for fault in faults] == [
        ("unsupported-op", ("turned",)),
        ("unsupported-op", ("joined",)),
    ]
    assert [fault.message for fault in faults] == [
        f"Transpose must leave the axis of 3 frames first, not move it {shown}",
        "Reshape must keep 3 frames apart on the first axis, not make [2, 12]",
    ]


def test_frames_may_share_an_axis_and_weights_their_shape(tmp_path: Path) -> None:
    net = Net((3, 2, 6))
    net.bipolar()
    net.reshape(6, 6)
    sizes = net.constant([3, 12], np.int64)
    net.add("Reshape", sizes)
    weights = net.node("BipolarQuant", [net.constant(signs(RNG, 6, 6)), net.constant(1.0)])
    weights = net.node("Transpose", [net.node("Reshape", [weights, sizes])])
    net.add("MatMul", weights)
    x = signs(RNG, 3, 2, 6)
    output, _ = predict(load_model(net.save(tmp_path)), x)
    np.testing.assert_array_equal(output, execute(net.model(), x.astype(np.float32)))


def test_a_size_below_zero_is_not_divided(tmp_path: Path) -> None:
    net = Net((3, 2, 4))
    net.bipolar()
    net.reshape(-3, 8)
    net.dense(signs(RNG, 8, 4))
    assert refused(net.save(tmp_path))


def test_an_axis_of_one_frame_may_move(tmp_path: Path) -> None:
    net = Net((1, 2, 4))
    net.bipolar()
    net.add("Transpose", perm=[2, 1, 0])
    net.reshape(-1, 8)
    net.dense(signs(RNG, 8, 4))
    same(net, tmp_path, signs(RNG, 12, 2, 4))


def test_wide_input_type(tmp_path: Path) -> None:
    path = two_layers_of("INT16").save(tmp_path)
    (fault,) = refused(path)
    assert fault.code == "input-type"
    assert fault.message.endswith("an integer of at most 12 bits, not INT16")
    assert "--input-type" in fault.hint
    known = load_model(path, input_spec("uint8")).host_input.known_by
    assert known == "type given, step assumed"


@pytest.mark.parametrize("code", [TensorProto.BFLOAT16, TensorProto.STRING])
def test_input_of_other_than_plain_numbers(tmp_path: Path, code: int) -> None:
    net = Net((1, 6))
    net.input_type = code
    net.add("Cast", to=TensorProto.FLOAT)
    net.dense(signs(RNG, 6, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "input-type"
    assert fault.message.endswith(", not bfloat16" if code == TensorProto.BFLOAT16 else "object")


def two_layers_of(dtype: str) -> Net:
    net = two_layers(Net.bipolar)
    net.dtype = dtype
    return net


def test_unquantised_input(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Sqrt", name="root")
    net.dense(signs(RNG, 6, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unquantised-input"
    assert "must be a bit or equally spaced integers of at most 9 bits, not 256" in fault.message
    assert "QuantIdentity before the first layer" in fault.hint
    assert fault.origin.nodes == ("root",)


# operators and topology


def test_all_unsupported_operators_at_once(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    net.add("Hardmax", axis=1, name="choice")
    net.add("ReduceL2", axes=[1], name="norm")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == (
        "every operator must be one that xnorflow implements, not Hardmax, ReduceL2"
    )
    assert "end the network with ArgMax in place of Hardmax" in fault.hint
    assert fault.origin.nodes == ("choice", "norm")


def test_functions_that_spread_a_frame(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Add", np.zeros((5, 1)), name="spread")
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "Add must keep the number of elements, not turn [1, 4] into [5, 4]"


def test_training_mode(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Dropout", net.constant(0.5), net.constant(True, np.bool_), name="drop")
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "Dropout must be in inference mode, not in training mode"


def test_no_product(tmp_path: Path) -> None:
    (fault,) = refused(small().save(tmp_path))
    assert fault.message == "the network must have at least one Conv, MatMul or Gemm, not none"


def test_choice_in_the_middle(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("ArgMax", axis=1, name="early")
    net.add("Cast", to=TensorProto.FLOAT)
    net.dense(signs(RNG, 1, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == ("ArgMax must come after the last Conv, MatMul or Gemm, not before")


def test_several_outputs(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    first = net.last
    net.add("Neg")
    net.outputs = [first, net.last]
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "several-outputs"
    assert "exactly one output, not 2" in fault.message


def test_constant_output(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    net.outputs = [net.node("Identity", [net.constant([[1.0]])])]
    path = net.save(tmp_path)
    (fault,) = refused(path)
    assert fault.code == "unsupported-topology"
    assert fault.origin.file == str(path)


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ({"axis": 0}, "ArgMax must act along the classes, not along axis 0 of [1, 3]"),
        ({"axis": 1, "select_last_index": 1}, "must take the first of equal maxima, not the last"),
    ],
)
def test_other_choices(tmp_path: Path, attributes: dict[str, int], rule: str) -> None:
    net = two_layers(Net.bipolar)
    net.add("ArgMax", **attributes)
    net.output_type = TensorProto.INT64
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert rule in fault.message


@pytest.mark.parametrize("axis", [2, 3, 7, -3, -524289])
@pytest.mark.parametrize("op", ["ArgMax", "TopK"])
def test_choices_along_no_axis(tmp_path: Path, op: str, axis: int) -> None:
    (fault,) = refused(chosen(op, axis).save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == f"{op} must have an axis of [1, 3], not {axis}"
    assert fault.origin.nodes == ("choice",)


def test_topk_of_the_frames(tmp_path: Path) -> None:
    (fault,) = refused(chosen("TopK", 0).save(tmp_path))
    assert fault.message == "TopK must act along the classes, not along axis 0 of [1, 3]"


def chosen(op: str, axis: int) -> Net:
    net = two_layers(Net.bipolar)
    if op == "TopK":
        net.add("TopK", net.constant([1], np.int64), outputs=2, axis=axis, name="choice")
        net.last = net.last[:-1] + "1"
    else:
        net.add("ArgMax", axis=axis, name="choice")
    net.output_type = TensorProto.INT64
    return net


def test_topk_values_and_smallest(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    values = net.add("TopK", net.constant([1], np.int64), outputs=2, name="top")
    net.outputs = [values]
    assert (
        "TopK must give the indices alone, not its values" in refused(net.save(tmp_path))[0].message
    )
    net = two_layers(Net.bipolar)
    net.add("TopK", net.constant([1], np.int64), outputs=2, largest=0)
    net.last = net.last[:-1] + "1"
    net.output_type = TensorProto.INT64
    assert "TopK must give the largest, sorted" in refused(net.save(tmp_path))[0].message


def test_changed_indices_where_the_host_chooses(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    net.add("Add", [0.1, 0.7, 0.4])
    net.add("Mul", [1.0, 3.0, 0.3])
    net.add("ArgMax", axis=1)
    net.add("Neg")
    net.output_type = TensorProto.INT64
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "indices must leave as they are, not changed by the nodes behind the choice"
    )


# products and activations


def test_weights_on_the_left(tmp_path: Path) -> None:
    net = small()
    net.add("Transpose", perm=[1, 0])
    net.last = net.node("MatMul", [net.constant(signs(RNG, 4, 6)), net.last], name="left")
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "MatMul must multiply the frame by a constant on its right, not on its left"
    )


def test_bias_of_the_frame(tmp_path: Path) -> None:
    net = small()
    net.last = net.node("Gemm", [net.last, net.constant(signs(RNG, 6, 6)), net.last], name="own")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == "Gemm must add a constant bias, not one computed from the frame"
    assert fault.origin.nodes == ("own",)


@pytest.mark.parametrize(
    ("bias", "rule"),
    [
        (np.zeros(4, dtype=np.int32), "must have a bias of float32 like its weights, not of int32"),
        (np.zeros(2, dtype=np.float32), "must have one bias a channel (4), not 2"),
    ],
)
def test_bias_that_does_not_fit(tmp_path: Path, bias: np.ndarray, rule: str) -> None:
    net = small()
    net.add("Gemm", signs(RNG, 6, 4), net.constant(bias, bias.dtype), name="odd")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == f"Gemm {rule}"


def test_product_of_several_vectors(tmp_path: Path) -> None:
    net = small((1, 2, 6))
    net.reshape(2, 6)
    net.add("Gemm", signs(RNG, 6, 4), name="many")
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "Gemm must multiply one vector of 6 a frame, not a tensor of shape [2, 6]"
    )


def test_several_matrices(tmp_path: Path) -> None:
    net = small((1, 2, 6))
    net.add("MatMul", signs(RNG, 2, 6, 4))
    (fault,) = refused(net.save(tmp_path))
    assert "must have one matrix of weights, not a tensor of shape [2, 6, 4]" in fault.message


def test_weights_of_no_step_are_told_together(tmp_path: Path) -> None:
    net = small()
    weights = signs(RNG, 6, 4)
    weights[:4, 2] = [-np.pi, -1, 1, np.pi]
    quantised = net.node("Identity", [net.constant(weights)], name="quantiser")
    net.add("MatMul", quantised, name="first")
    net.bipolar()
    net.add("MatMul", [[np.e, 1.0]] * 2 + [[1.0, 1.0]] * 2, name="second")
    net.bipolar()
    net.dense(signs(RNG, 2, 2))
    one, two = refused(net.save(tmp_path))
    assert one.code == two.code == "unsupported-weights"
    assert "not 4 levels (-3.14159, -1, 1, 3.14159) as in channel 2 of 4" in one.message
    assert one.origin.nodes == ("quantiser", "first")
    assert "not 2 levels (1, 2.71828) as in channel 0" in two.message


@pytest.mark.parametrize("place", ["first", "between"])
def test_levels_of_sizes_too_far_apart(tmp_path: Path, place: str) -> None:
    net = small()
    if place == "between":
        net.bipolar()
        net.dense(signs(RNG, 6, 6))
    net.add("Greater", 0.0)
    net.add("Where", 2.0, 1e-38)
    net.dense(signs(RNG, 6, 3))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert fault.message == (
        "activations must take two levels whose mean float64 holds exactly, not 1e-38 and 2"
    )
    net.nodes[-3] = helper.make_node(
        "Where", [*net.nodes[-3].input[:2], net.constant(0.0)], net.nodes[-3].output
    )
    assert load_model(net.save(tmp_path)).layers


def test_activations_of_several_layers_are_told_together(tmp_path: Path) -> None:
    net = two_layers(lambda net: net.add("Sigmoid"))
    net.add("Exp", name="wide")
    net.dense(signs(RNG, 3, 3))
    assert [fault.code for fault in refused(net.save(tmp_path))] == ["unsupported-activations"] * 2


@pytest.mark.parametrize("where", ["head", "hidden", "tail"])
def test_results_that_are_not_finite(tmp_path: Path, where: str) -> None:
    net = small((1, 4))
    if where != "head":
        net.dense(signs(RNG, 4, 4))
    if where == "hidden":
        net.bipolar()
    net.add("Div", [1.0, 1.0, 0.0, 1.0], name="broken")
    if where != "tail":
        net.dense(signs(RNG, 4, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "not-finite"
    assert "every result must be a finite number, not -inf as for element 2" in fault.message
    assert "broken" in fault.origin.nodes


def test_node_that_the_executor_cannot_run(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("MultiThreshold", np.zeros((3, 1)), out_dtype="BINARY", name="odd")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "not-executable"
    assert "qonnx's executor must be able to run every node, not raise AssertionError" in str(fault)
    assert fault.origin.nodes == ("odd",)
