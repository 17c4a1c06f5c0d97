# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small hand-made Designs, built from the real kernels, with random weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from xnorflow.boards.read import load_board
from xnorflow.design.design import Design
from xnorflow.design.stage import HOST, Connection, Joint, Port, Stage
from xnorflow.diagnostics import Origin
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.folding import Folding
from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.host import HostInput, HostOutput
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.ranges import dot_range, threshold_range
from xnorflow.ir.spec import check
from xnorflow.ir.types import BIPOLAR, Ints, TensorType, ValueType, bits_for_range

Fold = tuple[int, int] | tuple[int, int, str]


class Maker:
    """Appends layers to a network; ``build`` makes the Design.

    A layer reads what the one before it makes, or what ``at`` names: so branches begin.
    """

    def __init__(self, shape: int | tuple[int, ...], value: ValueType, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        entry = (shape,) if isinstance(shape, int) else shape
        self.tensors = {"x": TensorType(entry, value)}
        self.layers: list[Layer] = []
        self.folds: list[Folding] = []
        self.last = "x"

    def add(self, name: str, op: Op, out: TensorType, fold: Fold, *others: str) -> Maker:
        origin = Origin((f"/{name}/node",))
        output = f"{name}_out"
        self.tensors[output] = out
        inputs = (self.last, *others)
        before = tuple(self.tensors[tensor] for tensor in inputs)
        self.layers.append(Layer(name, op, inputs, output, before, out, origin))
        self.folds.append(Folding(*fold))
        self.last = output
        return self

    def at(self, tensor: str) -> Maker:
        """Go on from another tensor than the last."""
        self.last = tensor
        return self

    def fork(self, name: str, copies: int, fold: Fold) -> Maker:
        return self.add(name, Fork(copies), self.tensors[self.last], fold)

    def sum(self, name: str, other: str, fold: Fold) -> Maker:
        """The last tensor and another one."""
        kinds = [self.tensors[tensor].value for tensor in (self.last, other)]
        low = sum(-1 if kind.is_bipolar else kind.low for kind in kinds)
        high = sum(1 if kind.is_bipolar else kind.high for kind in kinds)
        out = TensorType(self.tensors[self.last].shape, bits_for_range(low, high))
        return self.add(name, Add(), out, fold, other)

    def concat(self, name: str, other: str, fold: Fold) -> Maker:
        """The channels of the last tensor, then those of another one."""
        first, second = (self.tensors[tensor] for tensor in (self.last, other))
        shape = (*first.shape[:-1], first.channels + second.channels)
        return self.add(name, Concat(), TensorType(shape, first.value), fold, other)

    def channels(self, name: str, start: int, stop: int, fold: Fold) -> Maker:
        """A range of the last tensor's channels."""
        before = self.tensors[self.last]
        after = TensorType((*before.shape[:-1], stop - start), before.value)
        return self.add(name, Slice(start, stop), after, fold)

    def dense(self, name: str, rows: int, fold: Fold, *, raw: bool = False) -> Maker:
        """A product of the whole frame, whatever its shape."""
        return self._product(name, (rows, self.tensors[self.last].elements), fold, (), raw)

    def linear(self, name: str, rows: int, fold: Fold, *, reach: int = 127) -> Maker:
        """A product of the whole frame and integers of up to ``reach``."""
        before = self.tensors[self.last]
        weights = self.rng.integers(-reach, reach + 1, (rows, before.elements))
        op = Linear(weights.astype(np.int8))
        sums = op.sums(before.value)
        return self.add(name, op, TensorType((rows,), bits_for_range(sums[0], sums[-1])), fold)

    def conv(self, name: str, rows: int, fold: Fold, *, kinds: int = 0, raw: bool = False) -> Maker:
        """A product of every pixel, with so many kinds of thresholds, or one without kinds."""
        before = self.tensors[self.last]
        assert before.elements > before.channels, "a single pixel is a whole frame"
        return self._product(name, (rows, before.channels), fold, before.shape[:-1], raw, kinds)

    def window(self, name: str, sweep: Sweep, fold: Fold, *, fill: int = 0) -> Maker:
        return self.add(name, Window(sweep, fill), self._swept(sweep, sweep.area), fold)

    def pool(self, name: str, sweep: Sweep, fold: Fold) -> Maker:
        return self.add(name, MaxPool(sweep), self._swept(sweep, 1), fold)

    def _swept(self, sweep: Sweep, seen: int) -> TensorType:
        before = self.tensors[self.last]
        height, width, channels = before.shape
        return TensorType((*sweep.positions(height, width), seen * channels), before.value)

    def _product(
        self,
        name: str,
        shape: tuple[int, int],
        fold: Fold,
        pixels: tuple[int, ...],
        raw: bool,
        kinds: int = 0,
    ) -> Maker:
        value, (rows, columns) = self.tensors[self.last].value, shape
        weights = self.rng.integers(0, 2, shape, dtype=np.uint8)
        out = TensorType((*pixels, rows), BIPOLAR)
        if raw:
            dots = dot_range(columns, value)
            out = TensorType((*pixels, rows), bits_for_range(dots[0], dots[-1]))
            return self.add(name, Dense(weights, None), out, fold)
        if not kinds:
            return self.add(name, Dense(weights, self._limits(columns, (rows,), value)), out, fold)
        limits = self._limits(columns, (kinds, rows), value)
        of_pixels = self.rng.permutation(np.arange(prod(pixels)) % kinds).astype(np.int32)
        return self.add(name, Dense(weights, limits, of_pixels), out, fold)

    def _limits(self, columns: int, shape: tuple[int, ...], value: ValueType) -> Ints:
        """Thresholds near the middle, the first two of them at the ends of their range."""
        legal = threshold_range(columns, value)
        if value.is_bipolar:
            low, high = columns // 3, columns - columns // 3 + 1
        else:
            reach = -(-int(legal[-1]) // 4)
            low, high = -reach, reach + 1
        limits = self.rng.integers(low, high, shape).astype(np.int32)
        ends = (legal[0], legal[-1])[: min(2, shape[-1])]
        limits[..., : len(ends)] = ends
        return limits

    def quantize(self, name: str, fold: Fold, *, uniform: bool = True) -> Maker:
        before = self.tensors[self.last]
        rows = 1 if uniform else before.elements
        levels = np.arange(1 << before.value.bits)
        cuts = self.rng.integers(1, 1 << before.value.bits, (rows, 1))
        table = (levels >= cuts).astype(np.int32)
        return self.add(name, Quantize(table), TensorType(before.shape, BIPOLAR), fold)

    def levels(self, name: str, value: ValueType, fold: Fold) -> Maker:
        """Each channel by thresholds of its own, over half of the input; every third one falls."""
        before = self.tensors[self.last]
        low, high = before.value.low // 2, before.value.high // 2 + 1
        drawn = self.rng.integers(low, high, (before.channels, value.high - value.low))
        falls = (np.arange(before.channels) % 3 == 2).astype(np.uint8)
        op = MultiThreshold(np.sort(drawn.astype(np.int32)), falls, value.low)
        return self.add(name, op, TensorType(before.shape, value), fold)

    def label(self, name: str, fold: Fold) -> Maker:
        classes = self.tensors[self.last].elements
        offsets = self.rng.integers(-3, 4, classes).astype(np.int32)
        out = TensorType((1,), bits_for_range(0, classes - 1))
        return self.add(name, ArgMax(offsets), out, fold)

    def graph(self) -> Graph:
        last = self.layers[-1]
        values = last.op.results(last.in_types, last.out_type)
        table = np.array([list(values)], dtype=np.float64)
        graph = Graph(
            ModelInfo("hand-made", "0" * 64),
            self.tensors,
            tuple(self.layers),
            "x",
            self.last,
            HostInput(self.tensors["x"].shape),
            HostOutput(last.out_type.shape, "float32", table, values.start, values.step),
        )
        check(graph)
        return graph

    def build(self, board: str = "pynq-z1", fifos: Sequence[int] = ()) -> Design:
        """The Design; ``fifos`` are depths of fifos before the stages, 0 for none."""
        graph = self.graph()
        stages = []
        for layer, fold in zip(graph.layers, self.folds, strict=True):
            bare = Folding(fold.pe, fold.simd)
            able = [kernel for kernel in kernels_for(layer) if bare in kernel.foldings(layer)]
            assert able, f"{layer.name}: {fold}"
            kernel = able[0]
            storages = kernel.storages(layer, fold)
            if fold.storage == "auto" and storages:
                fold = replace(fold, storage=storages[0])
            stages.append(Stage(layer, kernel.name, fold))
        made = {"x": HOST} | {s.layer.output: Port(s.layer.name) for s in stages}
        streams = {s.layer.name: s.output_streams for s in stages}
        read: Counter[str] = Counter()
        connections: list[Connection] = []
        for index, stage in enumerate(stages):
            for number, (tensor, wanted) in enumerate(
                zip(stage.layer.inputs, stage.input_streams, strict=True)
            ):
                source = replace(made[tensor], number=read[tensor])
                read[tensor] += 1
                joints: list[Joint] = []
                stream = streams[source.stage][source.number] if made[tensor] != HOST else wanted
                place = stage.layer.name + (f"_{number}" if number else "")
                if stream != wanted:
                    joints.append(Joint(f"{place}_width", "width_converter", stream, wanted))
                depth = fifos[index] if index < len(fifos) else 0
                if depth and number == 0:
                    joints.append(Joint(f"{place}_fifo", "fifo", wanted, wanted, depth))
                sink = Port(stage.layer.name, number)
                connections.append(Connection(source, sink, tuple(joints)))
        connections.append(Connection(made[graph.output], HOST))
        return Design(graph, load_board(board), 100.0, tuple(stages), tuple(connections))


def with_joints(design: Design, change: Callable[[Joint], Joint | None]) -> Design:
    """The design with other adapters, or without those that become None."""
    connections = []
    for connection in design.connections:
        joints = (change(joint) for joint in connection.joints)
        kept = tuple(joint for joint in joints if joint is not None)
        connections.append(replace(connection, joints=kept))
    return replace(design, connections=tuple(connections))


def fifos(design: Design) -> dict[str, int]:
    """Depths by name."""
    return {joint.name: joint.depth for joint in design.joints if joint.depth}


def shrunk(design: Design, name: str, depth: int | None = None) -> Design:
    """The design with a fifo made smaller by a beat, or of another depth; 0 leaves it out."""

    def change(joint: Joint) -> Joint | None:
        if joint.name != name:
            return joint
        smaller = replace(joint, depth=joint.depth - 1 if depth is None else depth)
        return smaller if smaller.depth else None

    return with_joints(design, change)


def random_frames(design: Design, count: int, seed: int = 1) -> np.ndarray:
    """Frames over the input type's whole range, int32 [count, elements]."""
    tensor = design.graph.tensors[design.graph.input]
    rng = np.random.default_rng(seed)
    size = (count, tensor.elements)
    return rng.integers(tensor.value.low, tensor.value.high + 1, size).astype(np.int32)


def tfc(storage: str = "auto") -> Design:
    """Sizes and folding of FINN's TFC-w1a1, without its input quantiser."""
    return (
        Maker(784, BIPOLAR)
        .dense("dense0", 64, (16, 49, storage))
        .dense("dense1", 64, (8, 8, storage))
        .dense("dense2", 64, (8, 8, storage))
        .dense("dense3", 10, (10, 8, storage), raw=True)
        .build()
    )
