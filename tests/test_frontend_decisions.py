# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Signs of a shortcut and a product's results that nobody quantised, against the executor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.blocks import CHANNELS, IMAGES, RNG, SIDE, end, norm, quant, sign, stem
from tests.faulty import refused
from tests.predict import predict, same
from tests.qonnx_net import Net, signs

from xnorflow.frontend.evaluate import sources
from xnorflow.frontend.lower import decisions
from xnorflow.frontend.read.limits import MAX_ELEMENTS
from xnorflow.ir.ops.add import Add


def bits(net: Net) -> None:
    sign(net)


def ternary(net: Net) -> None:
    quant(net, 1 / 2, 2, narrow=1)


def levels(net: Net) -> None:
    quant(net, 1 / 16, 5)


def bytes_of(net: Net) -> None:
    quant(net, 1 / 32)


def decision(
    shortcut: Callable[[Net], object],
    *behind: Callable[[Net], object],
    results: Callable[[Net], object] = norm,
) -> Net:
    """Functions of a convolution's ``results``, added to activations, and functions of both."""
    net = stem()
    shortcut(net)
    skip = net.last
    sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    results(net)
    net.add("Add", skip, name="join")
    for one in behind:
        one(net)
    return net


def decided(
    shortcut: Callable[[Net], object],
    *behind: Callable[[Net], object],
    results: Callable[[Net], object] = norm,
) -> Net:
    """A sign of both, and another convolution."""
    net = decision(shortcut, *behind, results=results)
    sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    quant(net, 1.0)
    return end(net)


def falls(net: Net) -> None:
    """Some channels fall with the sum."""
    net.add("Mul", np.reshape([-1.5, 1, -0.3, 2], (1, 4, 1, 1)))


@pytest.mark.parametrize("behind", [(), (falls,)], ids=["rises", "falls"])
@pytest.mark.parametrize("shortcut", [bits, ternary, levels, bytes_of])
def test_signs_of_both(
    tmp_path: Path,
    shortcut: Callable[[Net], object],
    behind: tuple[Callable[[Net], object], ...],
) -> None:
    graph = same(decided(shortcut, *behind), tmp_path, IMAGES)
    (add,) = (layer for layer in graph.layers if isinstance(layer.op, Add))
    assert add.out_type.value.bits <= 11
    assert "join" in add.origin.nodes


def one_bit(net: Net) -> None:
    quant(net, 0.5, 1)


def greater(net: Net) -> None:
    net.add("Greater", 0.25)
    net.add("Cast", to=TensorProto.FLOAT)


def where(net: Net) -> None:
    net.last = net.node("Where", [net.add("Greater", 0.25), net.constant(1), net.constant(-1)])


def after_relu(net: Net) -> None:
    """A sign that no node has for itself."""
    net.add("Relu")
    net.add("Clip", 0.0, 1e-30)
    net.add("Mul", 1e30)
    net.add("Ceil")


@pytest.mark.parametrize("written", [one_bit, greater, where, after_relu])
def test_signs_however_written(tmp_path: Path, written: Callable[[Net], object]) -> None:
    net = decision(levels, falls, written)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    quant(net, 1.0)
    same(end(net), tmp_path, IMAGES)


@pytest.mark.parametrize("behind", [(), (falls,)], ids=["rises", "falls"])
@pytest.mark.parametrize("averaged", [False, True])
def test_signs_of_both_may_leave(
    tmp_path: Path, behind: tuple[Callable[[Net], object], ...], averaged: bool
) -> None:
    net = decision(levels, *behind)
    sign(net)
    if averaged:
        net.add("GlobalAveragePool")
        net.add("Flatten")
    same(net, tmp_path, IMAGES)


def test_results_of_one_scale_need_no_common_step(tmp_path: Path) -> None:
    same(decided(levels, results=lambda net: net.add("Mul", 0.3)), tmp_path, IMAGES)


def test_sums_that_floats_do_not_hold_are_decided(tmp_path: Path) -> None:
    """Steps of 0.05 and 0.1 have a common one, but the executor's sums depend on what is added."""

    def fine(net: Net) -> None:
        quant(net, 0.05)

    def tenths(net: Net) -> None:
        net.conv(signs(RNG, CHANNELS, CHANNELS, 1, 1))
        net.add("Mul", 0.1)

    def added(behind: Callable[[Net], object]) -> Net:
        net = stem()
        fine(net)
        skip = net.last
        sign(net)
        tenths(net)
        net.add("Add", skip)
        behind(net)
        return end(net)

    (fault,) = refused(added(lambda net: quant(net, 0.125)).save(tmp_path))
    assert "must add values whose sums float32 holds" in fault.message
    same(added(sign), tmp_path, IMAGES)


def test_two_values_of_an_odd_step_are_results_too(tmp_path: Path) -> None:
    """Results of which a Clip leaves two are no bits that can be added."""
    net = decided(
        levels,
        lambda net: net.add("Sub", 0.7),
        results=lambda net: net.add("Clip", 0.1, 0.1 + 0.442),
    )
    same(net, tmp_path, IMAGES)


def test_a_fault_in_front_hides_no_decision(tmp_path: Path) -> None:
    def uneven(net: Net) -> None:
        net.add("Mul", np.reshape([1, 0.3, 0.7, 0.9], (1, 4, 1, 1)))

    (fault,) = refused(decided(uneven).save(tmp_path))
    assert fault.origin.nodes == ("Quant_8",)


