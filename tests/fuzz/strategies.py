# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for networks and for networks as hardware."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.fuzz.drawing import Drawing, Limits
from tests.fuzz.network import Case, Network

Sizes = tuple[Limits, ...]
"""Limits of which one is drawn, the first in a case that is shrunk."""

BRANCHED = (Limits(side=8, channels=6, width=16, convs=1, denses=1, blocks=2, depth=2),)
ANY = (
    *[Limits()] * 3,
    Limits(side=6, channels=40, width=300, convs=2, denses=2),
    *BRANCHED * 2,
)
MLP = (Limits(convs=0, width=300),)
SMALL_BRANCHED = (Limits(side=6, channels=4, width=8, convs=1, denses=1, blocks=1, depth=1),)
SMALL = (
    *[Limits(side=7, channels=6, width=24, convs=3, denses=2)] * 3,
    Limits(side=5, channels=24, width=100, convs=1, denses=1),
    *SMALL_BRANCHED * 2,
)
SMALL_MLP = (Limits(width=24, convs=0, denses=2), Limits(width=100, convs=0, denses=2))


@st.composite
def networks(draw: st.DrawFn, sizes: Sizes = ANY) -> Network:
    """A network within one of the limits."""
    return Drawing(draw, sizes[draw(st.integers(0, len(sizes) - 1))]).network()


def lone_networks(sizes: Sizes = ANY) -> st.SearchStrategy[Case]:
    """A network that nobody folds."""
    return networks(sizes).map(Case)


@st.composite
def cases(draw: st.DrawFn, sizes: Sizes = SMALL) -> Case:
    """A network, folded at random."""
    network = draw(networks(sizes))
    picks = st.integers(0, 999)
    count = 2 * (len(network.steps) + 2)
    return Case(
        network,
        tuple(draw(st.lists(picks, min_size=count, max_size=count))),
        draw(st.sampled_from(["pynq-z1", "ulx3s-85f"])),
        draw(st.integers(0, 99)),
    )
