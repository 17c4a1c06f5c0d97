# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One layer folded and stored in one of the legal ways."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from sim.case import Case, unclaimed_case
from xnorflow.folding.options import every_folding
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.ir.layer import Layer

__all__ = ["fold", "narrower"]


def fold(
    rng: random.Random, kernel: Kernel, layer: Layer, fits: Callable[[Folding], bool]
) -> Case | None:
    """The layer folded by chance: first a storage, then a folding; None where none fits."""
    ways = [way for way in every_folding(kernel, layer) if fits(way)]
    if not ways:
        return None
    storage = rng.choice(sorted({way.storage for way in ways}))
    way = rng.choice([way for way in ways if way.storage == storage])
    name = f"{layer.name}_{way.pe}_{way.simd}_{way.storage}"
    return unclaimed_case(name, kernel, replace(layer, name=name), way)


def narrower(bits: int, most: int) -> Callable[[Folding], bool]:
    """Whether a beat of so many bits an element has at most ``most``."""
    return lambda folding: folding.pe * bits <= most
