# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether float32 holds a product's sums, told with its true cause, and as the executor has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from tests.conv_net import conv, image
from tests.predict import predict, same
from tests.qonnx_net import Array, Net, execute, signs
from tests.rng import generator

from xnorflow.diagnostics import Diagnostic
from xnorflow.frontend.evaluate.digits import units
from xnorflow.frontend.load import load_model

RNG = generator(17)
BIAS = "float32 does not hold a bias like {} beside the products that are added to it"


def bits(*shape: int) -> Net:
    return Net((1, *shape), dtype="BIPOLAR")


def gemm(net: Net, width: int, out: int, bias: object, **attributes: object) -> Net:
    """A Gemm of random signs and a bias for all channels, or of each."""
    turned = bool(attributes.get("transB"))
    weights = signs(RNG, *((out, width) if turned else (width, out)))
    others = [] if bias is None else [np.broadcast_to(np.asarray(bias, np.float32), out)]
    net.add("Gemm", weights, *others, name="product", **attributes)
    return net


def signed(net: Net, width: int) -> Net:
    """The same in front of a sign and a last product."""
    net.bipolar()
    net.dense(signs(RNG, width, 3))
    return net


def inexact(net: Net, folder: Path) -> list[Diagnostic]:
    notes = load_model(net.save(folder)).notes
    return [note for note in notes if note.code == "inexact-sums"]


def differing(net: Net, folder: Path, x: Array) -> int:
    """Frames whose outputs are not the executor's."""
    path = net.save(folder)
    model = onnx.load(path)
    wanted = np.concatenate([execute(model, frame[None]) for frame in x])
    output, _ = predict(load_model(path), x)
    return int((output.reshape(len(x), -1) != wanted).any(axis=1).sum())


@pytest.mark.parametrize(
    ("width", "bias", "attributes", "cause"),
    [
        (64, -1e-7, {}, BIAS.format("-1e-07")),
        (9, np.float32(-0.1) * 3, {"alpha": 0.1}, "its factor alpha 0.1 is no power of two"),
        (300, None, {"alpha": 0.1}, "its factor alpha 0.1 is no power of two"),
        (300, -1e-7, {"alpha": 0.5, "transB": 1}, BIAS.format("-1e-07")),
        (300, -1e-7, {"beta": 0.5, "transB": 1}, BIAS.format("-5e-08")),
    ],
)
def test_neurons_that_a_gemm_may_decide_otherwise_are_told_of(
    tmp_path: Path, width: int, bias: object, attributes: dict[str, float], cause: str
) -> None:
    net = signed(gemm(bits(width), width, 8, bias, **attributes), 8)
    (note,) = inexact(net, tmp_path)
    assert note.message.startswith(
        "dense0: 8 of 8 neurons decide at a sum that the model itself computes with an error "
        f"({cause}): there it may decide either way"
    )
    assert "product" in note.origin.nodes


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_products_that_are_finer_than_floats_are_told_of(tmp_path: Path, factor: float) -> None:
    net = bits(24)
    net.add("Mul", factor)
    scale = net.constant(np.finfo(np.float32).smallest_subnormal)
    weights = net.node("BipolarQuant", [net.constant(signs(RNG, 24, 3)), scale])
    net.add("MatMul", weights, name="product")
    notes = inexact(net, tmp_path)
    assert len(notes) == (factor < 1)
    for note in notes:
        assert "its products are multiples of 7.00649e-46, finer than float32 holds" in note.message
        assert note.hint == "use larger scales, or multiply behind the product"


def test_a_bias_that_the_executor_loses_parts_it_from_exact_sums(tmp_path: Path) -> None:
    net = signed(gemm(bits(64), 64, 8, -1e-7), 8)
    assert differing(net, tmp_path, signs(RNG, 60, 64)) > 0
    net = gemm(bits(64), 64, 8, RNG.normal(0, 0.3, 8))
    assert differing(net, tmp_path, signs(RNG, 20, 64)) == 20
    (note,) = inexact(net, tmp_path)
    assert "computes its scores with an error (float32 does not hold a bias" in note.message


@pytest.mark.parametrize("turned", [0, 1])
def test_factor_and_bias_are_rounded_once(tmp_path: Path, turned: int) -> None:
    bias = np.float32(-0.1) * np.array([1, 3, 5, 7], np.float32)
    net = signed(gemm(bits(9), 9, 4, bias, alpha=0.1, transB=turned), 4)
    assert differing(net, tmp_path, signs(RNG, 60, 9)) == 0


