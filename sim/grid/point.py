# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One layer folded and stored in one of the legal ways."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from sim.case import Case
from xnorflow.ir.kernel import Folding, Kernel
from xnorflow.ir.layer import Layer

__all__ = ["fold"]


def fold(
    rng: random.Random, kernel: Kernel, layer: Layer, fits: Callable[[Folding], bool]
) -> Case | None:
    """The layer folded by chance: first a storage, then a folding; None where none fits."""
    ways = [
        replace(folding, storage=storage)
        for folding in kernel.foldings(layer)
        for storage in kernel.storages(layer, folding) or ("auto",)
    ]
    ways = [way for way in ways if fits(way)]
    if not ways:
        return None
    storage = rng.choice(sorted({way.storage for way in ways}))
    way = rng.choice([way for way in ways if way.storage == storage])
    name = f"{layer.name}_{way.pe}_{way.simd}_{way.storage}"
    named = replace(layer, name=name)
    return Case(
        name,
        kernel,
        kernel.input_stream(named, way),
        kernel.output_stream(named, way),
        lambda family: kernel.instance(named, way, family),
        lambda family: kernel.resources(named, way, family),
        kernel.process(named, way),
    )
