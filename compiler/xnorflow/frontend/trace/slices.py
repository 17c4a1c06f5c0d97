# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What can be said of a Slice without knowing where the channels are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = ["SLICE_HINT", "slice_fault"]

SLICE_HINT = (
    "take ranges of channels alone: x[:, a:b], or torch.split and torch.chunk with dim=1; crop "
    "images in front of the model"
)
"""What to do about a slice of anything else."""


def slice_fault(network: Network, node: NodeProto) -> Diagnostic | None:
    """What is wrong with a Slice or Split of one computed tensor, or with what it makes.

    Args:
        network: the model.
        node: reads a tensor of known shape.
    """
    shape = list(network.shape(node.input[0]))
    used = [name for name in node.output if network.readers(name) or name in network.outputs]
    if node.op_type == "Split" or any(network.elements(name) < 1 for name in used):
        rule = f"must take parts of {shape} that are known and not empty"
        hint = "state starts, ends and axes, or the sizes of a Split, as constants that fit"
        return _fault(node, rule, hint)
    steps = _steps(network, node)
    if steps and set(steps) != {1}:
        rule = f"must take elements one beside the other, in steps of 1, not of {steps}"
        return _fault(node, rule, SLICE_HINT)
    return None


def _steps(network: Network, node: NodeProto) -> list[int]:
    """Those that it states; none where all are 1."""
    value = network.constants.get(node.input[4]) if len(node.input) > 4 else None
    return [] if value is None else np.ravel(value).tolist()


def _fault(node: NodeProto, rule: str, hint: str) -> Diagnostic:
    return Diagnostic("unsupported-op", f"{node.op_type} {rule}", hint, Origin((node.name,)))
