# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Sound models to spoil: random networks, and the files at hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from tests.fuzz.build import build
from tests.fuzz.hunt import sample
from tests.fuzz.strategies import SMALL, lone_networks

ROOT = Path(__file__).parent.parent.parent
SHARED = ROOT.parent / "shared"
SCALES = {"zoo_tfc_1w1a": 1 / 255}
"""What one step of the input is worth to those models where it is not 1."""
LARGE = 1 << 20
"""Bytes of a file that takes seconds to compile."""


@dataclass(frozen=True)
class Source:
    """A sound model.

    Attributes:
        name: of the file, or which random network it is.
        data: the file.
        scale: what one step of the input is worth to it.
    """

    name: str
    data: bytes
    scale: float


def draw(seed: str) -> Source:
    """A random network, mostly; a file of the repository or of ../shared; seldom a large one."""
    rng = Random(seed)
    kind = rng.random()
    small = [path for path in files() if path.stat().st_size < LARGE]
    large = [path for path in files() if path.stat().st_size >= LARGE]
    if large and kind < 0.01:
        return _of_file(rng.choice(large))
    return _of_file(rng.choice(small)) if kind < 0.35 else random_network(rng.randrange(1 << 30))


def random_network(number: int) -> Source:
    """The random network of a number; hypothesis draws it, and the simplest one beside it."""
    drawn = sample(lone_networks(SMALL), start=number, count=1)
    network = max(drawn, key=lambda case: len(case.network.steps)).network
    data = build(network).model().SerializeToString()
    return Source(f"random network {number}", data, network.input.scale)


@cache
def files() -> tuple[Path, ...]:
    """The models at hand."""
    folders = (ROOT / "models", SHARED / "models", SHARED / "cases")
    return tuple(sorted(path for folder in folders for path in folder.rglob("*.onnx")))


@cache
def digest() -> str:
    """Of the models at hand, which a seed draws from: with others it draws something else."""
    total = hashlib.sha256()
    for path in files():
        place = path.relative_to(ROOT if path.is_relative_to(ROOT) else SHARED.parent)
        total.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {place}\n".encode())
    return total.hexdigest()[:12]


def _of_file(path: Path) -> Source:
    name = path.parent.name if path.stem == "model" else path.stem
    return Source(name, path.read_bytes(), SCALES.get(name, 1.0))
