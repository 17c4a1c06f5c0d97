# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The numbers in a network: frames, weights as training leaves them, constants of functions."""

from __future__ import annotations

import re

import numpy as np
from tests.fuzz.network import Input
from tests.qonnx_net import Array, signs


def frames(entry: Input, count: int, seed: int) -> Array:
    """Integers [count, *shape]: all lowest, all highest, a ramp, and noise."""
    rng = np.random.default_rng([seed, 1])
    if entry.dtype == "BIPOLAR":
        return signs(rng, count, *entry.shape).astype(np.int8)
    low, high = reach(entry)
    x = rng.integers(low, high + 1, (count, *entry.shape))
    ramp = np.linspace(low, high, x[0].size).astype(int).reshape(entry.shape)
    special: tuple[int | Array, ...] = (low, high, ramp)
    for place, frame in enumerate(special):
        if place < count - 1:
            x[place] = frame
    return x.astype(np.int8 if low < 0 else np.uint8)


def reach(entry: Input) -> tuple[int, int]:
    """The lowest and the highest stored integer."""
    match = re.fullmatch(r"(U?)INT(\d)", entry.dtype or "UINT8")
    assert match, entry.dtype
    bits = int(match[2])
    return (0, 2**bits - 1) if match[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def weights(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Signs [rows, columns]: noise, with equal, opposite and constant rows among them."""
    made = signs(rng, rows, columns)
    for row in np.flatnonzero(rng.random(rows) < 0.15):
        kind = rng.integers(0, 4)
        if kind == 0:
            made[row] = signs(rng)
        else:
            made[row] = made[rng.integers(0, rows)] * (-1 if kind == 1 else 1)
    return made


def batch_norm(rng: np.random.Generator, centre: Array, spread: Array) -> tuple[Array, ...]:
    """Gamma, beta, mean and variance; negative and tiny gammas, and betas that silence."""
    channels = len(spread)
    gamma = rng.normal(0, 1, channels)
    tiny = rng.random(channels) < 0.05
    gamma[tiny] = rng.choice([-1e-7, 0.0, 1e-7], int(tiny.sum()))
    beta = rng.normal(0, 0.3, channels)
    dead = rng.random(channels) < 0.05
    beta[dead] = rng.choice([-1000.0, 1000.0], int(dead.sum()))
    return gamma, beta, centre, (rng.uniform(0.7, 1.4, channels) * spread) ** 2


def on_grid(rng: np.random.Generator, centre: Array, spread: Array, unit: float) -> Array:
    """Thresholds at possible values (ties) or, mostly, half way between."""
    wanted = centre + rng.normal(0, 0.4, len(spread)) * spread
    if not unit:
        return wanted
    half = 0.5 * (rng.random(len(spread)) < 0.7)
    thresholds: Array = (np.round(wanted / unit) + half) * unit
    return thresholds