@pytest.mark.parametrize(
    ("width", "bias", "attributes"),
    [
        (64, [0.5, -3, 7.25, 0, 1, 2, 3, 4], {}),
        (64, None, {"alpha": 0.75}),
        (64, [0.25, 3, 7.25, 0, 1, 2, 3, 4], {"alpha": 0.375, "beta": 3.0, "transB": 1}),
        (600, RNG.normal(0, 0.3, 8), {"transB": 1}),
        (600, np.full(8, -1e-7), {"transB": 1}),
    ],
)
def test_a_gemm_that_the_executor_computes_exactly_is_not_told_of(
    tmp_path: Path, width: int, bias: object, attributes: dict[str, float]
) -> None:
    for net in (
        gemm(bits(width), width, 8, bias, **attributes),
        signed(gemm(bits(width), width, 8, bias, **attributes), 8),
    ):
        graph = same(net, tmp_path, signs(RNG, 12, width))
        assert "inexact-sums" not in {note.code for note in graph.notes}


def test_neurons_far_from_any_sum_are_not_told_of(tmp_path: Path) -> None:
    net = signed(gemm(bits(64), 64, 8, RNG.uniform(0.1, 0.9, 8)), 8)
    assert same(net, tmp_path, signs(RNG, 12, 64)).notes == ()


def test_the_bias_of_a_convolution_is_added_last(tmp_path: Path) -> None:
    net = bits(16, 4, 4)
    net.conv(signs(RNG, 8, 16, 3, 3), np.full(8, -1e-7))
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 32, 3))
    graph = same(net, tmp_path, signs(RNG, 12, 16, 4, 4))
    assert "inexact-sums" not in {note.code for note in graph.notes}


def levelled(first: float, second: float, scale: float, width: int = 40) -> Net:
    """A product of ``scale`` behind activations of two levels, and its scores."""
    net = bits(6)
    net.dense(signs(RNG, 6, width))
    net.add("MultiThreshold", [[0.5]], out_scale=second - first, out_bias=first, out_dtype="INT8")
    net.add("MatMul", signs(RNG, width, 4) * np.float32(scale))
    return net


@pytest.mark.parametrize(
    ("first", "second", "scale", "cause"),
    [
        (0.0, 0.75, 0.1, "the scale 0.1 of its products is no power of two"),
        (0.0, 0.3, 3.0, "the activations' level 0.3 is no power of two"),
        (-0.75, 0.3, 0.75, "the activations' level 0.3 is no power of two"),
        (0.0, 4097 / 4096, 4097.0, "sums have more digits than float32"),
        (2.0**-12, 2.0**12, 1.0, "sums have more digits than float32"),
        (0.0, 0.75, 3.0, None),
    ],
)
def test_the_cause_is_what_has_too_many_digits(
    tmp_path: Path, first: float, second: float, scale: float, cause: str | None
) -> None:
    told = [note.message for note in inexact(levelled(first, second, scale), tmp_path)]
    assert len(told) == (cause is not None)
    for message in told:
        assert f"with an error ({cause}): " in message


def test_scales_of_channels_are_looked_at_one_by_one(tmp_path: Path) -> None:
    net = bits(6)
    net.add("MatMul", signs(RNG, 6, 2) * np.array([2.0**-20, 3 * 2.0**20], np.float32))
    assert inexact(net, tmp_path) == []


def test_values_around_an_image_are_named(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    conv(net, 4, 2, 2, 2)
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], 0.3)
    net.conv(signs(RNG, 3, 4, 2, 2))
    (note,) = inexact(net, tmp_path)
    assert "(the value 0.3 around the image is no power of two)" in note.message


def test_steps_of_integers_are_named(tmp_path: Path) -> None:
    net = Net((1, 8))
    net.add("Mul", 0.1)
    net.dense(signs(RNG, 8, 3))
    (note,) = inexact(net, tmp_path)
    assert "(the activations' step 0.1 is no power of two)" in note.message


def test_units_are_the_largest_powers_of_two_that_divide() -> None:
    values = [1.0, 0.75, -6.0, 0.0, 2.0**-149, 3 * 2.0**100]
    wanted = [1.0, 0.25, 2.0, np.inf, 2.0**-149, 2.0**100]
    np.testing.assert_array_equal(units(np.array(values)), wanted)
