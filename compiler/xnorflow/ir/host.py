# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the host does around the network: how frames are made of arrays, and what integers mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from xnorflow.ir.types import Ints

__all__ = ["HostInput", "HostLine", "HostOutput", "HostStep"]


@dataclass(frozen=True, eq=False)
class HostInput:
    """How the host turns an array in the ONNX input's layout into the accelerator's frame.

    Attributes:
        shape: the ONNX input's shape without the batch axis.
        order: int32 [elements] or None: frame.flat[i] = x.flat[order[i]]; None keeps the order.
        scale: what one step of the stored integer is worth to the graph (``--input-scale``).
        levels: the values of x that the stored integers stand for, the lowest stored integer's
            first, e.g. (-1, 1) for a bipolar input; None where x is the stored integer.
        mean: what is subtracted then, nothing, one number or one a channel.
        std: what divides then, likewise.
        known_by: how type and step are known, for people.
        assumed: whether one of both is neither given by the user nor stated by the graph.
        channel_axis: the axis of ``shape`` that has a mean or std for each place, if any has.
    """

    shape: tuple[int, ...]
    order: Ints | None = None
    scale: float = 1.0
    levels: tuple[int, ...] | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    known_by: str = "given"
    assumed: bool = False
    channel_axis: int = 0

    def graph_values(
        self, x: npt.NDArray[Any], dtype: npt.DTypeLike = np.float32
    ) -> npt.NDArray[Any]:
        """What the ONNX graph gets for ``x`` [n, *shape]: (x * scale - mean) / std.

        The product is rounded to ``dtype``, then every further step is, as PyTorch does it; an
        integer ``dtype`` holds what it gets as it is.
        """
        values: npt.NDArray[Any] = (x.astype(np.float64) * self.scale).astype(dtype)
        if self.mean:
            values = values - self._spread(self.mean).astype(values.dtype)
        if self.std:
            values = values / self._spread(self.std).astype(values.dtype)
        return values.astype(dtype)

    def stored_values(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The ``x`` of which ``graph_values`` makes ``values`` [n, *shape], not rounded."""
        x = values.astype(np.float64)
        if self.std:
            x = x * self._spread(self.std)
        if self.mean:
            x = x + self._spread(self.mean)
        return x / self.scale

    def _spread(self, numbers: tuple[float, ...]) -> npt.NDArray[np.float64]:
        """One number, or one a channel, so that they broadcast against frames of ``shape``."""
        axis = self.channel_axis if len(numbers) > 1 else 0
        return np.asarray(numbers).reshape([-1] + [1] * (len(self.shape) - 1 - axis))


@dataclass(frozen=True)
class HostStep:
    """What the host does to the values of a frame.

    Attributes:
        kind: ``mean``, ``softmax`` or ``log_softmax``.
        shape: of the values.
        axes: of ``shape``: the mean is over these, the probabilities add up to 1 along them.
    """

    kind: Literal["mean", "softmax", "log_softmax"]
    shape: tuple[int, ...]
    axes: tuple[int, ...]

    @property
    def elements(self) -> int:
        """How many values there are afterwards."""
        sizes = enumerate(self.shape)
        return prod(n for i, n in sizes if self.kind != "mean" or i not in self.axes)


@dataclass(frozen=True, eq=False)
class HostLine:
    """What equally spaced integers are worth, of which there are too many to be written down.

    Attributes:
        count: how many integers there are.
        scale: float64 [1 or elements]: of each integer, rounded to ``dtype``.
        offset: float64 [1 or elements]: added to that in ``dtype``.
        dtype: numpy name of the type in which the model computes.
    """

    count: int
    scale: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]
    dtype: str


@dataclass(frozen=True, eq=False)
class HostOutput:
    """How the host turns the accelerator's integers into what the ONNX graph would return.

    values.flat[i] = table[i or 0, (raw.flat[order[i]] - first) // step], then come the steps; with
    ``top``, these values are scores, and the output holds the indices of the best of them.

    Attributes:
        shape: the ONNX output's shape without the batch axis.
        dtype: numpy name of the ONNX output's type.
        table: float64 [1 or elements, values]: evaluated by the reference executor, exact; or the
            line that its values are on.
        first: the integer that column 0 stands for.
        step: the distance between integers of neighbouring columns.
        top: 0, or k: the host returns the indices of the k largest (first maximum wins).
        order: int32 [elements], or None where the order stays: hardware has channels last.
        steps: done to the values, in order.
    """

    shape: tuple[int, ...]
    dtype: str
    table: npt.NDArray[np.float64] | HostLine
    first: int
    step: int
    top: int = 0
    order: Ints | None = None
    steps: tuple[HostStep, ...] = ()

    @property
    def count(self) -> int:
        """How many integers the last layer can give."""
        return self.table.count if isinstance(self.table, HostLine) else self.table.shape[1]

    @property
    def rows(self) -> int:
        """For how many elements values are told: one for all, or each."""
        return len(self.table.scale if isinstance(self.table, HostLine) else self.table)

    @property
    def ends(self) -> npt.NDArray[np.float64]:
        """[rows, 2]: the smallest and the largest value."""
        if not isinstance(self.table, HostLine):
            return np.stack([self.table.min(axis=1), self.table.max(axis=1)], axis=1)
        numbers = np.array([[0], [self.count - 1]]).repeat(self.rows, axis=1)
        ends: npt.NDArray[np.float64] = np.sort(self.values_at(numbers), axis=0).T
        return ends

    def values_at(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Values [n, elements] of integers [n, elements], counted from the first."""
        if not isinstance(self.table, HostLine):
            rows = np.arange(numbers.shape[1]) if self.rows > 1 else 0
            found: npt.NDArray[np.float64] = self.table[rows, numbers]
            return found
        raw = self.first + self.step * numbers
        dtype = self.table.dtype
        values = (raw * self.table.scale).astype(dtype)
        rounded: npt.NDArray[np.float64] = values + self.table.offset.astype(dtype)
        return rounded.astype(np.float64)
