# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A look at layers that an error makes unreachable, so that one message tells all that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.chain import Chain, arrange
from xnorflow.frontend.elements import kinds_of_cells
from xnorflow.frontend.gather import merge
from xnorflow.frontend.outcomes import watch
from xnorflow.frontend.product import reader_of, result_layout
from xnorflow.frontend.switching import too_many_levels
from xnorflow.frontend.weights import read_weights
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError

if TYPE_CHECKING:
    from xnorflow.frontend.network import Network
    from xnorflow.frontend.trace import Segment

__all__ = ["survey"]

_SAMPLES = 1025

_MAX_CELLS = 1 << 14
"""Elements with functions of their own; more are too many for a mere look."""


def survey(network: Network, segments: Sequence[Segment], reach: float) -> Iterator[Diagnostic]:
    """Faults of the activations behind products whose sums are known only by their bounds.

    Args:
        network: the model.
        segments: products with what follows; behind the last is no activation.
        reach: largest magnitude at the first product's input.
    """
    for segment, following in pairwise(segments):
        names = network.origin(segment.matrix, *segment.chain)
        try:
            layout = result_layout(network, segment)
            reader = reader_of(network, following)
            chain = Chain(network, segment.chain, arrange(network, segment.chain, layout, reader))
            bound = reach * np.abs(read_weights(network, segment.matrix)).sum(axis=0)
            # Where channels go in another order, their bounds may go to others: a mere look.
            channels = np.arange(layout.size) % len(bound)
            cells, _ = kinds_of_cells(merge(channels, chain.stages[0].labels[: layout.size]))
            if len(cells) > _MAX_CELLS:
                return
            with np.errstate(all="ignore"):  # not finite is told elsewhere
                sums = np.linspace(-1, 1, _SAMPLES)[:, np.newaxis] * bound[channels[cells]]
            outcomes = watch([chain.run(sums.astype(np.float32), cells)[-1]], names)
        except XnorflowError:  # told elsewhere, or not certain
            return
        fault = too_many_levels(outcomes, chain, names)
        if fault is not None:
            yield fault
        reach = max(map(abs, outcomes.levels))
