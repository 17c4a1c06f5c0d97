# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which of FINN's units a network's layers correspond to, in the order of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.window import Window

__all__ = ["Units", "sees_whole_image"]


def sees_whole_image(layer: Layer) -> bool:
    """Whether a convolution's kernel covers the image, so that no Window is in front of it."""
    return (
        isinstance(layer.op, Dense)
        and layer.name.startswith("conv")
        and layer.op.width != layer.in_type.channels
    )


@dataclass(frozen=True)
class Units:
    """A network's layers by what FINN makes of them, each in order."""

    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, graph: Graph) -> Units:
        """Of a network."""
        return cls(graph.layers)

    @property
    def matrices(self) -> tuple[Layer, ...]:
        """Matrix products."""
        return tuple(layer for layer in self.layers if isinstance(layer.op, Dense))

    @property
    def quantisers(self) -> tuple[Layer, ...]:
        """Threshold units of their own."""
        return tuple(layer for layer in self.layers if isinstance(layer.op, Quantize))

    @property
    def pools(self) -> tuple[Layer, ...]:
        """Maxima over windows."""
        return tuple(layer for layer in self.layers if isinstance(layer.op, MaxPool))

    @property
    def labels(self) -> tuple[Layer, ...]:
        """Choices of a class."""
        return tuple(layer for layer in self.layers if isinstance(layer.op, ArgMax))

    def generators(self, *, pools: bool, whole: bool) -> tuple[Layer | None, ...]:
        """What each of FINN's window generators belongs to.

        Args:
            pools: whether FINN puts one in front of each pool, as it does since 1.0; it then goes
                with the pool, and is listed as None.
            whole: whether FINN has one where a convolution's kernel covers the image; this needs
                none here, and is listed as None.
        """
        found: list[Layer | None] = []
        for layer in self.layers:
            if isinstance(layer.op, Window):
                found.append(layer)
            elif (pools and isinstance(layer.op, MaxPool)) or (whole and sees_whole_image(layer)):
                found.append(None)
        return tuple(found)
