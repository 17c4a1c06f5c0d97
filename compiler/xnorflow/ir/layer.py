# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layers: what is computed, exactly, in integers; no hardware choices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xnorflow.ir.diagnostics import Origin
from xnorflow.ir.types import TensorType

__all__ = ["ArgMax", "Bits", "Dense", "Ints", "Layer", "Op", "Quantize"]

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
class Dense:
    """A binary matrix-vector product: popcount of XNOR, then a threshold or the integer itself.

    Attributes:
        weights: uint8 [out, in], +1 stored as 1 and -1 as 0.
        thresholds: int32 [out], output bit = (popcount >= threshold), 0 is always and in + 1
            never; or None: the output is the signed integer 2 * popcount - in. Where the input
            is not binary, the signed sum of +input and -input takes the place of both.
    """

    weights: Bits
    thresholds: Ints | None

    @property
    def macs(self) -> int:
        """Binary multiply-accumulates per input vector."""
        return int(self.weights.size)


@dataclass(frozen=True, eq=False)
class ArgMax:
    """Index of the largest value + offset; the first maximum wins.

    Attributes:
        offsets: int32 [classes].
    """

    offsets: Ints


Op = Quantize | Dense | ArgMax


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
