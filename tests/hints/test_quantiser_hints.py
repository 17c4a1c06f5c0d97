# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Weights, activations and numbers that are not binary or exact, and what their hints lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.conv_net import image
from tests.faulty import RNG, refused, small, two_layers
from tests.hints.follows import follows
from tests.predict import pixels, same
from tests.qonnx_net import Array, Net, signs

from xnorflow.diagnostics import Diagnostic, Severity
from xnorflow.frontend.load import load_model

Step = Callable[[Net], object]


def weighing(weights: Array, bias: object = None) -> Net:
    """A product by ``weights``, a sign, and a binary product."""
    net = small((1, len(weights)))
    net.add("MatMul", net.constant(weights))
    if bias is not None:
        net.add("Sub", bias)
    net.bipolar()
    net.dense(signs(RNG, weights.shape[1], 3))
    return net


def told(step: Step, folder: Path) -> Diagnostic:
    (fault,) = refused(two_layers(step).save(folder))
    return fault


@follows("unsupported-weights")
def test_weights_of_one_bit_load(tmp_path: Path) -> None:
    weights = signs(RNG, 6, 4) * np.sqrt(np.arange(1, 7, dtype=np.float32))[:, np.newaxis]
    (fault,) = refused(weighing(weights).save(tmp_path))
    assert fault.code == "unsupported-weights"
    assert fault.hint.startswith("train with 1-bit weights")
    load_model(weighing(np.sign(weights)).save(tmp_path))


@follows("unsupported-weights")
def test_weights_of_eight_bits_load(tmp_path: Path) -> None:
    def weighed(first: Array, last: Array, op: str) -> Net:
        net = small()
        net.add(op, first)
        net.add("Quant", 1.0, 0.0, 4.0, signed=1, narrow=0, rounding_mode="ROUND")
        net.add(op, last)
        return net

    steps = np.array([1, 0.5, 0.25])
    first, last = RNG.integers(-128, 128, (6, 4)) / 128, RNG.integers(-128, 128, (4, 3))
    for op in ("MatMul", "Gemm"):
        (fault,) = refused(weighed(np.exp(first), last, op).save(tmp_path))
        assert fault.code == "unsupported-weights"
        assert fault.hint.endswith(
            "or with weights of up to 8 bits, which are multiples of a step in each channel"
        )
        same(weighed(first, last * steps, op), tmp_path, pixels(6))


@follows("unsupported-weights")
def test_weights_of_float32_load(tmp_path: Path) -> None:
    net = small()
    net.add("Cast", to=TensorProto.FLOAT16)
    net.add("MatMul", net.constant(signs(RNG, 6, 4), np.float16))
    net.output_type = TensorProto.FLOAT16
    (fault,) = refused(net.save(tmp_path))
    assert (fault.code, fault.hint) == ("unsupported-weights", "export the network in float32")
    load_model(weighing(signs(RNG, 6, 4)).save(tmp_path))


@follows("unsupported-activations")
def test_activations_of_one_scale_load(tmp_path: Path) -> None:
    def quantised(scale: object) -> Step:
        how = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
        return lambda net: net.add("Quant", scale, 0.0, 2.0, **how)

    scales = np.sqrt([1, 2, 3, 5])
    for step in (quantised(scales), lambda net: net.bipolar(scales), lambda net: net.add("Tanh")):
        fault = told(step, tmp_path)
        assert fault.code == "unsupported-activations"
        assert fault.hint.startswith("quantise them with one scale for all channels")
    for step in (quantised(0.3), lambda net: net.bipolar(0.3)):
        load_model(two_layers(step).save(tmp_path))


@follows("non-monotone")
def test_a_pool_directly_before_the_quantiser_loads(tmp_path: Path) -> None:
    def pooled(*functions: Step) -> Net:
        net = Net((1, 2, 5, 6))
        net.max_pool(2, 2)
        for function in functions:
            function(net)
        net.add("Sub", 50.5)
        net.bipolar()
        net.conv(signs(RNG, 3, 2, 2, 2))
        return net

    (fault,) = refused(
        pooled(lambda net: net.add("Sub", 100.0), lambda net: net.add("Abs")).save(tmp_path)
    )
    assert fault.code == "non-monotone"
    assert fault.hint.startswith("put the MaxPool directly before or behind the quantiser")
    load_model(pooled().save(tmp_path))


