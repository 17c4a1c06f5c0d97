# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of more sums than a table holds, against the executor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.blocks import CHANNELS, IMAGES, RNG, end, integers, norm, quant, sign, stem
from tests.faulty import refused
from tests.layer_ops import op_of
from tests.predict import same
from tests.qonnx_net import Array, Net

from xnorflow.frontend.lower import wide as wide_sums
from xnorflow.frontend.lower.encoding import encode
from xnorflow.frontend.lower.wide import Steps
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.types import TensorType, bits_for_range


def wide(functions: Callable[[Net], object]) -> Net:
    """Sums of 20 bits, and functions of them."""
    net = stem()
    quant(net, 1 / 64, 12)
    skip = net.last
    net.add("Conv", net.constant(integers(8, CHANNELS, CHANNELS, 3, 3)), pads=[1] * 4)
    functions(net)
    net.add("Add", skip)
    quant(net, 1 / 64, 12)
    return end(net)


def scaled(net: Net) -> None:
    norm(net)
    quant(net, 1 / 32)


def never(net: Net) -> None:
    """One channel is always the same, and one never less than another."""
    net.add("Mul", np.reshape([0, 1, -1, 2], (1, 4, 1, 1)))
    net.add("Clip", np.float32(-3), np.float32(2))
    quant(net, 1 / 8)


@pytest.mark.parametrize("functions", [scaled, sign, never])
def test_sums_too_many_for_a_table(tmp_path: Path, functions: Callable[[Net], object]) -> None:
    graph = same(wide(functions), tmp_path, IMAGES)
    (made,) = (layer for layer in graph.layers if isinstance(layer.op, MultiThreshold))
    assert made.in_type.value.bits == 20
    assert op_of(made, MultiThreshold).falls.any() == (functions is not sign)


def test_functions_that_turn_are_refused(tmp_path: Path) -> None:
    def both(net: Net) -> None:
        net.add("Abs")
        quant(net, 1 / 8)

    (fault,) = refused(wide(both).save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert fault.message == (
        "what is made of sums too many for a table must rise or fall all the way"
    )


def pool(net: Net, name: str = "pool") -> None:
    """Of a whole image, which keeps its size."""
    net.max_pool(2, 2, strides=[1, 1], pads=[1, 1, 0, 0], name=name)


def scaled_by(net: Net, *factors: float) -> None:
    net.add("Mul", np.reshape(factors, (1, CHANNELS, 1, 1)))


def quantised_and_pooled(net: Net) -> None:
    scaled(net)
    pool(net)


def pooled_and_quantised(net: Net) -> None:
    scaled_by(net, 0.5, -1, 0.25, -2)
    pool(net)
    scaled_by(net, 1, 0.5, 2, 0.25)
    quant(net, 1 / 8)


def pooled_twice(net: Net) -> None:
    pool(net)
    net.add("Add", 0.3)
    pool(net, "again")
    quant(net, 1 / 8)


def pooled_bits(net: Net) -> None:
    sign(net)
    pool(net)


def bits_of_pools_that_fall(net: Net) -> None:
    pool(net)
    scaled_by(net, -1, 2, -3, 0.5)
    sign(net)


@pytest.mark.parametrize("chunk", [1 << 22, 1 << 12], ids=["whole", "chunks"])
@pytest.mark.parametrize(
    "functions",
    [
        quantised_and_pooled,
        pooled_and_quantised,
        pooled_twice,
        pooled_bits,
        bits_of_pools_that_fall,
    ],
)
def test_pools_behind_sums_too_many_for_a_table(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    functions: Callable[[Net], object],
    chunk: int,
) -> None:
    monkeypatch.setattr(wide_sums, "_CHUNK", chunk)
    graph = same(wide(functions), tmp_path, IMAGES)
    assert any(isinstance(layer.op, MultiThreshold) for layer in graph.layers)


@pytest.mark.parametrize("chunk", [1 << 22, 1 << 12], ids=["whole", "chunks"])
@pytest.mark.parametrize(
    ("factors", "behind"),
    [((1, 1, -1, 1), ()), ((1, 1, 1, 1), ("Abs",))],
    ids=["falls", "turns"],
)
def test_pools_whose_functions_fall_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chunk: int,
    factors: tuple[float, ...],
    behind: tuple[str, ...],
) -> None:
    def turned(net: Net) -> None:
        pool(net)
        scaled_by(net, *factors)
        for op in behind:
            net.add(op)
        quant(net, 1 / 8)

    monkeypatch.setattr(wide_sums, "_CHUNK", chunk)
    (fault,) = refused(wide(turned).save(tmp_path))
    assert fault.code == "non-monotone"
    assert "must rise with the pooled value, not fall" in fault.message
    assert "pool" in fault.origin.nodes


def test_thresholds_are_the_function_that_they_are_made_of() -> None:
    sums, weights = range(-30, 31, 3), np.array([1.0, -2.0, 0.5, 0.0])

    def function(raw: Array) -> list[Array]:
        return [np.clip(np.rint(raw * weights / 4), -5, 9)]

    steps, kinds = Steps.of(sums, 4, function, ("n",)), np.tile([3, 1, 0, 2], 6)
    found = encode(steps.values, ("n",), 16)
    assert found is not None
    codes, coding = found
    op = steps.thresholds(codes, coding.value, kinds, 4, ("n",))
    kind = TensorType((2, 3, 4), bits_for_range(sums[0], sums[-1]))
    x = RNG.choice(np.array(sums), (50, 24))
    stored = op.run((x.astype(np.int32),), (kind,), TensorType((2, 3, 4), coding.value))
    wanted = function(x.reshape(-1, 1))[0][np.arange(x.size), np.tile(kinds, 50)]
    np.testing.assert_array_equal(coding.levels(stored.astype(np.int64)).ravel(), wanted)
