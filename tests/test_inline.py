# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Models with functions of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import FunctionProto, ModelProto, helper, inliner
from tests.faulty import refused
from tests.predict import pixels, predict, small
from tests.qonnx_net import QONNX, execute, signs
from tests.rng import generator

from xnorflow.frontend.load import examine_model, load_model

RNG = generator(3)
DOMAIN = "users.own"


def function(name: str, *calls: str) -> FunctionProto:
    """Identity, or one call behind the other."""
    names = [f"t{i}" for i in range(len(calls) + 1)]
    steps = zip(calls, names, names[1:], strict=False)
    nodes = [helper.make_node(c, [a], [b], domain=DOMAIN) for c, a, b in steps]
    nodes = nodes or [helper.make_node("Identity", ["t0"], ["t1"])]
    imports = [helper.make_opsetid("", 13), helper.make_opsetid(DOMAIN, 1)]
    return helper.make_function(DOMAIN, name, ["t0"], [nodes[-1].output[0]], nodes, imports)


def model(*functions: FunctionProto, call: str) -> ModelProto:
    """A network with a call of the user's function between its two products."""
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.bipolar()
    net.add(call, name="mine")
    net.dense(signs(RNG, 4, 3), name="last")
    found = net.model()
    next(node for node in found.graph.node if node.name == "mine").domain = DOMAIN
    found.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    found.functions.extend(functions)
    return found


def saved(found: ModelProto, folder: Path) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(found.SerializeToString())
    return path


def test_functions_are_inlined(tmp_path: Path) -> None:
    path = saved(model(function("twice", "once", "once"), function("once"), call="twice"), tmp_path)
    x = pixels(6)
    plain = inliner.inline_local_functions(onnx.load(path))
    wanted = np.concatenate([execute(plain, f[None].astype(np.float32)) for f in x])
    graph = load_model(path)
    np.testing.assert_array_equal(predict(graph, x)[0], wanted)


def test_a_quantiser_in_a_function_has_the_calls_name(tmp_path: Path) -> None:
    inner = helper.make_node("BipolarQuant", ["v", "s"], ["q"], domain=QONNX)
    imports = [helper.make_opsetid("", 13), helper.make_opsetid(QONNX, 1)]
    wrapper = helper.make_function(DOMAIN, "quantise", ["v", "s"], ["q"], [inner], imports)
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("quantise", 1.0, name="mine")
    net.dense(signs(RNG, 4, 3))
    found = net.model()
    next(node for node in found.graph.node if node.name == "mine").domain = DOMAIN
    found.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    found.functions.append(wrapper)
    graph = load_model(saved(found, tmp_path))
    assert graph.layers[1].origin.nodes[-1] == "mine"


def test_functions_in_a_circle(tmp_path: Path) -> None:
    path = saved(model(function("a", "b"), function("b", "a"), call="a"), tmp_path)
    (fault,) = refused(path)
    assert fault.code == "model-invalid"
    assert fault.message == "the model's functions must not call each other in a circle"
    assert fault.origin.nodes == ("a",)
    assert fault.hint == "take the call out that closes it"


@pytest.mark.parametrize("depth", [20, 400])
def test_functions_that_unfold_without_end(tmp_path: Path, depth: int) -> None:
    doubling = [function(f"f{i}", f"f{i + 1}", f"f{i + 1}") for i in range(depth)]
    path = saved(model(*doubling, function(f"f{depth}"), call="f0"), tmp_path)
    (fault,) = refused(path)
    assert fault.message.startswith(
        "the model's functions must unfold into at most 10000 nodes, not"
    )
    assert fault.hint == "let functions call fewer others"
    load_model(saved(model(function("f0", "f1"), function("f1"), call="f0"), tmp_path))


def test_a_call_of_no_function(tmp_path: Path) -> None:
    (fault,) = refused(saved(model(function("here"), call="elsewhere"), tmp_path))
    assert fault.code == "unsupported-op"
    assert "users.own.elsewhere" in fault.message
    assert fault.origin.nodes == ("mine",)


def scaled(opset: int) -> FunctionProto:
    """Relu, then Neg, both named."""
    nodes = [
        helper.make_node("Relu", ["a"], ["b"], name="first"),
        helper.make_node("Neg", ["b"], ["c"], name="second"),
    ]
    return helper.make_function(
        DOMAIN, "scaled", ["a"], ["c"], nodes, [helper.make_opsetid("", opset)]
    )


def calling(function: FunctionProto, *names: str) -> ModelProto:
    """Calls of a function of these names between two products."""
    net = small()
    net.dense(signs(RNG, 6, 4))
    for name in names:
        net.add(function.name, name=name)
    net.bipolar()
    net.add("MatMul", RNG.normal(size=(4, 3)), name="odd")
    found = net.model()
    for node in found.graph.node:
        if node.name in names:
            node.domain = DOMAIN
    found.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    found.functions.append(function)
    return found


@pytest.mark.parametrize("named", [True, False])
def test_nodes_of_a_function_are_named_after_their_calls(tmp_path: Path, named: bool) -> None:
    function = scaled(13)
    if not named:
        for node in function.node:
            node.name = ""
    found = examine_model(saved(calling(function, "/fc1/act/Call", "plain"), tmp_path))
    nodes = {node.name: node.op_type for node in found.model.graph.node}
    assert {name: op for name, op in nodes.items() if op in ("Relu", "Neg")} == {
        "/fc1/act/Call_Relu": "Relu",
        "/fc1/act/Call": "Neg",
        "plain_Relu": "Relu",
        "plain": "Neg",
    }
    assert found.modules == {"/fc1/act/Call_Relu": "fc1.act", "/fc1/act/Call": "fc1.act"}


def test_nodes_of_functions_in_functions_have_the_outer_calls_module(tmp_path: Path) -> None:
    model_ = model(function("twice", "once", "once"), function("once"), call="twice")
    call = next(node for node in model_.graph.node if node.name == "mine")
    call.metadata_props.add(key="pkg.torch.onnx.name_scopes", value="['', 'fc', 'twice']")
    found = examine_model(saved(model_, tmp_path))
    assert found.modules == {"mine_Identity": "fc", "mine": "fc"}


@pytest.mark.parametrize("version", [11, 18])
def test_functions_of_another_version(tmp_path: Path, version: int) -> None:
    call, odd = refused(saved(calling(scaled(version), "one", "two"), tmp_path))
    assert call.code == "model-invalid"
    assert call.message == (
        "the model's functions must use the same versions of operators as the model, "
        f"not {version} of ai.onnx where the model uses 13"
    )
    assert call.hint == "export functions and model with one opset_version"
    assert call.origin.nodes == ("one", "two")
    assert (odd.code, odd.origin.nodes) == ("unsupported-weights", ("odd",))
    (fault,) = refused(saved(calling(scaled(13), "one", "two"), tmp_path))
    assert fault.origin.nodes == ("odd",)
