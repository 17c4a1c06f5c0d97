# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A look at layers that an error makes unreachable, so that one message tells all that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.chain import Chain
from xnorflow.frontend.outcomes import watch
from xnorflow.frontend.switching import too_many_levels
from xnorflow.frontend.weights import read_weights
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError

if TYPE_CHECKING:
    from xnorflow.frontend.network import Network
    from xnorflow.frontend.trace import Segment

__all__ = ["survey"]

_SAMPLES = 1025


def survey(network: Network, segments: Sequence[Segment], reach: float) -> Iterator[Diagnostic]:
    """Faults of the activations behind products whose sums are known only by their bounds.

    Args:
        network: the model.
        segments: products with a further product behind them.
        reach: largest magnitude at the first product's input.
    """
    for segment in segments:
        names = network.origin(segment.matrix, *segment.chain)
        chain = Chain(network, segment.chain, segment.matrix.output[0])
        try:
            bound = reach * np.abs(read_weights(network, segment.matrix)).sum(axis=0)
            with np.errstate(all="ignore"):  # not finite is told elsewhere
                sums = (np.linspace(-1, 1, _SAMPLES)[:, np.newaxis] * bound).astype(np.float32)
            if len(bound) != chain.elements:  # several vectors a frame, told elsewhere
                return
            outcomes = watch([chain(sums)], names)
        except XnorflowError:  # told elsewhere, or not certain
            return
        fault = too_many_levels(outcomes, chain, names)
        if fault is not None:
            yield fault
        reach = max(map(abs, outcomes.levels))
