# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""ArgMax and TopK at the end, and whether hardware can choose by integers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain
from xnorflow.frontend.trace.layout import Layout
from xnorflow.ir.types import Ints

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.trace import Choice

__all__ = ["Selection", "hardware_offsets", "read_selection"]

_MAX_OFFSET = 1 << 20


@dataclass(frozen=True, eq=False)
class Selection:
    """What the choice at the end returns.

    Attributes:
        top: how many indices.
        indices: [classes], for one index: what the output is when that class wins.
        is_plain: whether the indices leave as they are.
        shape: of the output, without batch axis.
        dtype: numpy name of the output's type.
        names: the user's nodes.
    """

    top: int
    indices: Array
    is_plain: bool
    shape: tuple[int, ...]
    dtype: str
    names: tuple[str, ...]

    def check_plain(self) -> None:
        """Refuse functions of the indices where the host makes the choice.

        Raises:
            XnorflowError: the indices are changed.
        """
        if not self.is_plain:
            rule = "indices must leave as they are, not changed by the nodes behind the choice"
            raise _error(rule, "let the model end in ArgMax or TopK", self.names)


def read_selection(network: Network, choice: Choice) -> Selection:
    """What an ArgMax or TopK and the nodes behind it return.

    Raises:
        XnorflowError: it does not choose the largest values among all classes.
    """
    node = choice.node
    top = _check_choice(network, choice)
    made = node.output[-1]
    classes = network.elements(choice.entry)
    chain = FunctionChain(network, choice.chain, Layout.of_vector(network.shape(made)))
    if chain.functions != choice.chain:
        raise _error(
            "indices must leave as they are, not enter a MaxPool or Pad",
            "let the model end in ArgMax or TopK",
            network.origin(*choice.chain),
        )
    # Each row gives all indices the same value, so that a row's result is that value's meaning.
    rows = np.repeat(np.arange(classes, dtype=np.int64)[:, np.newaxis], top, axis=1)
    (results,) = chain.run(rows, np.arange(top))
    still = bool((results == rows).all() and (np.diff(chain.end.cells) == 1).all())
    shape = network.shape(choice.chain[-1].output[0] if choice.chain else made)
    names = network.origin(node, *choice.chain)
    frame = shape[1:] if shape[:1] == (1,) else shape
    return Selection(top, results[:, 0], still, frame, results.dtype.name, names)


def _check_choice(network: Network, choice: Choice) -> int:
    node, shape = choice.node, network.shape(choice.entry)
    attributes = {a.name: a.i for a in node.attribute}
    axis = attributes.get("axis", -1 if node.op_type == "TopK" else 0)
    top, rule = 1, ""
    if shape[axis % len(shape)] != network.elements(choice.entry):
        rule = f"must act along the classes, not along axis {axis} of {list(shape)}"
    elif node.op_type == "TopK":
        top = _top(network, node)
        if not attributes.get("largest", 1) or not (attributes.get("sorted", 1) or top == 1):
            rule = "must give the largest, sorted, not another choice"
        elif not 1 <= top == network.elements(node.output[1]):
            rule = f"must have a k of 1 to {network.elements(choice.entry)}, not {top}"
    elif attributes.get("select_last_index", 0):
        rule = "must take the first of equal maxima, not the last"
    if rule:
        raise _error(
            f"{node.op_type} {rule}",
            "end the model with ArgMax(axis=1), or with the scores themselves",
            network.origin(node),
        )
    return top


def _top(network: Network, node: NodeProto) -> int:
    if len(node.input) > 1:
        k = network.constants[node.input[1]]
        return int(k[0]) if k.shape == (1,) and k.dtype == np.int64 else 0
    return int(next((a.i for a in node.attribute if a.name == "k"), 1))


def _error(rule: str, hint: str, names: tuple[str, ...]) -> XnorflowError:
    return XnorflowError(Diagnostic("unsupported-op", rule, hint, Origin(names)))


def hardware_offsets(scores: Array, dots: Array) -> Ints | None:
    """Integers o such that comparing dot + o always decides like comparing scores, ties included.

    Args:
        scores: [classes, K]: float score of each class for each dot product.
        dots: [K] ascending integers.

    Returns:
        int32 [classes], or None where there are no such integers.
    """
    if not (np.diff(scores, axis=1) > 0).all():
        return None
    offsets = np.array([_offset(scores[0], row, dots) for row in scores])
    if np.abs(offsets).max() > _MAX_OFFSET:
        return None
    keys = (dots + offsets[:, np.newaxis]).ravel()
    order = np.argsort(scores.ravel(), kind="stable")
    rise = np.diff(scores.ravel()[order])
    step = np.diff(keys[order])
    agrees = ((rise > 0) == (step > 0)) & (step >= 0)
    return offsets.astype(np.int32) if agrees.all() else None


def _offset(reference: Array, row: Array, dots: Array) -> int:
    """The shift that puts ``row`` between or onto the values of ``reference``."""
    inside = np.flatnonzero((row >= reference[0]) & (row <= reference[-1]))
    if not inside.size:
        slope = (reference[-1] - reference[0]) / (dots[-1] - dots[0])
        shift = float(np.mean(row - reference) / slope)
        return int(np.clip(np.rint(shift), -_MAX_OFFSET - 1, _MAX_OFFSET + 1))
    k = inside[inside.size // 2]
    place = int(np.searchsorted(reference, row[k]))
    below = int(reference[place] != row[k])
    return int(dots[place] - below - dots[k])
