# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Products of integer weights inside the network, against the executor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.blocks import CHANNELS, IMAGES, RNG, SIDE, branch, end, integers, norm, quant, sign, stem
from tests.conv_net import image
from tests.faulty import refused
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model
from xnorflow.hardware.catalog import kernels_for
from xnorflow.ir.graph import Graph
from xnorflow.ir.host import HostLine
from xnorflow.ir.ops.linear import Linear

STEPS = np.array([1, 1 / 2, 1 / 8, 3 / 16])


def linear(graph: Graph) -> list[Linear]:
    return [layer.op for layer in graph.layers if isinstance(layer.op, Linear)]


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize(("side", "pads"), [(1, [0] * 4), (3, [1] * 4)])
def test_a_shortcut_of_half_the_size(tmp_path: Path, bits: int, side: int, pads: list[int]) -> None:
    net, twice = stem(), 2 * CHANNELS
    quant(net, 1 / 4, 4)
    skip = net.last
    made = branch(net, twice, strides=[2, 2])
    net.last = skip
    weights = integers(bits, twice, CHANNELS, side, side)
    net.add("Conv", net.constant(weights), strides=[2, 2], pads=pads)
    norm(net, twice)
    quant(net, 1 / 16)
    net.add("Add", made)
    quant(net, 1 / 16)
    inner, last = linear(same(end(net, twice), tmp_path, IMAGES))
    assert inner.weights.shape == (twice, CHANNELS * side * side)
    assert (inner.weights.min(), inner.weights.max()) == (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    assert last.weights.shape == (5, twice)


@pytest.mark.parametrize("op", ["MatMul", "Gemm"])
def test_a_step_a_channel(tmp_path: Path, op: str) -> None:
    net = image(2, 4, 4)
    net.conv(signs(RNG, 4, 2, 2, 2))
    quant(net, 1, 4)
    net.add("Flatten")
    bias = () if op == "MatMul" else (RNG.normal(size=4),)
    net.add(op, integers(8, 36, 4) * STEPS, *bias)
    quant(net, 1 / 2, 8)
    net.dense(signs(RNG, 4, 3))
    (inner,) = linear(same(net, tmp_path, pixels(2, 4, 4)))
    assert inner.weights.min() == -128


def test_a_first_layer_of_pixels(tmp_path: Path) -> None:
    net = Net((1, 3, 5, 5), dtype="UINT8")
    net.add("Conv", net.constant(integers(4, 4, 3, 3, 3)), pads=[1, 1, 1, 1])
    net.add("Mul", 1 / 32)
    quant(net, 1, 5)
    net.add("Flatten")
    net.dense(signs(RNG, 100, 3))
    assert len(linear(same(net, tmp_path, pixels(3, 5, 5)))) == 1


def test_bits_that_a_pool_stores_inverted(tmp_path: Path) -> None:
    net = image(2, 6, 6)
    net.conv(signs(RNG, 4, 2, 2, 2))
    net.max_pool(2, 2)
    net.add("Mul", np.reshape([-1, 1, -1, 1], (4, 1, 1)))
    net.add("Sub", 0.5)
    net.bipolar()
    net.add("Conv", net.constant(integers(8, 3, 4, 2, 2)))
    quant(net, 1 / 2, 8)
    net.add("Flatten")
    net.dense(signs(RNG, 27, 3))
    same(net, tmp_path, pixels(2, 6, 6))


@pytest.mark.parametrize("middle", [0, 0.75])
def test_pads_around_bits(tmp_path: Path, middle: float) -> None:
    net = stem()
    sign(net)
    net.add("Add", middle)
    net.add("Conv", net.constant(integers(4, 4, CHANNELS, 3, 3)), pads=[1] * 4, name="padded")
    quant(net, 1 / 2, 8)
    net = end(net)
    if middle == 0:
        same(net, tmp_path, IMAGES)
        return
    (fault,) = refused(net.save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("padded",))
    assert fault.message == (
        "Conv of integer weights must pad by a level of its activations, of which 0 is none here"
    )
    assert fault.hint == "quantise them to levels with a 0 among them"


def test_steps_of_many_digits_are_told(tmp_path: Path) -> None:
    """Sums that float32 rounds lie half way between two of the next steps."""
    net = stem()
    quant(net, 0.3, 6)
    net.add("Conv", net.constant(integers(8, 4, CHANNELS, 2, 2) * 0.7))
    quant(net, 0.3 * 0.7 / 16 * 2, 16)
    graph = load_model(end(net).save(tmp_path))
    told = [note for note in graph.notes if note.message.startswith("conv1: ")]
    assert [note.code for note in told] == ["inexact-sums"]
    assert "sums have more digits than float32" in told[0].message


def test_pools_of_bits_and_of_integers(tmp_path: Path) -> None:
    for function in (Net.bipolar, partial(quant, step=1 / 4)):
        net = stem()
        sign(net)
        net.add("Conv", net.constant(integers(4, 4, CHANNELS, 3, 3)), pads=[1] * 4)
        function(net)
        net.max_pool(2, 2, strides=[2, 2])
        same(end(net), tmp_path, IMAGES)


def scores(seed: int, entry: Callable[[Net], object]) -> Net:
    """Integer weights and a bias behind a vector of 8."""
    rng = np.random.default_rng(seed)
    net = Net((1, 6), dtype="UINT8")
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(rng, 6, 8))
    entry(net)
    net.add("MatMul", (rng.integers(-128, 128, (8, 5)) / 256).astype(np.float32))
    net.add("Add", rng.normal(size=5))
    return net


