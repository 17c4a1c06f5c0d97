# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A model spoilt in one way or several, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from onnx import ModelProto
from tests.fuzz.mutations import Mutation, attributes, content, header, nodes, tensors

GROUPS = (nodes, nodes, attributes, tensors, tensors, header)
"""From which a mutation is drawn, each as often as it stands here."""
COUNTS = (1, 1, 1, 1, 2, 2, 3, 5)
"""How many at once."""
_ONLY_BYTES = 0.12
_BYTES_TOO = 0.03


@dataclass(frozen=True)
class Mutant:
    """A spoilt model.

    Attributes:
        data: the file.
        steps: what was done, in words.
    """

    data: bytes
    steps: tuple[str, ...]


def mutate(data: bytes, seed: str) -> Mutant:
    """Spoil a model's file.

    Args:
        data: the file.
        seed: decides about everything.
    """
    rng = Random(seed)
    kind = rng.random()
    steps: list[str] = []
    if kind >= _ONLY_BYTES:
        model = ModelProto()
        model.ParseFromString(data)
        for _ in range(rng.choice(COUNTS)):
            steps.append(_spoil(model, rng))
        data = model.SerializeToString()
    if kind < _ONLY_BYTES + _BYTES_TOO:
        for _ in range(rng.choice(COUNTS)):
            if data:
                data, step = rng.choice(content.DAMAGES)(data, rng)
                steps.append(step)
    return Mutant(data, tuple(steps))


def _spoil(model: ModelProto, rng: Random) -> str:
    """Draw until one finds something to change; a model always has nodes and versions."""
    while True:
        mutation: Mutation = rng.choice(rng.choice(GROUPS).MUTATIONS)
        step = mutation(model, rng)
        if step:
            return step
