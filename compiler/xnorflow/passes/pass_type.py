# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a pass is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xnorflow.ir.graph import Graph

__all__ = ["Pass"]


@dataclass(frozen=True)
class Pass:
    """A step from graph to graph that keeps what the network computes.

    Attributes:
        name: kebab-case; names the step's dump.
        summary: one line.
        function: returns a new graph, or the same one where there is nothing to do.
        faults: what must hold behind it and does not, beside the rules of every graph.
    """

    name: str
    summary: str
    function: Callable[[Graph], Graph]
    faults: Callable[[Graph], Iterable[str]] = lambda graph: ()
