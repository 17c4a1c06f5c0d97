# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Lowering: the traced network becomes integer layers, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.elements import rearranged
from xnorflow.frontend.evaluate.product import Activations, Product, place, reader_of
from xnorflow.frontend.evaluate.weights import Matrix, read_matrix
from xnorflow.frontend.lower.fault_preview import preview_end, preview_faults
from xnorflow.frontend.lower.graph_builder import GraphBuilder
from xnorflow.frontend.lower.head import Head, lower_head
from xnorflow.frontend.lower.tail import lower_tail
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.lower.thresholds import BinaryProduct
from xnorflow.frontend.trace.layout import Reader
from xnorflow.frontend.trace.trace import Trace, trace
from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.host import HostOutput

if TYPE_CHECKING:
    from xnorflow.frontend.read.network import Network
    from xnorflow.ir.input_spec import InputSpec
    from xnorflow.ir.ops.dense import Dense
    from xnorflow.ir.types import Worth

__all__ = ["lower"]


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
    tell = tap or (lambda tap: None)
    head, matrices = _read(network, path, given)
    builder = GraphBuilder(head.in_type)
    coding, nodes = head.after.coding, network.origin(*head.chain.functions)
    builder.quantize(head.quantize, coding.value, coding.worth(head.after.flips), nodes)
    builder.pools("input_pool", head.chain, network)
    first, names = builder.layers[0].name, network.origin(*head.chain.nodes)
    tell(Tap(first, builder.layers[-1].name, names, network.input, head.chain, None, head.after))
    after, notes = _middle(network, path, matrices[:-1], head.after, builder, tell)
    part = _Part.of(network, path, len(matrices) - 1, matrices[-1], after)
    host, last_notes = _end(network, path, part, builder)
    tell(part.tap(path, builder, None))
    return Graph(
        model,
        builder.tensors,
        tuple(builder.layers),
        "input",
        builder.tensor,
        head.host,
        host,
        (*head.notes, *notes, *last_notes),
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """A product in its place, and what follows.

    Attributes:
        index: number of the product.
        product: the product.
        chain: what follows.
        reader: of the chain's result.
        names: the user's nodes, without pools.
        window_names: the user's nodes that make windows.
    """

    index: int
    product: Product
    chain: FunctionChain
    reader: Reader
    names: tuple[str, ...]
    window_names: tuple[str, ...]

    @staticmethod
    def of(network: Network, path: Trace, index: int, matrix: Matrix, before: Activations) -> _Part:
        segment = path.segments[index]
        product = place(network, segment, matrix, before)
        reader = reader_of(network, segment.reader)
        layout = arrange(network, segment.chain, product.layout, reader)
        product = rearranged(product, layout)
        chain = FunctionChain(network, segment.chain, layout)
        names = network.origin(*segment.means, segment.matrix, *chain.functions)
        window = network.origin(*before.pads, *segment.means, segment.matrix)
        return _Part(index, product, chain, reader, names, window)

    @property
    def name(self) -> str:
        """Neutral name of the product's layer."""
        kind = "conv" if self.product.matrix.bits.ndim == 4 else "dense"
        return f"{kind}{self.index}"

    def append(
        self, network: Network, builder: GraphBuilder, dense: Dense, worth: Worth | None = None
    ) -> None:
        """Append the layers of a product whose thresholds, and what they make, are known."""
        if self.product.window is not None:
            builder.window(f"window{self.index}", self.product.window, self.window_names)
        image: tuple[int, ...] = self.product.layout.image
        flat = self.reader in (Reader.VECTOR, Reader.OUTPUT) and not self.chain.pools
        if flat and image[:2] == (1, 1):
            image = image[2:]
        builder.dense(self.name, dense, image, worth, self.names)
        builder.pools(f"pool{self.index}", self.chain, network)

    def tap(self, path: Trace, builder: GraphBuilder, after: Activations | None) -> Tap:
        """Where the result can be compared, when its layers were appended last."""
        sums, made = path.segments[self.index].matrix.output[0], builder.layers[-1].name
        finish = path.finish if after is None else ()
        return Tap(self.name, made, self.names, sums, self.chain, self.product, after, finish)


def _read(network: Network, path: Trace, given: InputSpec) -> tuple[Head, list[Matrix]]:
    """The head and all products, or all their faults at once."""
    faults: list[Diagnostic] = []
    head, matrices, reach = None, list[Matrix](), 1.0
    try:
        head = lower_head(network, path, given)
        reach = head.after.coding.reach
    except XnorflowError as error:
        faults += error.diagnostics
    for segment in path.segments:
        try:
            matrices.append(read_matrix(network, segment))
        except XnorflowError as error:
            faults += error.diagnostics
    if head is None or faults:
        rest = (*preview_faults(network, path.segments, reach), *preview_end(network, path))
        raise XnorflowError(*faults, *rest)
    return head, matrices


@contextmanager
def _preview_behind(network: Network, path: Trace, index: int) -> Iterator[None]:
    """Look also at what stands behind the product of this number when it is at fault."""
    try:
        yield
    except XnorflowError as error:
        rest = preview_faults(network, path.segments[index + 1 :], 1.0)
        raise XnorflowError(*error.diagnostics, *rest, *preview_end(network, path)) from error


def _middle(
    network: Network,
    path: Trace,
    matrices: list[Matrix],
    after: Activations,
    builder: GraphBuilder,
    tell: Callable[[Tap], None],
) -> tuple[Activations, list[Diagnostic]]:
    """Append the products whose results are activations; what leaves the last one, and notes."""
    notes: list[Diagnostic] = []
    for index, matrix in enumerate(matrices):
        with _preview_behind(network, path, index):
            part = _Part.of(network, path, index, matrix, after)
            layer = BinaryProduct.observe(part.product, part.chain, part.name, part.names)
            layer.check()
            layer.check_coding()
            part.append(network, builder, layer.dense(), layer.levels.worth(layer.flips))
            notes += layer.notes()
            padding = part.chain.padding(part.names)
            after = Activations(part.chain.end, *padding, layer.levels, layer.flips)
            tell(part.tap(path, builder, after))
    return after, notes


def _end(
    network: Network, path: Trace, part: _Part, builder: GraphBuilder
) -> tuple[HostOutput, tuple[Diagnostic, ...]]:
    """Append the last product and the choice behind it."""
    tail = lower_tail(network, path, part.product, part.chain, part.name, part.names)
    part.append(network, builder, tail.dense)
    if tail.argmax is not None and path.choice is not None:
        builder.argmax(tail.argmax, network.origin(path.choice.node, *path.choice.chain))
    return tail.host, tail.notes
