# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small networks of the best known kinds: the executor, the integers and the hardware agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.blocks import (
    CHANNELS,
    RNG,
    SIDE,
    branch,
    end,
    growth,
    halves,
    identity,
    improvement,
    norm,
    pooled,
    quant,
    reactnet,
    sign,
    stem,
    strided,
    two_convolutions,
)
from tests.designs import random_frames
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.backends.rtl import generate
from xnorflow.boards.read import load_board
from xnorflow.folding.search import fold
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.rtl import simulate

FRAMES = 8


def bi_real() -> Net:
    """A shortcut around every convolution; an average where the image shrinks."""
    net = stem()
    identity(net)
    identity(net)
    strided(net)
    identity(net, 2 * CHANNELS)
    return end(net, 2 * CHANNELS)


def pooled_bi_real() -> Net:
    """The same with the largest integers where the image shrinks."""
    net = stem()
    identity(net)
    pooled(net)
    return end(net, 2 * CHANNELS)


def pooled_overlapping() -> Net:
    """The same with windows that overlap and reach beyond the edge, behind a product too."""
    net = stem()
    net.max_pool(3, 3, pads=[1, 1, 1, 1])
    pooled(net, kernel=3, pad=1)
    return end(net, 2 * CHANNELS)


def react() -> Net:
    """Learned shifts in front of signs, and around PReLU."""
    net = stem()
    reactnet(net)
    reactnet(net)
    return end(net)


def plain_resnet() -> Net:
    """Beside a convolution of stride 2 one of a single pixel, of the same bits."""
    net = stem()
    identity(net)
    two_convolutions(net, stride=2)
    identity(net)
    return end(net)


def dense_and_improved() -> Net:
    """Channels are appended, and then improved by a sum."""
    net, channels = stem(), CHANNELS
    for _ in range(2):
        growth(net, channels)
        channels += 2
        identity(net, channels)
    return end(net, channels)


def melius() -> Net:
    """Channels are appended, and then they alone are improved by a sum."""
    net, channels = stem(), CHANNELS
    for _ in range(2):
        growth(net, channels)
        channels += 2
        improvement(net, channels)
    return end(net, channels)


def split_channels() -> Net:
    """Half the channels go around a convolution, and change places with the others."""
    net = stem()
    halves(net)
    halves(net)
    return end(net)


def eight_bits() -> Net:
    """A shortcut of 8-bit weights, of whose sums thresholds are sorted; a sign of unlike scales."""
    net, twice = stem(), 2 * CHANNELS
    quant(net, 1 / 64, 12)
    skip = net.last
    made = branch(net, twice, strides=[2, 2])
    weights = RNG.integers(-128, 128, (twice, CHANNELS, 3, 3)) / 128
    net.last = net.node("Conv", [skip, net.constant(weights)], strides=[2, 2], pads=[1, 1, 1, 1])
    norm(net, twice)
    quant(net, 1 / 16)
    net.add("Add", made)
    skip = quant(net, 1 / 4, 4)
    sign(net, twice)
    net.conv(signs(RNG, twice, twice, 3, 3), pads=[1, 1, 1, 1])
    norm(net, twice)
    net.add("Add", skip)
    sign(net, twice)
    net.conv(signs(RNG, twice, twice, 1, 1))
    quant(net, 1.0)
    return end(net, twice)


NETWORKS: tuple[Callable[[], Net], ...] = (
    *(bi_real, pooled_bi_real, pooled_overlapping, react, plain_resnet),
    *(dense_and_improved, melius, split_channels, eight_bits),
)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("fps", [0, 100_000], ids=["fastest", "small"])
def test_networks_are_exact(tmp_path: Path, network: Callable[[], Net], fps: int) -> None:
    graph = same(network(), tmp_path, pixels(3, SIDE, SIDE))
    design = fold(graph, load_board("pynq-z1"), 100.0, target_fps=fps or None).design
    frames, bundle = random_frames(design, FRAMES), generate(design)
    wanted = run_graph(graph, frames)
    found = simulate(design, bundle, frames)
    np.testing.assert_array_equal(found.raw, wanted)
    assert found.interval_cycles == design.interval_cycles
    assert found.latency_cycles == design.latency_cycles
    stalled = simulate(design, bundle, frames, stall_seed=3)
    np.testing.assert_array_equal(stalled.raw, wanted)