def test_two_results_that_nobody_quantised_are_refused(tmp_path: Path) -> None:
    net = stem()
    entry = sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    norm(net)
    one, net.last = net.last, entry
    net.conv(signs(RNG, CHANNELS, CHANNELS, 1, 1))
    norm(net)
    net.add("Add", one)
    sign(net)
    net.add("Flatten")
    net.dense(signs(RNG, CHANNELS * SIDE * SIDE, 3))
    (fault, *_) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert fault.message.endswith("of activations, not of another product's results as they are")
    assert fault.hint.startswith("quantise one of both to at most 256 levels")


def test_functions_that_turn_are_refused(tmp_path: Path) -> None:
    def turns(net: Net) -> None:
        net.add("Abs")

    (fault, *_) = refused(decided(levels, turns).save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert fault.message.endswith("rise or fall with it all the way, not turn")
    assert fault.hint.startswith("take the sign of the sum itself")
    assert "in front of a shortcut too" in fault.hint


def test_signs_of_more_than_two_values_are_refused(tmp_path: Path) -> None:
    def scaled(net: Net) -> None:
        sign(net)
        net.add("Mul", np.reshape([1, 2, 3, 4], (1, 4, 1, 1)))

    net = decision(levels, scaled)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    quant(net, 1.0)
    (fault, *_) = refused(end(net).save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert fault.message.endswith("must become two values, not 8 from -4 to 4")
    assert "the same for all channels" in fault.hint


def pool(net: Net) -> None:
    net.max_pool(1, 2, strides=[1, 2])


def smooth(net: Net) -> None:
    """Overlapping windows of a whole image."""
    net.max_pool(2, 2, strides=[1, 1], pads=[1, 0, 0, 1])


@pytest.mark.parametrize(
    "behind",
    [
        (pool,),
        (falls, pool),
        (pool, falls),
        (smooth, pool),
        (sign, smooth),
        (falls, sign, pool),
        (sign, falls, pool),
    ],
    ids=lambda some: "-".join(one.__name__ for one in some),
)
@pytest.mark.parametrize("chunk", [sources._CHUNK, 16], ids=["whole", "chunks"])
def test_pools_of_the_sum(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    behind: tuple[Callable[[Net], object], ...],
    chunk: int,
) -> None:
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    net = decision(levels, *behind)
    sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    graph = same(net, tmp_path, IMAGES)
    output, _ = predict(graph, IMAGES)
    assert len(np.unique(output.reshape(len(IMAGES), -1), axis=0)) == len(IMAGES)


def test_pools_that_disagree_are_refused(tmp_path: Path) -> None:
    """Behind the first one functions rise where those behind the second fall."""

    def between(net: Net) -> None:
        falls(net)
        pool(net)
        falls(net)
        net.max_pool(2, 2, name="second")

    (fault,) = refused(decided(levels, between).save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message.startswith("pools of one chain must either all be followed by functions")


def test_results_that_may_be_zero_themselves(tmp_path: Path) -> None:
    """Sign gives 0 for 0, which no sum of both is."""

    def eighths(net: Net) -> None:
        quant(net, 3 / 8, 1)
        net.add("Add", 3 / 16)

    def scaled(net: Net) -> None:
        net.add("Mul", np.reshape([0.37, 1.13, 2.71, 3.3], (1, 4, 1, 1)))

    net = decision(eighths, results=scaled)
    net.add("Sign")
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    same(net, tmp_path, IMAGES)


def test_functions_that_only_the_sum_may_have(tmp_path: Path) -> None:
    """Roots of sums around 100, of which the results alone are no part."""

    def far(net: Net) -> None:
        sign(net)
        net.add("Add", 100.0)

    def roots(net: Net) -> None:
        net.add("Sqrt")
        net.add("Sub", 10.01)

    def scaled(net: Net) -> None:
        net.add("Mul", np.reshape([0.5, 1, 2, 0.3], (1, 4, 1, 1)))

    net = decision(far, roots, results=scaled)
    net.bipolar()
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    same(net, tmp_path, IMAGES)


def test_two_values_too_far_apart_are_refused(tmp_path: Path) -> None:
    net = decision(levels, falls)
    net.last = net.node("Where", [net.add("Greater", 0.25), net.constant(1e17), net.constant(1)])
    net.conv(signs(RNG, CHANNELS, CHANNELS, 1, 1))
    (fault, *_) = refused(net.save(tmp_path))
    assert "1e+17" in fault.message


def test_a_sign_that_never_changes(tmp_path: Path) -> None:
    same(decided(levels, lambda net: net.add("Add", 1e4)), tmp_path, IMAGES, constant=True)


def test_sums_in_many_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_CHUNK", 16)
    same(decided(levels, falls), tmp_path, IMAGES)


def test_more_sums_with_levels_than_are_held_at_once(tmp_path: Path) -> None:
    channels = 176
    assert 256 * channels * (9 * channels + 1) > MAX_ELEMENTS
    net = stem(channels)
    bytes_of(net)
    skip = net.last
    sign(net, channels)
    net.conv(signs(RNG, channels, channels, 3, 3), pads=[1, 1, 1, 1])
    norm(net, channels)
    net.add("Add", skip)
    sign(net, channels)
    same(net, tmp_path, IMAGES[:2])


def test_sums_that_take_too_long_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "_MAX_SUMS", 1000)
    (fault, *_) = refused(decided(levels).save(tmp_path))
    assert fault.code == "tensor-too-large"
    assert "sums of all elements that differ" in fault.message


def test_a_shortcut_of_many_levels_is_refused(tmp_path: Path) -> None:
    def many(net: Net) -> None:
        norm(net)
        quant(net, 1 / 4096, 12)

    (fault, *_) = refused(decided(many).save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert fault.message.endswith("must be of at most 256 levels of these, not of 4096")
    assert fault.hint.startswith("quantise the activations to at most 8 bits")
