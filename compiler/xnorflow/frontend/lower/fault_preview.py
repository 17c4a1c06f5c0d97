# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A look at layers that an error makes unreachable, so that one message tells all that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.elements import kinds_of_cells
from xnorflow.frontend.evaluate.integers import read_product
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.evaluate.product import reader_of, result_layout
from xnorflow.frontend.evaluate.weights import read_weights
from xnorflow.frontend.lower.encoding import encode
from xnorflow.frontend.lower.finish import read_finish
from xnorflow.frontend.lower.functions import MAX_BITS, unspaced
from xnorflow.frontend.lower.head import lower_head
from xnorflow.frontend.lower.select import read_selection
from xnorflow.frontend.trace.gather import merge
from xnorflow.frontend.trace.operators import MATRIX
from xnorflow.frontend.trace.segments import is_sliced, segments, sum_of
from xnorflow.frontend.trace.trace import Trace, beginning

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.ir.input_spec import InputSpec

__all__ = ["preview_end", "preview_faults", "preview_parts"]

_MAX_SUMS = 1 << 22
"""Sums looked at for one product; a mere look may not take long."""

_SAMPLES = 1025
"""Sums looked at for each element of a product whose weights are not binary."""


def preview_parts(
    network: Network, broken: frozenset[str], given: InputSpec
) -> Iterator[Diagnostic]:
    """Faults of all products, of the input and of the end, each looked at for itself.

    Args:
        network: one that cannot be followed from end to end.
        broken: names of nodes that are already told of.
        given: what the user says of the input.
    """
    part = beginning(network, broken)
    if part is not None and _is_known(network, *part.first_nodes):
        try:
            lower_head(network, part, given)
        except XnorflowError as error:
            yield from error.diagnostics
    others = tuple(segments(network, broken))
    # Of weights that a broken node makes nothing is known.
    found = [s for s in others if s.is_product and not broken & {*network.origin(s.product)}]
    for segment in found:
        try:
            read_product(network, segment)
        except XnorflowError as error:
            yield from error.diagnostics
    # What leaves a shape open is told elsewhere; what a broken node should read is not known, but
    # for a product, which reads integers in any case.
    known = [s for s in found if _is_known(network, *s.means, s.product, *s.chain)]
    judged = [
        s
        for s in known
        if all(node.op_type in MATRIX or node.name not in broken for node in s.readers)
    ]
    yield from preview_faults(network, judged, 1.0, others)


def _is_known(network: Network, *nodes: NodeProto) -> bool:
    """Whether the shapes of all that nodes read and make are known."""
    tensors = [name for n in nodes for name in (*network.moving_inputs(n), n.output[0])]
    return all(network.elements(name) > 0 for name in tensors)


def preview_faults(
    network: Network, parts: Sequence[Segment], reach: float, others: Sequence[Segment]
) -> Iterator[Diagnostic]:
    """Faults of the activations behind products whose sums are known only by their bounds.

    Args:
        network: the model.
        parts: products with what follows.
        reach: largest magnitude at the first product's input.
        others: the network's segments; results that a sum or slices read as they are may need
            no steps.
    """
    for segment in parts:
        faults: tuple[Diagnostic, ...] = ()
        levels: tuple[float, ...] = ()
        if segment.readers and not segment.leaves:
            levels, faults = _activations(network, segment, reach)
        if sum_of(segment, others) is None and not is_sliced(segment, others):
            yield from faults
        reach = max(map(abs, levels), default=1.0)


def preview_end(network: Network, trace: Trace) -> Iterator[Diagnostic]:
    """Faults of what the network ends in."""
    try:
        read_finish(network, trace)
        if trace.choice is not None:
            read_selection(network, trace.choice)
    except XnorflowError as error:
        yield from error.diagnostics


def _activations(
    network: Network, segment: Segment, reach: float
) -> tuple[tuple[float, ...], tuple[Diagnostic, ...]]:
    """The levels behind a product, none where they are not certain, and what is wrong with them."""
    names = network.origin(segment.product, *segment.chain)
    try:
        layout = result_layout(network, segment)
        entry = arrange(network, segment.chain, layout, reader_of(network, *segment.readers))
        chain = FunctionChain(network, segment.chain, entry)
    except XnorflowError as error:
        # A product of pixels may have another layout than it seems to have.
        return (), error.diagnostics if segment.product.op_type == "Conv" else ()
    try:
        weights = read_weights(network, segment.product)
        bound = reach * np.abs(weights).sum(axis=0)
        # Where channels go in another order, their bounds may go to others: a mere look.
        channels = np.arange(layout.size) % len(bound)
        cells, _ = kinds_of_cells(merge(channels, chain.stages[0].labels[: layout.size]))
        count = _count(weights)
        if len(cells) * count > _MAX_SUMS:
            return (), ()
        with np.errstate(all="ignore"):  # not finite is told elsewhere
            grid = np.linspace(-1, 1, count)[:, np.newaxis]
            sums = (grid * bound[channels[cells]]).astype(np.float32)
        results = chain.run(sums, cells)[-1]
        check_finite(results, names)
        found = encode(results, names, MAX_BITS, chain.steps)
    except XnorflowError:  # told elsewhere, or not certain
        return (), ()
    levels = np.unique(results)
    faults = () if found is not None else (unspaced(levels, chain, names),)
    return (float(levels[0]), float(levels[-1])), faults


def _count(weights: Array) -> int:
    """How many sums to look at: all that binary inputs give where the weights are binary."""
    is_binary = bool((np.abs(weights) == np.abs(weights[0])).all())
    return len(weights) + 1 if is_binary else _SAMPLES
