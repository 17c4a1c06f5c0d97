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


def many_bits(*shape: int) -> np.ndarray:
    return RNG.integers(-3, 4, shape).astype(np.float32)


def two_bits(net: Net, name: str) -> None:
    net.add("Quant", 1.0, 0.0, 2.0, signed=1, narrow=0, rounding_mode="ROUND", name=name)


def six_faults(odd: Callable[[Net], None]) -> Net:
    """Five faults around what ``odd`` does behind the second layer."""
    net = image(3, 12, 12)
    net.add("Conv", many_bits(4, 3, 3, 3), name="weights1")
    two_bits(net, "levels1")
    net.conv(signs(RNG, 4, 4, 3, 3), dilations=[2, 2], name="dilated")
    net.bipolar()
    odd(net)
    net.conv(signs(RNG, 4, 4, 3, 3), name="conv3")
    net.add("Abs", name="fold")
    net.add("Sub", 3.0)
    net.bipolar(name="sign3")
    net.add("Flatten")
    net.add("MatMul", many_bits(64, 5), name="weights4")
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
    net.add("Neg", name="odd")
    net.add("Add", skip, name="join")


CODES = {
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
        ("non-monotone", "sign3"),
        (WEIGHTS, "weights4"),
    ):
        assert expected in told
    assert len(faults) == 6


def test_the_choice_is_looked_at_even_so(tmp_path: Path) -> None:
    net = small()
    net.add("MatMul", many_bits(6, 4))
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
    weights = net.node("Ternary", [net.constant(many_bits(6, 4))], name="odd")
    net.nodes[-1].domain = "somebody.else"
    net.add("MatMul", weights, name="product")
    two_bits(net, "levels")
    net.dense(signs(RNG, 4, 3))
    (fault,) = refused(net.save(tmp_path))
    assert fault.origin.nodes == ("odd",)


def test_no_fault_is_told_twice(tmp_path: Path) -> None:
    faults = refused(six_faults(unknown_operator).save(tmp_path))
    assert len(set(faults)) == len(faults)
