# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""MaxPools of integers: before, between and behind functions that rise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.blocks import CHANNELS, RNG, SIDE, branch, end, identity, quant, sign, stem
from tests.conv_net import sweep
from tests.faulty import refused
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.quantize import Quantize

HALF = {"strides": [2, 2]}


def rising_norm(net: Net) -> None:
    scale, shift = RNG.uniform(0.3, 1.5, CHANNELS), RNG.normal(size=CHANNELS)
    net.add("BatchNormalization", scale, shift, np.zeros(CHANNELS), np.ones(CHANNELS))


def rising(net: Net) -> None:
    rising_norm(net)
    quant(net, 1 / 16)


def pooled(net: Net) -> None:
    net.max_pool(2, 2, **HALF)


def pools(graph: Graph) -> list[str]:
    return [f"{x.name} {x.in_type.value}" for x in graph.layers if isinstance(x.op, MaxPool)]


def behind_sum(net: Net) -> None:
    skip = net.last
    branch(net)
    net.add("Add", skip)
    pooled(net)


def behind_average(net: Net) -> None:
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    pooled(net)
    rising(net)


def between_functions(net: Net) -> None:
    rising_norm(net)
    net.max_pool(3, 2, pads=[1, 0, 1, 1], strides=[2, 1])
    rising(net)


def several(net: Net) -> None:
    net.max_pool(2, 2, pads=[0, 0, 1, 1])
    rising_norm(net)
    net.max_pool(1, 3, pads=[0, 1, 0, 1])
    quant(net, 1 / 16)
    net.max_pool(2, 1, strides=[2, 1])


def of_shortcut(net: Net) -> None:
    """The pool is a segment of its own, for others read the integers too."""
    skip = net.last
    sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2])
    rising_norm(net)
    made = quant(net, 1 / 16)
    net.last = skip
    pooled(net)
    net.add("Add", made)
    quant(net, 1 / 16)


def at_ceiling(net: Net) -> None:
    net.max_pool(3, 3, strides=[2, 2], ceil_mode=1)


def functions_of_the_pixel(net: Net) -> None:
    pooled(net)
    net.add("Add", RNG.normal(size=(CHANNELS, SIDE // 2, SIDE // 2)))
    quant(net, 1 / 16)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (pooled, ["pool0 int8"]),
        (behind_sum, ["maxpool0 int9"]),
        (behind_average, ["quantize_pool3 int8"]),
        (between_functions, ["pool0 int8"]),
        (several, ["pool0 int8", "pool0_1 int8", "pool0_2 int8"]),
        (of_shortcut, ["maxpool0 int8"]),
        (at_ceiling, ["pool0 int8"]),
        (functions_of_the_pixel, ["pool0 int8"]),
    ],
)
def test_integers_are_pooled(
    tmp_path: Path, steps: Callable[[Net], None], wanted: list[str]
) -> None:
    net = stem()
    steps(net)
    graph = same(end(net), tmp_path, pixels(3, SIDE, SIDE))
    assert pools(graph) == wanted


def test_pools_of_what_enters(tmp_path: Path) -> None:
    net = Net((1, 2, 5, 9))
    net.max_pool(2, 2)
    net.conv(signs(RNG, 4, 2, 3, 3), pads=[1, 1, 1, 1])
    rising(net)
    graph = same(end(net), tmp_path, pixels(2, 5, 9))
    assert pools(graph) == ["input_pool uint8"]


def test_pads_behind_the_pool_are_those_of_the_convolution(tmp_path: Path) -> None:
    net = Net((1, 2, 8, 7))
    net.max_pool(3, 3, strides=[2, 2], pads=[1, 1, 1, 1])
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], 7.0)
    net.conv(signs(RNG, 4, 2, 3, 3))
    rising(net)
    graph = same(end(net), tmp_path, pixels(2, 8, 7))
    assert sweep(graph, "input_pool")[0].pads == (1, 1, 0, 1)


def test_pads_of_the_lowest_integer(tmp_path: Path) -> None:
    net = stem()
    identity(net)
    net.add("Relu")
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], 0.0)
    net.max_pool(3, 3, strides=[2, 2])
    graph = same(end(net), tmp_path, pixels(3, SIDE, SIDE))
    assert len(pools(graph)) == 1


def test_pixels_that_no_pool_sees_take_no_row(tmp_path: Path) -> None:
    """Of 8 x 8 pixels a pool of 3 x 3 sees but 6 x 6."""
    net = stem()
    net.max_pool(3, 3, strides=[3, 3])
    graph = same(end(net), tmp_path, pixels(3, SIDE, SIDE))
    tables = [x.op.table for x in graph.layers if isinstance(x.op, Quantize)]
    assert max(len(table) for table in tables) <= CHANNELS


def test_two_levels_that_switch_twice(tmp_path: Path) -> None:
    net = stem()
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    net.add("Abs")
    net.add("Sub", 12.03)
    net.bipolar()
    pooled(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3))
    net.add("Flatten")
    graph = same(net, tmp_path, pixels(3, SIDE, SIDE))
    assert pools(graph) == ["pool1 bipolar"]


def falling(net: Net) -> None:
    pooled(net)
    factors = np.ones((CHANNELS, 1, 1))
    factors[1] = -1
    net.add("Mul", factors, name="falls")
    quant(net, 1 / 16)


@pytest.mark.parametrize("front", [lambda net: None, behind_sum])
def test_functions_that_fall_behind_a_pool(tmp_path: Path, front: Callable[[Net], None]) -> None:
    net = stem()
    front(net)
    falling(net)
    fault, *_ = refused(end(net).save(tmp_path))
    assert fault.code == "non-monotone"
    assert fault.message == (
        "what follows a MaxPool of integers must rise with the pooled value, not fall"
    )
    assert "falls" in fault.origin.nodes


@pytest.mark.parametrize("front", [lambda net: None, identity])
def test_pads_that_decide(tmp_path: Path, front: Callable[[Net], None]) -> None:
    net = stem()
    front(net)
    skip = net.last
    net.pad([0, 0, 1, 1, 0, 0, 0, 0], 0.0, name="Zero")
    net.max_pool(2, 2)
    net.add("Add", skip)
    quant(net, 1 / 16)
    fault, *_ = refused(end(net).save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message.startswith("a Pad before a MaxPool of integers must put in values that")
    assert "Zero" in fault.origin.nodes
