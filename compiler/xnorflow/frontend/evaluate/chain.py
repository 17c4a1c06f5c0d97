# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The nodes between two products: scalar functions of single cells, with pools in between.

Nothing is rewritten. Every element is followed to where it ends; cells that meet the same constants
on their way behave alike, so that the executor runs the functions for one of each kind only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.evaluate.outcomes import check_finite, makes, not_finite
from xnorflow.frontend.evaluate.pool import Pool
from xnorflow.frontend.trace.execute import execute, run_steps
from xnorflow.frontend.trace.gather import Step, merge
from xnorflow.frontend.trace.images import read_border, read_sweep
from xnorflow.frontend.trace.layout import Layout, Reader, inverse, ordered
from xnorflow.frontend.trace.operators import LAYOUT, POOL, SLICE

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.gather import Labels

__all__ = ["ChainStage", "FunctionChain", "PadConstants", "arrange", "left"]


@dataclass(frozen=True, eq=False)
class PadConstants:
    """Constants that a Pad puts around an image.

    Attributes:
        node: the Pad.
        cells: their numbers.
        value: what they are.
        step: number of the first step that acts on them.
    """

    node: NodeProto
    cells: range
    value: float
    step: int


@dataclass(frozen=True, eq=False)
class ChainStage:
    """The nodes up to a pool or up to the end.

    Attributes:
        steps: scalar functions.
        pads: constants put in.
        end: the tensor behind all of them.
        pool: what comes next, None at the end.
        labels: cells of one label meet the same functions from here on to the chain's end; -1
            for those that no pool sees.
    """

    steps: tuple[Step, ...]
    pads: tuple[PadConstants, ...]
    end: Layout
    pool: Pool | None
    labels: Labels


class FunctionChain:
    """The nodes between two products, or at either end of the network.

    Attributes:
        nodes: the nodes.
        entry: the tensor in front of them.
        stages: in order, at least one.
    """

    def __init__(self, network: Network, nodes: Sequence[NodeProto], entry: Layout) -> None:
        """Follow every element of ``entry`` through ``nodes``.

        Raises:
            XnorflowError: a pool does not see an image, or a layout that cannot be run.
        """
        self.nodes = tuple(nodes)
        self.entry = entry
        self._network = network
        self.stages = _walk(network, nodes, entry).stages()

    @property
    def end(self) -> Layout:
        """The tensor behind the chain."""
        return self.stages[-1].end

    @property
    def pools(self) -> tuple[Pool, ...]:
        """All pools, in order."""
        return tuple(stage.pool for stage in self.stages if stage.pool is not None)

    @property
    def functions(self) -> tuple[NodeProto, ...]:
        """The nodes without pools and Pads."""
        return tuple(n for n in self.nodes if n.op_type not in POOL | {"Pad"})

    @property
    def steps(self) -> tuple[float, ...]:
        """The scales that its quantisers have for all elements, the last one first."""
        quantisers = [
            node for node in reversed(self.nodes) if node.op_type in ("Quant", "IntQuant")
        ]
        scales = [self._network.constants.get(node.input[1], np.empty(0)) for node in quantisers]
        found = (float(scale.item()) for scale in scales if scale.size == 1)
        return tuple(step for step in found if 0 < step < np.inf)

    def origin_from(self, number: int) -> tuple[str, ...]:
        """The user's names of a pool's nodes and of all functions behind it."""
        steps = (step.node for stage in self.stages[number + 1 :] for step in stage.steps)
        return self._network.origin(*self.pools[number].nodes, *steps)

    def run(
        self,
        values: Array,
        cells: Labels,
        *,
        stage: int = 0,
        step: int = 0,
        double: bool = False,
    ) -> list[Array]:
        """What ``cells`` become in front of each pool, and at the end if no other cell is larger.

        Args:
            values: [K, R]: K values for each of R cells.
            cells: [R], as numbered in the stage where they start.
            stage: where they start.
            step: the first step that acts on them.
            double: compute in float64, as far as the operators allow.

        Returns:
            [K, R] for each stage from ``stage`` on.

        Raises:
            XnorflowError: the executor cannot run a node, or one makes infinity or not-a-number.
        """
        results = []
        for part in self.stages[stage:]:
            steps = [(s.node, s.constants(cells)) for s in part.steps[step:]]
            if steps:
                made = run_steps(self._network, steps, values, double=double)
                if not double:  # which only looks again at what float32 gave
                    self._check(part, steps, [values, *made], cells)
                values = made[-1]
            results.append(values)
            if part.pool is not None:
                cells, step = part.pool.seen[cells], 0
        return results

    def _check(
        self,
        stage: ChainStage,
        steps: Sequence[tuple[NodeProto, Mapping[int, Array]]],
        values: Sequence[Array],
        cells: Labels,
    ) -> None:
        """Refuse infinities and NaN that a step makes, though what follows may hide them again."""
        network = self._network
        for (node, own), (before, after) in zip(steps, pairwise(values), strict=True):
            common = {
                i: network.constants[n] for i, n in enumerate(node.input) if n in network.constants
            }
            wrong = makes(before, after, {**common, **own}.values())
            if wrong.any():
                place = inverse(stage.end.cells)[cells]
                raise not_finite(wrong, after, network.origin(node), place)

    def padding(self, names: tuple[str, ...]) -> tuple[Array, tuple[NodeProto, ...]]:
        """What the cells beyond the last image are, float64, and the Pads that put them there.

        Raises:
            XnorflowError: one is not finite.
        """
        _, results = self.constants(len(self.stages) - 1)
        values = results[0] if results else np.zeros((1, 0))
        check_finite(values, names)
        nodes = tuple(pad.node for pad in self.stages[-1].pads)
        return values[0].astype(np.float64), nodes

    def final_labels(self, cells: Labels) -> Labels:
        """Labels of the last stage of what ``cells`` of the first become."""
        for pool in self.pools:
            cells = pool.seen[cells]
        return self.stages[-1].labels[cells]

    def constants(self, stage: int) -> tuple[Labels, list[Array]]:
        """Cells that Pads put into a stage, and what they become as in ``run``, [1, cells].

        Without those that no pool sees.
        """
        labels, found, runs = self.stages[stage].labels, [], []
        for pad in self.stages[stage].pads:
            cells = np.asarray(pad.cells, dtype=np.int64)
            cells = cells[labels[cells] >= 0]
            _, first, back = np.unique(labels[cells], return_index=True, return_inverse=True)
            dtype = self._network.dtype(pad.node.output[0])
            value = np.full((1, len(first)), pad.value, dtype=dtype)
            parts = self.run(value, cells[first], stage=stage, step=pad.step)
            found.append(cells)
            runs.append([part[:, back] for part in parts])
        if not found:
            return np.zeros(0, dtype=np.int64), []
        return np.concatenate(found), [np.concatenate(p, axis=1) for p in zip(*runs, strict=True)]


