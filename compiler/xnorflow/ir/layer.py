# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layers: what is computed, exactly, in integers; no hardware choices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Origin
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import TensorType

__all__ = ["ArgMax", "Bits", "Dense", "Ints", "Layer", "MaxPool", "Op", "Quantize", "Window"]

Bits = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Quantize:
    """A function of one input value, by table.

    Attributes:
        table: int32 [1 or elements, levels]: the output for each input value, lowest input
            value first; one row for all elements of the frame, or one row an element.
    """

    table: Ints

    @property
    def is_uniform(self) -> bool:
        """Whether one row serves all elements."""
        return len(self.table) == 1


@dataclass(frozen=True, eq=False)
class Window:
    """For each position of a sweep over an image, everything that is seen there: im2col.

    [H, W, C] becomes [positions down, positions across, kernel height * kernel width * C], the
    rows of the kernel first, channels fastest.

    Attributes:
        sweep: how the kernel moves.
        fill: the stored integer that stands for elements beyond the image's edge.
    """

    sweep: Sweep
    fill: int


@dataclass(frozen=True, eq=False)
class MaxPool:
    """The largest stored integer of each channel at each position of a sweep over an image.

    What lies beyond the image's edge does not count.

    Attributes:
        sweep: how the kernel moves; every position sees a part of the image.
    """

    sweep: Sweep


@dataclass(frozen=True, eq=False)
class Dense:
    """A binary matrix-vector product: popcount of XNOR, then a threshold or the integer itself.

    The input is one vector, whatever its shape, or an image of vectors [..., in], each of which
    (a pixel) is multiplied for itself.

    Attributes:
        weights: uint8 [out, in], +1 stored as 1 and -1 as 0.
        thresholds: int32 [out], output bit = (popcount >= threshold), 0 is always and in + 1
            never; or None: the output is the signed integer 2 * popcount - in. Where the input
            is not binary, the signed sum of +input and -input takes the place of both.
        kinds: None, or int32 [pixels]: thresholds then are int32 [kinds, out], and a pixel is
            held against row kinds[pixel], e.g. because zeros beyond the image's edge count
            nothing.
    """

    weights: Bits
    thresholds: Ints | None
    kinds: Ints | None = None

    @property
    def width(self) -> int:
        """Elements of one input vector."""
        return int(self.weights.shape[1])

    @property
    def rows_of_thresholds(self) -> Ints:
        """Thresholds int32 [kinds, out], whether there are kinds or not."""
        assert self.thresholds is not None
        rows: Ints = np.atleast_2d(self.thresholds)
        return rows


@dataclass(frozen=True, eq=False)
class ArgMax:
    """Index of the largest value + offset; the first maximum wins.

    Attributes:
        offsets: int32 [classes].
    """

    offsets: Ints


Op = Quantize | Window | Dense | MaxPool | ArgMax


@dataclass(frozen=True)
class Layer:
    """One operation of the network between named tensors.

    Attributes:
        name: unique in its graph, an identifier.
        op: what is computed.
        inputs: names of the tensors read.
        output: name of the tensor written.
        in_type: type of the first input.
        out_type: type of the output.
        origin: the nodes of the user's model that this layer stands for.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    output: str
    in_type: TensorType
    out_type: TensorType
    origin: Origin = field(default_factory=Origin)

    @property
    def pixels(self) -> int:
        """Input vectors of a frame, for a Dense layer; else positions of the output image."""
        if isinstance(self.op, Dense):
            return self.in_type.elements // self.op.width
        return self.out_type.elements // self.out_type.channels

    @property
    def macs(self) -> int:
        """Binary multiply-accumulates per frame."""
        return self.op.weights.size * self.pixels if isinstance(self.op, Dense) else 0
