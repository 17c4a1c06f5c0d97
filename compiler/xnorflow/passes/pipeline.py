# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The passes, in the only order there is."""

from __future__ import annotations

from collections.abc import Callable

from xnorflow.ir.graph import Graph
from xnorflow.ir.spec import SpecError, check
from xnorflow.ir.text import text_of
from xnorflow.passes.clear_dead_neurons import CLEAR_DEAD_NEURONS
from xnorflow.passes.drop_identities import DROP_IDENTITIES
from xnorflow.passes.fuse_clamps import FUSE_CLAMPS
from xnorflow.passes.insert_forks import INSERT_FORKS
from xnorflow.passes.pass_type import Pass
from xnorflow.passes.raise_quantisers import RAISE_QUANTISERS

__all__ = ["PIPELINE", "run_passes"]

PIPELINE: tuple[Pass, ...] = (
    # A bit quantiser that falls costs more hardware than one that rises, and hides identities.
    RAISE_QUANTISERS,
    # After the weights' last inversion, so that a neuron that never changes has one form.
    CLEAR_DEAD_NEURONS,
    # After the quantisers are raised, because raising an inverter makes an identity.
    DROP_IDENTITIES,
    # Before forks come between sums and clamps.
    FUSE_CLAMPS,
    # Last, because all others change who reads what, or look for a tensor's only reader.
    INSERT_FORKS,
)


def run_passes(graph: Graph, dump: Callable[[str, str], None] | None = None) -> Graph:
    """The graph after all passes, its invariants checked before, between and after.

    Args:
        graph: as the front-end made it.
        dump: gets a file name and the graph as text for the start and each pass.

    Raises:
        SpecError: the front-end or a pass broke an invariant: a bug of ours.
    """
    check(graph)
    if dump is not None:
        dump("0-frontend.txt", text_of(graph))
    for number, step in enumerate(PIPELINE, start=1):
        graph = step.function(graph)
        check(graph)
        for fault in step.faults(graph):
            raise SpecError(f"after {step.name}: {fault}")
        if dump is not None:
            dump(f"{number}-{step.name}.txt", text_of(graph))
    return graph
