# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Generators that modules of tests share, seeded anew for each test.

What a test draws then depends on nothing but its own name: neither on the tests that ran before it
in the same process nor on whether it runs alone.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

_MADE: list[tuple[int, np.random.Generator]] = []


def generator(seed: int) -> np.random.Generator:
    """A generator for a whole module; `reseed` starts it anew in front of each test."""
    made = np.random.default_rng(seed)
    _MADE.append((seed, made))
    return made


def reseed(test: str) -> None:
    """Start all of them for the test of this name."""
    for seed, made in _MADE:
        start = np.random.default_rng([seed, crc32(test.encode())])
        made.bit_generator.state = start.bit_generator.state
