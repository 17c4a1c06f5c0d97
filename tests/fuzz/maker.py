# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A network under construction, calibrated step by step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from onnx import TensorProto, helper
from tests.fuzz import values
from tests.fuzz.network import Network
from tests.qonnx_net import Array, Net, execute

CALIBRATION_FRAMES = 10


class Fork(NamedTuple):
    """A tensor that is read more than once, and what a Maker knows of it."""

    name: str
    shape: tuple[int, ...]
    unit: float
    levels: tuple[float, float]
    sample: Array


class Maker:
    """A network under construction, and what its last tensor is like.

    Attributes:
        net: the graph.
        shape: without the batch axis.
        unit: what all values are whole multiples of; 0 where that is unknown.
        levels: the two values of an activation.
        pixel: the input's reach, from its lowest to its highest value.
        middle: half way between these.
        near: the unit of what a branch is joined with: its own may not be much larger or smaller.
    """

    def __init__(self, network: Network) -> None:
        entry = network.input
        self.net = Net(("N", *entry.shape), dtype=entry.dtype)
        self.shape = entry.shape
        low, high = (-1, 1) if entry.dtype == "BIPOLAR" else values.reach(entry)
        self.unit = 1.0 if entry.scale == 1 else 0.0
        self.levels = (-1.0, 1.0)
        self.pixel = float(high - low) * entry.scale
        self.middle = (low + high) / 2 * entry.scale
        self.near = 0.0
        x = values.frames(entry, CALIBRATION_FRAMES, 0)
        self._sample = (x * np.float64(entry.scale)).astype(np.float32)
        self._seen, self._at = 0, self.net.last

    def fork(self) -> Fork:
        """What it takes to go on from here once more."""
        self._run()
        return Fork(self.net.last, self.shape, self.unit, self.levels, self._sample)

    def back(self, fork: Fork) -> None:
        """Go on from where the network forks."""
        self.net.last, self.shape, self.unit, self.levels = fork[:4]
        self._sample, self._seen, self._at = fork.sample, len(self.net.nodes), fork.name

    def join(self, one: Fork, other: Fork, kind: str) -> None:
        """Add or concatenate two tensors."""
        if kind == "concat":
            self.net.last = self.net.node("Concat", [one.name, other.name], axis=1)
            self._sample = np.concatenate([one.sample, other.sample], axis=1)
        else:
            self.net.last = self.net.node("Add", [one.name, other.name])
            self._sample = one.sample + other.sample
        self.unit = min(one.unit, other.unit)
        self._seen, self._at = len(self.net.nodes), self.net.last

    def look(self) -> tuple[Array, Array]:
        """Mean and typical deviation of each channel, [channels], the latter above 0."""
        self._run()
        rows = np.moveaxis(self._sample, 1, 0).reshape(self._sample.shape[1], -1)
        rows = rows.astype(np.float64)
        spread = rows.std(axis=1)
        spread[spread == 0] = self.unit or 1.0
        return rows.mean(axis=1), spread

    def _run(self) -> None:
        """Bring the sample up to the last tensor."""
        nodes = self.net.nodes[self._seen :]
        if not nodes:
            return
        names = {name for node in nodes for name in node.input}
        constants = [tensor for tensor in self.net.constants if tensor.name in names]
        entry = helper.make_tensor_value_info(self._at, TensorProto.FLOAT, self._sample.shape)
        last = helper.make_tensor_value_info(self.net.last, TensorProto.FLOAT, None)
        graph = helper.make_graph(nodes, "part", [entry], [last], constants)
        sets = self.net.model().opset_import
        self._sample = execute(helper.make_model(graph, opset_imports=sets), self._sample)
        self._seen, self._at = len(self.net.nodes), self.net.last

    def constants(self, numbers: Array) -> Array:
        """One number a channel, in a shape that broadcasts."""
        return np.reshape(numbers, (-1, *[1] * (len(self.shape) - 1)))
