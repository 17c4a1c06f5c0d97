# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How a layer is folded in time."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Folding"]


@dataclass(frozen=True)
class Folding:
    """How a layer is folded in time.

    Attributes:
        pe: output elements computed in parallel.
        simd: input elements consumed a cycle.
        storage: where weights live; ``auto`` leaves it to the search, or means that there are none.
    """

    pe: int = 1
    simd: int = 1
    storage: str = "auto"