@follows("not-finite")
@pytest.mark.parametrize(
    ("op", "wrong", "right"),
    [("Div", 0.0, 2.0), ("Mul", 3e38, 3.0), ("variance", -1.0, 1.0)],
)
def test_constants_without_division_by_zero_load(
    tmp_path: Path, op: str, wrong: float, right: float
) -> None:
    def of(value: float) -> Net:
        net = small()
        net.dense(signs(RNG, 6, 4), name="first")
        if op == "variance":
            net.add("BatchNormalization", *np.ones((3, 4)), np.full(4, value), name="odd")
        else:
            net.add(op, value, name="odd")
        return net

    (fault,) = refused(of(wrong).save(tmp_path))
    assert fault.code == "not-finite"
    assert "a division by zero, a negative variance or an overflow in these nodes" in fault.hint
    assert "odd" in fault.origin.nodes
    load_model(of(right).save(tmp_path))


@follows("not-executable")
def test_a_sound_export_runs(tmp_path: Path) -> None:
    def of(channels: int) -> Net:
        net = small()
        net.dense(signs(RNG, 6, 4))
        net.add("MultiThreshold", np.zeros((channels, 1)), out_dtype="BINARY")
        return net

    (fault,) = refused(of(3).save(tmp_path))
    assert fault.code == "not-executable"
    assert fault.hint.startswith("export the model again")
    load_model(of(4).save(tmp_path))


def codes(net: Net, folder: Path) -> list[str]:
    return [note.code for note in load_model(net.save(folder)).notes]


@follows("inexact-sums")
def test_sums_become_exact(tmp_path: Path) -> None:
    weights = signs(RNG, 6, 3)
    tenth = weights * np.float32(0.1)
    (note,) = load_model(weighing(tenth).save(tmp_path)).notes
    assert note.code == "inexact-sums"
    assert "powers of two (0.125, not 0.1)" in note.hint
    assert codes(weighing(weights * np.float32(0.125)), tmp_path) == []
    assert "a BatchNorm in front of the sign" in note.hint
    assert codes(weighing(tenth, [0.05, -0.07, 0.11]), tmp_path) == []
    assert "or an odd number of inputs" in note.hint
    assert codes(weighing(signs(RNG, 7, 3) * np.float32(0.1)), tmp_path) == []


@follows("inexact-sums")
def test_scores_become_exact(tmp_path: Path) -> None:
    def scored(scale: float) -> Net:
        net = small()
        net.add("MatMul", net.constant(signs(RNG, 6, 3) * np.float32(scale)))
        return net

    (note,) = load_model(scored(0.1).save(tmp_path)).notes
    assert note.code == "inexact-sums"
    assert note.hint == "use weight scales that are powers of two (0.125, not 0.1)"
    assert codes(scored(0.125), tmp_path) == []


def rounded(net: Net, step: float) -> None:
    """Integers of ``step``, halves of which lie between two."""
    net.add("Quant", step, 0.0, 8.0, signed=1, narrow=0, rounding_mode="ROUND")


@follows("inexact-sums")
def test_averages_of_integers_become_exact(tmp_path: Path) -> None:
    def of(step: float) -> list[Diagnostic]:
        net = image(2, 5, 5)
        net.conv(signs(RNG, 4, 2, 2, 2))
        net.add("Mul", step)
        rounded(net, step)
        net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
        rounded(net, 2 * step)
        net.add("Flatten")
        net.dense(signs(RNG, 16, 3))
        return [*load_model(net.save(tmp_path)).notes]

    note, _ = of(0.05)  # the other one tells of the scores
    assert (note.code, note.severity) == ("inexact-sums", Severity.WARNING)
    assert note.message.startswith(
        "sumpool0: 16 of 16 elements decide at a value that the model itself computes with an error"
    )
    assert note.hint.startswith("use quantisers whose scales are powers of two (0.0625, not 0.05)")
    assert of(0.0625) == []


@follows("inexact-sums")
def test_sums_that_become_integers_become_exact(tmp_path: Path) -> None:
    def of(scale: float) -> list[Diagnostic]:
        net = small()
        net.add("MatMul", signs(RNG, 6, 4) * np.float32(scale))
        rounded(net, 4 * scale)
        net.add("Div", 4 * scale)
        net.dense(signs(RNG, 4, 3))
        return [*load_model(net.save(tmp_path)).notes]

    (note,) = of(0.1)
    assert (note.code, note.severity) == ("inexact-sums", Severity.WARNING)
    assert note.message.startswith("dense0: 4 of 4 elements decide at a value")
    assert note.hint.startswith("use weight scales that are powers of two (0.125, not 0.1); ")
    assert of(0.125) == []


