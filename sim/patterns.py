# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""When a source offers and a sink accepts: patterns of idling and back-pressure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = ["IDLE", "STALL", "Pattern", "always", "on_demand", "periodic", "shuffled", "stalls"]

Pattern = Callable[[bool], bool]
"""Called once a cycle with whether the peer has been waiting since the last one; True: go."""


def always() -> Pattern:
    """Ready in every cycle."""
    return lambda waiting: True


def periodic(on: int, off: int) -> Pattern:
    """Ready for ``on`` cycles, then not for ``off`` cycles, and again."""
    count = -1

    def step(waiting: bool) -> bool:
        nonlocal count
        count = (count + 1) % (on + off)
        return count < on

    return step


def shuffled(seed: int, share: float) -> Pattern:
    """Ready in a random share of the cycles."""
    rng = random.Random(seed)
    return lambda waiting: rng.random() < share


def stalls(seed: int, longest: int = 40) -> Pattern:
    """Stretches of 1 to ``longest`` ready cycles between stalls of as many."""
    rng = random.Random(seed)
    left, ready = 0, False

    def step(waiting: bool) -> bool:
        nonlocal left, ready
        if left == 0:
            left, ready = rng.randint(1, longest), not ready
        left -= 1
        return ready

    return step


def on_demand() -> Pattern:
    """Ready only after the peer has waited for a cycle; hangs on a peer that waits for us."""
    return lambda waiting: waiting


IDLE: Mapping[str, Callable[[int], Pattern]] = MappingProxyType(
    {
        "always": lambda seed: always(),
        "periodic": lambda seed: periodic(1, 2),
        "random": lambda seed: shuffled(seed, 0.6),
        "stalls": lambda seed: stalls(seed),
    }
)
"""Patterns for a source, by name; each is made from a seed."""

STALL: Mapping[str, Callable[[int], Pattern]] = MappingProxyType(
    {
        "always": lambda seed: always(),
        "periodic": lambda seed: periodic(2, 3),
        "random": lambda seed: shuffled(seed ^ 0x5A, 0.5),
        "stalls": lambda seed: stalls(seed ^ 0x5A),
        "on_demand": lambda seed: on_demand(),
    }
)
"""Patterns for a sink, by name; each is made from a seed."""
