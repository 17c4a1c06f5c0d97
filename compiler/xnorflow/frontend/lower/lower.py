# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Lowering: the traced network becomes integer layers, each segment after those that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.integers import IntegerMatrix, read_product
from xnorflow.frontend.evaluate.product import Activations, reader_of
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.evaluate.weights import Matrix
from xnorflow.frontend.lower import joins
from xnorflow.frontend.lower.addition import Addition
from xnorflow.frontend.lower.beginnings import begin, coarse_begin
from xnorflow.frontend.lower.decisions import append_decision, takes_sign
from xnorflow.frontend.lower.fault_preview import preview_end, preview_faults
from xnorflow.frontend.lower.functions import Function, check_pools
from xnorflow.frontend.lower.graph_builder import INPUT, GraphBuilder
from xnorflow.frontend.lower.head import Head, lower_head
from xnorflow.frontend.lower.inexact import inexact_scores
from xnorflow.frontend.lower.line import lower_line, no_line
from xnorflow.frontend.lower.linear import append_function, as_plain
from xnorflow.frontend.lower.parts import Entry, Made, Part, RawSums, Stored, straight
from xnorflow.frontend.lower.sums import SumFunction, applied, raw_sums
from xnorflow.frontend.lower.tail import lower_table, lower_tail
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.lower.thresholds import BinaryProduct
from xnorflow.frontend.trace.operators import MATRIX, SLICE
from xnorflow.frontend.trace.segments import Segment, is_sliced, sum_of
from xnorflow.frontend.trace.trace import Trace, trace
from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.quantize import Quantize

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.read.network import Network
    from xnorflow.ir.host import HostOutput
    from xnorflow.ir.input_spec import InputSpec

__all__ = ["lower"]

_Matrices = dict[str, "Matrix | IntegerMatrix"]
"""By name of their node."""


def lower(
    network: Network,
    model: ModelInfo,
    given: InputSpec,
    tap: Callable[[Tap], None] | None = None,
) -> Graph:
    """The integer network that computes what the model computes.

    Args:
        network: the model.
        model: its name and hash.
        given: what the user says of the input.
        tap: gets each place where the two can be compared, in order.

    Raises:
        XnorflowError: with all faults found: topology, weights, activations.
    """
    path = trace(network)
    head, matrices = _read(network, path, given)
    return _Lowering(network, path, head, matrices, tap or (lambda tap: None)).graph(model)


def _read(network: Network, path: Trace, given: InputSpec) -> tuple[Head, _Matrices]:
    """The head and all products by name of their node, or all their faults at once."""
    faults: list[Diagnostic] = []
    head, matrices, reach = None, _Matrices(), 1.0
    products = [segment for segment in path.segments if segment.is_product]
    try:
        head = lower_head(network, path, given)
        reach = head.after.coding.reach
    except XnorflowError as error:
        faults += error.diagnostics
    for segment in products:
        try:
            matrices[segment.product.name] = read_product(network, segment)
        except XnorflowError as error:
            faults += error.diagnostics
    if head is None or faults:
        rest = (
            *preview_faults(network, products, reach, path.segments),
            *preview_end(network, path),
        )
        raise XnorflowError(*faults, *rest)
    return head, matrices


