# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The model itself beside the integer network made of it: one frame at a time, all its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from xnorflow.frontend.trace.execute import executing
from xnorflow.frontend.trace.trace import trace

if TYPE_CHECKING:
    from qonnx.core.modelwrapper import ModelWrapper

    from xnorflow.frontend.lower.taps import Tap
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.ir.graph import Graph

__all__ = ["Reference"]


@dataclass(frozen=True, eq=False)
class Reference:
    """A vetted and cleaned model, and what it was lowered to.

    Attributes:
        graph: the integer network, before any pass.
        taps: where both can be compared, in order; the last is the end.
        network: the model.
    """

    graph: Graph
    taps: tuple[Tap, ...]
    network: Network

    @cached_property
    def output(self) -> str:
        """Name of the model's output tensor."""
        return trace(self.network).output

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the model's input."""
        return self.network.dtype(self.network.input)

    @cached_property
    def _model(self) -> ModelWrapper:
        from qonnx.core.modelwrapper import ModelWrapper

        return ModelWrapper(self.network.proto)

    def run(self, x: Array) -> Mapping[str, Array]:
        """All tensors of the model for one frame, by qonnx's executor.

        Args:
            x: what enters the graph, in any shape with the input's number of elements.

        Raises:
            XnorflowError: ``not-executable``.
        """
        from qonnx.core.onnx_exec import execute_onnx

        network = self.network
        entry = x.astype(network.dtype(network.input)).reshape(network.shape(network.input))
        with executing(network.nodes):
            tensors: Mapping[str, Array] = execute_onnx(
                self._model, {network.input: entry}, return_full_exec_context=True
            )
        return tensors