@follows("inexact-sums")
def test_a_gemm_becomes_exact(tmp_path: Path) -> None:
    def of(bias: Array | None, behind: str = "", **attributes: float) -> list[Diagnostic]:
        net, rng = small(), np.random.default_rng(5)
        weights = signs(rng, *((3, 6) if attributes.get("transB") else (6, 3)))
        net.add("Gemm", *([weights] if bias is None else [weights, bias]), **attributes)
        if behind:
            net.add(behind, RNG.normal(0, 0.3, 3))
        return [*load_model(net.save(tmp_path)).notes]

    bias = RNG.normal(0, 0.3, 3).astype(np.float32)
    (note,) = of(bias)
    assert note.code == "inexact-sums"
    assert "add the bias in an Add behind the product" in note.hint
    assert of(None, "Add") == []
    assert "transposed weights with neither alpha nor beta (Gemm with transB=1" in note.hint
    assert of(bias, transB=1) == []
    (note,) = of(None, alpha=0.1)
    assert note.hint == (
        "use an alpha that is a power of two (0.125, not 0.1), or a Mul behind the product"
    )
    assert of(None, alpha=0.125) == []
    assert of(None, "Mul") == []


@follows("inexact-sums")
def test_levels_become_exact(tmp_path: Path) -> None:
    def of(scale: float, pads: float | None = None) -> list[Diagnostic]:
        net = Net((1, 2, 5, 6))
        net.add("Sub", 127.5)
        net.bipolar(scale)
        if pads is not None:
            net.pad([0, 0, 1, 1, 0, 0, 1, 1], pads)
        net.conv(signs(RNG, 3, 2, 2, 2))
        return [*load_model(net.save(tmp_path)).notes]

    (note,) = of(0.3)
    assert note.hint == ("use quantisers in front whose scales are powers of two (0.5, not 0.3)")
    assert of(0.5) == []
    (note,) = of(0.5, 0.3)
    assert note.hint == "pad by 0 or another power of two"
    assert of(0.5, 0.0) == of(0.5, 0.25) == []


@follows("inexact-sums")
def test_fewer_digits_become_exact(tmp_path: Path) -> None:
    def of(level: float, scale: float) -> list[Diagnostic]:
        net = small()
        net.bipolar(level)
        net.add("MatMul", signs(RNG, 6, 3) * np.float32(scale))
        return [*load_model(net.save(tmp_path)).notes]

    (note,) = of(4097 / 4096, 4097.0)
    assert note.hint == "use weight scales and levels of fewer digits, best of all powers of two"
    assert of(4097 / 4096, 64.0) == []
    assert of(17 / 16, 65.0) == []


@follows("near-tie")
def test_the_hardware_decides_as_the_executor_rounds(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 3))
    # In float32 the sum 1e8 + 2 is 1e8, so that 2 is not seen to exceed it; in float64 it is.
    net.add("Add", [0.5, 1e8, 0.5])
    net.add("Sub", [0.0, 1e8 + 1, 0.0])
    net.bipolar()
    net.dense(signs(RNG, 3, 3))
    (note,) = (n for n in same(net, tmp_path, pixels(6)).notes if n.code == "near-tie")
    assert note.hint.endswith("the hardware does the same")


@follows("dead-neurons")
def test_the_hardware_is_right_and_fewer_neurons_do(tmp_path: Path) -> None:
    def of(*bias: float) -> Net:
        net = small()
        net.dense(signs(RNG, 6, len(bias)))
        net.add("Add", bias)
        net.bipolar()
        net.dense(signs(RNG, len(bias), 3))
        return net

    (note,) = same(of(100.0, 0.5, -0.5), tmp_path, pixels(6)).notes
    assert note.code == "dead-neurons"
    assert note.hint.startswith("the hardware stays right; training with fewer neurons")
    assert same(of(0.5, -0.5), tmp_path, pixels(6)).notes == ()


@follows("softmax-dropped")
def test_scores_without_softmax_give_no_note(tmp_path: Path) -> None:
    def of(*operators: str) -> Net:
        net = two_layers(Net.bipolar)
        for op in operators:
            net.add(op, axis=1)
        net.output_type = TensorProto.INT64
        return net

    (note,) = same(of("Softmax", "ArgMax"), tmp_path, pixels(6)).notes
    assert note.code == "softmax-dropped"
    assert "end the network with the choice alone" in note.hint
    assert same(of("ArgMax"), tmp_path, pixels(6)).notes == ()