class _Lowering:
    """Appends the layers of one segment after the other."""

    def __init__(
        self,
        network: Network,
        path: Trace,
        head: Head,
        matrices: _Matrices,
        tell: Callable[[Tap], None],
    ) -> None:
        self._network, self._path, self._head, self._tell = network, path, head, tell
        self._matrices = matrices
        self._builder = GraphBuilder(head.in_type)
        self._stored: dict[str, Entry] = {}
        self._notes = [*head.notes]

    def graph(self, model: ModelInfo) -> Graph:
        """All layers."""
        self._enter()
        products = 0
        for index, segment in enumerate(self._path.segments[1:-1], start=1):
            with self._preview_behind(index):
                if segment.is_product:
                    self._product(products, segment)
                elif self._is_decided(segment):
                    self._take(segment, self._decided(segment))
                else:
                    self._function(segment)
            products += segment.is_product
        made, host = self._end(products, self._path.segments[-1])
        return Graph(
            model,
            self._builder.tensors,
            tuple(self._builder.layers),
            INPUT,
            made,
            self._head.host,
            host,
            tuple(self._notes),
        )

    def _end(self, products: int, last: Segment) -> tuple[str, HostOutput]:
        """Append the last segment and the choice behind it."""
        if not last.is_product:
            if self._is_decided(last):
                return self._leaving(last, self._decided(last))
            return self._last_values(last)
        matrix = self._matrices[last.product.name]
        if isinstance(matrix, IntegerMatrix):
            return self._line(products, last, matrix)
        part = self._part(products, last, matrix)
        tail = lower_tail(
            self._network, self._path, part.product, part.chain, part.name, part.names
        )
        self._notes += tail.notes
        made = part.pools(self._network, self._builder, part.append(self._builder, tail.dense))
        if tail.argmax is not None and self._path.choice is not None:
            choice = self._path.choice
            nodes = self._network.origin(choice.node, *choice.chain)
            made = self._builder.argmax(made, tail.argmax, nodes)
        self._tell(part.tap(self._path, self._builder, None))
        return made, tail.host

    def _last_values(self, last: Segment) -> tuple[str, HostOutput]:
        """Append a sum, a concatenation or an average whose integers leave."""
        network = self._network
        entries = self._entries(last)
        tensor, table, _ = begin(network, self._builder, last, entries)
        layout = arrange(network, last.chain, table.layout, reader_of(network))
        chain = FunctionChain(network, last.chain, layout)
        names = network.origin(*last.nodes)
        host, notes = lower_table(network, self._path, table, chain, names)
        self._notes += notes
        coarse, layer = coarse_begin(network, last, entries), self._builder.layers[-1].name
        if coarse is not None:
            self._notes.append(inexact_scores(layer, coarse, names))
        self._tell_end(layer, last, chain, coarse)
        return tensor, host

    def _tell_end(
        self, layer: str, last: Segment, chain: FunctionChain, coarse: Coarse | None
    ) -> None:
        """Tell of an end that is no product of 1-bit weights."""
        names = self._network.origin(*last.nodes)
        finish = self._path.finish
        self._tell(Tap(layer, layer, names, last.begin, chain, None, None, finish, coarse))

    def _line(self, index: int, last: Segment, matrix: IntegerMatrix) -> tuple[str, HostOutput]:
        """Append the last product where it has integer weights."""
        before = as_plain(self._builder, self._averaged(last))
        name = matrix.name(index)
        found = lower_line(self._network, self._path, matrix, before.worth, name)
        if found is None:
            return self._last_levels(index, last, matrix, before)
        self._notes += found.notes
        made = found.product.append(self._builder, before.tensor, index)
        self._tell_end(name, last, found.product.chain, found.coarse)
        return made, found.host

    def _last_levels(
        self, index: int, last: Segment, matrix: IntegerMatrix, before: Stored
    ) -> tuple[str, HostOutput]:
        """Append the last product of integer weights, and a quantiser behind it."""
        try:
            made = append_function(self._network, self._builder, index, last, matrix, before)
        except XnorflowError as error:
            if error.diagnostics[0].code != "unsupported-activations":
                raise
            raise no_line(self._network, last, matrix) from error
        return self._leaving(last, made)

    def _leaving(self, last: Segment, made: Made) -> tuple[str, HostOutput]:
        """What activations are worth that leave."""
        network = self._network
        found = straight(self._builder, Stored(made.tensor, made.worth))
        coding, layout = found.worth.coding, found.worth.layout
        stored = range(coding.value.low, coding.value.high + 1)
        table = Table.coded(layout, coding, stored, network.dtype(last.end))
        chain = FunctionChain(network, (), layout)
        names = network.origin(*last.nodes)
        host, notes = lower_table(network, self._path, table, chain, names)
        self._notes += (*made.notes, *notes)
        self._tell(replace(made.tap, after=None, finish=self._path.finish))
        return found.tensor, host

    def _linear(self, index: int, segment: Segment, matrix: IntegerMatrix) -> None:
        """Append a product of integer weights whose results are activations."""
        network, before = self._network, self._averaged(segment)
        made = append_function(network, self._builder, index, segment, matrix, before)
        self._take(segment, made)

    def _take(self, segment: Segment, made: Made) -> None:
        """Take note of what a segment's layers make."""
        self._notes += made.notes
        self._tell(made.tap)
        self._keep(segment, made.tensor, made.worth)

    def _averaged(self, segment: Segment) -> Stored:
        """What a product reads, behind the averages in front of it."""
        before = self._read(segment)
        if segment.means:
            before = straight(self._builder, before)
        return joins.averages(self._network, segment.means, before, self._builder)

    @contextmanager
    def _preview_behind(self, index: int) -> Iterator[None]:
        """Look also at what stands behind the segment of this number when it is at fault."""
        try:
            yield
        except XnorflowError as error:
            behind = [s for s in self._path.segments[index + 1 :] if s.is_product]
            rest = preview_faults(self._network, behind, 1.0, self._path.segments)
            end = preview_end(self._network, self._path)
            raise XnorflowError(*error.diagnostics, *rest, *end) from error

    def _enter(self) -> None:
        """Append the input's functions."""
        head, network, builder = self._head, self._network, self._builder
        coding, nodes = head.after.coding, network.origin(*head.chain.functions)
        worth = coding.worth(head.after.flips)
        made = builder.quantize(INPUT, head.quantize, coding.value, worth, nodes)
        first, names = builder.layers[0].name, network.origin(*head.chain.nodes)
        made = builder.pools(made, "input_pool", head.chain, network)
        last = builder.layers[-1].name
        self._tell(Tap(first, last, names, network.input, head.chain, None, head.after))
        self._keep(self._path.head, made, head.after)

    def _keep(self, segment: Segment, tensor: str, worth: Activations) -> None:
        """Take note of a stored tensor, its bits as they are if others than products read it."""
        others = any(node.op_type not in MATRIX for node in segment.readers)
        fixed = replace(worth, layout=replace(worth.layout, is_free=False))
        stored = Stored(tensor, fixed)
        self._stored[segment.end] = straight(self._builder, stored) if others else stored

    def _part(self, index: int, segment: Segment, matrix: Matrix) -> Part:
        return Part.of(self._network, index, segment, matrix, self._read(segment))

    def _product(self, index: int, segment: Segment) -> None:
        """Append a product whose results are activations."""
        matrix = self._matrices[segment.product.name]
        if isinstance(matrix, IntegerMatrix):
            self._linear(index, segment, matrix)
            return
        part, builder = self._part(index, segment, matrix), self._builder
        if not segment.chain and is_sliced(segment, self._path.segments):
            self._stored[segment.end] = self._raw(part)
            return
        join = sum_of(segment, self._path.segments)
        layer = BinaryProduct.observe(part.product, part.chain, part.name, part.names)
        if layer is not None and not self._stays(layer.levels, part, join):
            layer.check_coding()
            coding, flips = layer.levels, layer.flips
            made = part.append(builder, layer.dense(), coding.worth(flips))
            made = part.pools(self._network, builder, made)
            self._notes += layer.notes()
        else:
            found = self._with_steps(part, join)
            if found is None:
                self._stored[segment.end] = self._raw(part, part.chain)
                return
            self._notes += found.notes
            coding, flips = found.coding, found.flips
            names = self._network.origin(*part.chain.functions) or part.names
            made = part.append(builder, found.dense)
            made = builder.quantize(made, found.quantize, coding.value, coding.worth(flips), names)
            made = part.pools(self._network, builder, made)
        after = Activations(part.chain.end, *part.chain.padding(part.names), coding, flips)
        self._tell(part.tap(self._path, builder, after))
        self._keep(segment, made, after)

    def _raw(self, part: Part, chain: FunctionChain | None = None) -> RawSums:
        """Append a product whose sums are stored as they are, and what a chain makes of them."""
        dense, sums, coarse = raw_sums(part.product, part.names)
        made = part.append(self._builder, dense)
        sums = sums if chain is None else applied(chain, sums)
        layout = replace(sums.layout, is_free=False)
        return RawSums(made, replace(sums, layout=layout), coarse)

    def _with_steps(self, part: Part, join: Segment | None) -> SumFunction | None:
        """The function of a product's sums; None where they are added as they are, for a sign."""
        try:
            found = SumFunction.observe(part.product, part.chain, part.name, part.names)
        except XnorflowError:
            if join is None or not takes_sign(self._network, join, part):
                raise
            return None
        return None if self._stays(found.coding, part, join) else found

    def _stays(self, coding: Coding, part: Part, join: Segment | None) -> bool:
        """Whether a sum reads results as they are: integers cannot be added, and a sign follows."""
        if join is None or self._is_addable(coding, join):
            return False
        return takes_sign(self._network, join, part)

    def _is_addable(self, coding: Coding, join: Segment) -> bool:
        """Whether integers of a coding may be added to what else a sum reads, so far as known."""
        assert join.source is not None, "a sum has a node"
        known = (self._stored.get(name) for name in join.entries)
        others = [entry.worth.coding for entry in known if isinstance(entry, Stored)]
        return all(Addition.is_possible(self._network, join.source, coding, o) for o in others)

    def _is_decided(self, segment: Segment) -> bool:
        """Whether a sum has an operand without steps."""
        entries = self._entries(segment)
        return len(entries) == 2 and any(isinstance(entry, RawSums) for entry in entries)

    def _decided(self, segment: Segment) -> Made:
        """Append a sum of a product's results as they are and of activations, and its sign."""
        return append_decision(self._network, self._builder, segment, self._entries(segment))

    def _function(self, segment: Segment) -> None:
        """Append a sum, a concatenation, an average, a slice or nothing, and a function of that."""
        network, builder = self._network, self._builder
        count = len(builder.layers)
        entries = self._entries(segment)
        tensor, table, coding = begin(network, builder, segment, entries)
        coarse, layer = coarse_begin(network, segment, entries), builder.layers[-1].name
        layout = arrange(network, segment.chain, table.layout, reader_of(network, *segment.readers))
        chain = FunctionChain(network, segment.chain, layout)
        names = network.origin(*segment.nodes)
        flips = np.zeros(chain.end.size, dtype=bool)
        computes = any(node.op_type not in SLICE for node in chain.functions)
        pools = f"maxpool{builder.number(MaxPool)}"
        if coding is not None and not computes and not coding.value.is_bit:
            check_pools(table, chain, names)
        else:
            found = Function.observe(table, chain, names)
            if coarse is not None:
                self._notes += found.decisions(layer, coarse)
            codes, flips = found.flips()
            coding = found.coding
            quantize = found.quantize(codes)
            worth = coding.worth(flips)
            tensor = builder.quantize(tensor, quantize, coding.value, worth, names)
            pools = f"quantize_pool{builder.number(Quantize)}"
        tensor = builder.pools(tensor, pools, chain, network)
        after = Activations(chain.end, *chain.padding(names), coding, flips)
        if len(builder.layers) > count:
            first, made = builder.layers[count].name, builder.layers[-1].name
            self._tell(Tap(first, made, names, segment.begin, chain, None, after, (), coarse))
        self._keep(segment, tensor, after)

    def _read(self, segment: Segment) -> Stored:
        """What a product multiplies."""
        (entry,) = self._entries(segment)
        assert isinstance(entry, Stored), "raw sums enter no product"
        return entry

    def _entries(self, segment: Segment) -> tuple[Entry, ...]:
        """What a segment reads."""
        return tuple(self._stored[name] for name in segment.entries)
