# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small hand-made Designs, built from the real kernels, with random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from xnorflow.folding.boards import load_board
from xnorflow.folding.design import Design, Joint, Stage
from xnorflow.ir.diagnostics import Origin
from xnorflow.ir.graph import Graph, HostInput, HostOutput, ModelInfo
from xnorflow.ir.kernel import Folding
from xnorflow.ir.layer import ArgMax, Dense, Layer, Op, Quantize
from xnorflow.ir.spec import check
from xnorflow.ir.types import BINARY, TensorType, ValueType, bits_for_range
from xnorflow.kernels import kernel_for

Fold = tuple[int, int] | tuple[int, int, str]


class Maker:
    """Appends layers to a network; ``build`` makes the Design."""

    def __init__(self, elements: int, value: ValueType, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors = {"x": TensorType((elements,), value)}
        self.layers: list[Layer] = []
        self.folds: list[Folding] = []
        self.last = "x"

    def add(self, name: str, op: Op, out: TensorType, fold: Fold) -> Maker:
        origin = Origin((f"/{name}/node",))
        output = f"{name}_out"
        self.tensors[output] = out
        before = self.tensors[self.last]
        self.layers.append(Layer(name, op, (self.last,), output, before, out, origin))
        self.folds.append(Folding(*fold))
        self.last = output
        return self

    def dense(self, name: str, rows: int, fold: Fold, *, raw: bool = False) -> Maker:
        columns = self.tensors[self.last].elements
        weights = self.rng.integers(0, 2, (rows, columns), dtype=np.uint8)
        if raw:
            value = bits_for_range(-columns, columns)
            return self.add(name, Dense(weights, None), TensorType((rows,), value), fold)
        middle = self.rng.integers(columns // 3, columns - columns // 3 + 1, rows)
        thresholds = middle.astype(np.int32)
        thresholds[:2] = (0, columns + 1)[: min(2, rows)]
        return self.add(name, Dense(weights, thresholds), TensorType((rows,), BINARY), fold)

    def quantize(self, name: str, fold: Fold, *, uniform: bool = True) -> Maker:
        before = self.tensors[self.last]
        rows = 1 if uniform else before.elements
        levels = np.arange(1 << before.value.bits)
        cuts = self.rng.integers(1, 1 << before.value.bits, (rows, 1))
        table = (levels >= cuts).astype(np.int32)
        return self.add(name, Quantize(table), TensorType(before.shape, BINARY), fold)

    def label(self, name: str, fold: Fold) -> Maker:
        classes = self.tensors[self.last].elements
        offsets = self.rng.integers(-3, 4, classes).astype(np.int32)
        out = TensorType((1,), bits_for_range(0, classes - 1))
        return self.add(name, ArgMax(offsets), out, fold)

    def graph(self) -> Graph:
        last = self.layers[-1]
        value = last.out_type.value
        first, step, count = value.low, 1, value.high - value.low + 1
        if isinstance(last.op, Dense) and last.op.thresholds is None:
            first, step = -last.in_type.elements, 2
            count = last.in_type.elements + 1
        elif isinstance(last.op, ArgMax):
            count = last.in_type.elements
        table = (first + step * np.arange(count, dtype=np.float64))[np.newaxis]
        graph = Graph(
            ModelInfo("hand-made", "0" * 64),
            self.tensors,
            tuple(self.layers),
            "x",
            self.last,
            HostInput(self.tensors["x"].shape),
            HostOutput(last.out_type.shape, "float32", table, first, step),
        )
        check(graph)
        return graph

    def build(self, board: str = "pynq-z1", fifos: Sequence[int] = ()) -> Design:
        """The Design; ``fifos`` are depths of fifos before the stages, 0 for none."""
        graph = self.graph()
        stages = []
        for layer, fold in zip(graph.layers, self.folds, strict=True):
            kernel = kernel_for(layer)
            assert Folding(fold.pe, fold.simd) in kernel.foldings(layer), f"{layer.name}: {fold}"
            storages = kernel.storages(layer, fold)
            if fold.storage == "auto" and storages:
                fold = replace(fold, storage=storages[0])
            stages.append(Stage(layer, kernel.name, fold))
        joints: list[Joint] = []
        for index, stage in enumerate(stages):
            wanted = stage.input_stream
            stream = stages[index - 1].output_stream if index else wanted
            if stream != wanted:
                name = f"{stage.layer.name}_width"
                joints.append(Joint(name, "width_converter", index, stream, wanted))
            depth = fifos[index] if index < len(fifos) else 0
            if depth:
                joints.append(
                    Joint(f"{stage.layer.name}_fifo", "fifo", index, wanted, wanted, depth)
                )
        return Design(graph, load_board(board), 100.0, tuple(stages), tuple(joints))


def random_frames(design: Design, count: int, seed: int = 1) -> np.ndarray:
    """Frames over the input type's whole range, int32 [count, elements]."""
    tensor = design.graph.tensors[design.graph.input]
    rng = np.random.default_rng(seed)
    size = (count, tensor.elements)
    return rng.integers(tensor.value.low, tensor.value.high + 1, size).astype(np.int32)


def tfc(storage: str = "auto") -> Design:
    """Sizes and folding of FINN's TFC-w1a1, without its input quantiser."""
    return (
        Maker(784, BINARY)
        .dense("dense0", 64, (16, 49, storage))
        .dense("dense1", 64, (8, 8, storage))
        .dense("dense2", 64, (8, 8, storage))
        .dense("dense3", 10, (10, 8, storage), raw=True)
        .build()
    )