def zeros_and_ones(net: Net) -> None:
    net.add("Add", 0.5)
    net.bipolar(0.5)
    net.add("Add", 0.5)


def eighths(net: Net) -> None:
    quant(net, 1 / 8, 4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("entry", [Net.bipolar, zeros_and_ones, eighths])
def test_scores_with_a_bias(tmp_path: Path, seed: int, entry: Callable[[Net], object]) -> None:
    graph = same(scores(seed, entry), tmp_path, pixels(6))
    assert isinstance(graph.host_output.table, HostLine)
    for layer in graph.layers:
        assert kernels_for(layer)


@pytest.mark.parametrize("entry", [Net.bipolar, zeros_and_ones, eighths])
def test_a_quantiser_may_end_it(tmp_path: Path, entry: Callable[[Net], object]) -> None:
    net = scores(1, entry)
    quant(net, 1 / 8)
    same(net, tmp_path, pixels(6))


def test_an_image_of_quantised_sums_may_leave(tmp_path: Path) -> None:
    net = stem()
    quant(net, 1 / 4, 4)
    net.add("Conv", net.constant(integers(4, 3, CHANNELS, 2, 2)))
    quant(net, 1 / 2)
    same(net, tmp_path, IMAGES)


def test_bits_that_leave_are_as_the_model_has_them(tmp_path: Path) -> None:
    net = scores(2, eighths)
    net.reshape(1, 5, 1, 1)
    net.max_pool(2, 2, strides=[1, 1], pads=[1, 1, 0, 0])
    net.add("Mul", -1.0)
    net.add("Sub", 0.3)
    net.bipolar()
    same(net, tmp_path, pixels(6))


def test_a_pad_at_the_end_is_refused(tmp_path: Path) -> None:
    net = scores(3, eighths)
    quant(net, 1 / 8)
    net.pad([0, 1, 0, 1])
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert (
        fault.message == "the output must hold computed elements, not constants that a Pad puts in"
    )


def test_weights_that_are_nearly_multiples_are_refused(tmp_path: Path) -> None:
    net = scores(4, eighths)
    weights = np.full((5, 3), 2.0**-7, np.float32)
    weights[0] = -1
    weights[1] *= np.float32(1 + 5e-5)
    quant(net, 1 / 8)
    net.add("MatMul", weights)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-weights"


def test_sums_that_no_float_holds_are_refused(tmp_path: Path) -> None:
    net = scores(5, eighths)
    quant(net, 1 / 8)
    net.add("MatMul", np.full((5, 3), 3e38) * np.array([[1], [-1], [0.5], [1], [1]]))
    quant(net, 1.0)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "not-finite"


def test_wide_sums_of_a_vector_made_an_image(tmp_path: Path) -> None:
    net = stem()
    quant(net, 1 / 64, 12)
    net.add("Flatten")
    net.add("MatMul", integers(8, CHANNELS * SIDE * SIDE, 36))
    net.add("Add", RNG.normal(size=36))
    net.reshape(1, 4, 3, 3)
    quant(net, 1.0)
    net.conv(signs(RNG, 4, 4, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message.endswith("must be the same at all pixels of a channel")


@pytest.mark.parametrize(("step", "bits"), [(1.0, 5), (2.0**-9, 14), (2.0**-18, 2)])
def test_bits_far_from_0(tmp_path: Path, step: float, bits: int) -> None:
    """They are counted from 0 where 16 bits do for that, else they are -1 and 1 and a constant."""

    def far(net: Net) -> None:
        net.bipolar(step)
        net.add("Add", 31.0)

    graph = load_model(scores(6, far).save(tmp_path))
    (last,) = (layer for layer in graph.layers if isinstance(layer.op, Linear))
    assert last.in_type.value.bits == bits
    kernels_for(last)