def arrange(network: Network, nodes: Sequence[NodeProto], entry: Layout, reader: Reader) -> Layout:
    """``entry`` with its cells numbered as the first to see an image behind it wants them.

    Raises:
        XnorflowError: a layout that cannot be run.
    """
    if not entry.is_free:
        return entry
    pools = [i for i, n in enumerate(nodes) if n.op_type in POOL]
    end = _walk(network, nodes[: pools[0]] if pools else nodes, entry).now
    order = ordered(end, Reader.IMAGE if pools else reader)
    if order is None:
        return entry
    cells = inverse(order.ravel())[entry.cells]
    image = (order.shape[0], order.shape[1], order.shape[2])
    return Layout(entry.shape, image, cells, is_free=False)


def left(network: Network, nodes: Sequence[NodeProto], entry: Layout) -> Labels:
    """The cells of ``entry`` that ``nodes`` without pools and Pads leave, in the graph's order.

    Raises:
        XnorflowError: a layout that cannot be run.
    """
    return _walk(network, nodes, entry).now.cells


def _walk(network: Network, nodes: Sequence[NodeProto], entry: Layout) -> _Walk:
    walk = _Walk(network, entry)
    for is_layout, run in groupby(nodes, lambda node: node.op_type in LAYOUT | SLICE):
        if is_layout:
            walk.layout(*run)
            continue
        for node in run:
            if node.op_type in POOL:
                walk.pool(node)
            elif node.op_type == "Pad":
                walk.pad(node)
            else:
                walk.scalar(node)
    return walk


class _Walk:
    """The tensor that the next node acts on, and what was passed."""

    def __init__(self, network: Network, entry: Layout) -> None:
        self.network = network
        self.now = entry
        self._count = len(entry.cells)
        self._passed: list[tuple[list[Step], list[PadConstants], Layout, Pool | None]] = []
        self._steps: list[Step] = []
        self._pads: list[PadConstants] = []

    def layout(self, *nodes: NodeProto) -> None:
        numbers = np.arange(len(self.now.cells), dtype=np.float64).reshape(self.now.shape)
        order = execute(self.network, nodes, numbers)
        cells = self.now.cells[order.ravel().astype(np.int64)]
        self._count = len(cells)
        self.now = Layout(order.shape, self.now.image, cells, self.now.is_free)

    def scalar(self, node: NodeProto) -> None:
        self._steps.append(Step(self.network, node, self.now.shape, inverse(self.now.cells)))
        shape = self.network.shape(node.output[0])
        self.now = Layout(shape, self.now.image, self.now.cells, self.now.is_free)

    def pad(self, node: NodeProto) -> None:
        border = read_border(self.network, node)
        old = self.now.cells.reshape(self.now.shape)
        new = np.pad(old, border.edges, constant_values=-1)
        fresh = new < 0
        cells = range(self._count, self._count + int(fresh.sum()))
        new[fresh] = cells
        self._count = cells.stop
        self._pads.append(PadConstants(node, cells, border.value, len(self._steps)))
        self.now = Layout(new.shape, self.now.image, new.ravel(), self.now.is_free)

    def pool(self, node: NodeProto) -> None:
        if read_sweep(self.network, node).is_plain:
            return
        pool = Pool(self.network, node, tuple(pad.node for pad in self._pads), self.now)
        self._passed.append((self._steps, self._pads, self.now, pool))
        self._steps, self._pads = [], []
        self.now = pool.after
        self._count = len(self.now.cells)

    def stages(self) -> tuple[ChainStage, ...]:
        """All stages, labelled from the last to the first."""
        stages: list[ChainStage] = []
        parts = [*self._passed, (self._steps, self._pads, self.now, None)]
        for steps, pads, end, pool in reversed(parts):
            labels = np.zeros(len(end.cells), dtype=np.int64)
            if pool is not None:
                labels = pool.pull(stages[-1].labels)
            for step in steps:
                if step.labels is not None:
                    own, seen = np.zeros_like(labels), step.labels[: len(labels)]
                    own[: len(seen)] = seen
                    labels = merge(labels, own)
            stages.append(ChainStage(tuple(steps), tuple(pads), end, pool, labels))
        return tuple(reversed(stages))
