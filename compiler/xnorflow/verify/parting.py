# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Where in a frame the model and the integer network part, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Origin
from xnorflow.frontend.reference import Reference
from xnorflow.host.answers import Agreement
from xnorflow.ir.types import Ints
from xnorflow.verify.cause import Cause, cause_at_the_end, cause_inside

__all__ = ["Frame", "LayerParting", "first_parting"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Frame:
    """What both make of a frame.

    Attributes:
        number: of the frame.
        integers: the integer network's tensors by name.
        output: what they are worth at the end [elements].
        tensors: the model's by name.
        answers: how far the answers agree.
    """

    number: int
    integers: Mapping[str, Ints]
    output: Array
    tensors: Mapping[str, Array]
    answers: Agreement

    @property
    def agrees(self) -> bool:
        """Whether the answers are equal within rounding, and the label."""
        return bool(self.answers.close.all() and self.answers.labels.all())


@dataclass(frozen=True)
class LayerParting:
    """The first element of the first layer that differs.

    Attributes:
        frame: its frame.
        layer: the layer's name.
        origin: the user's nodes that the layer stands for.
        element: its place in the model's tensor, flat.
        ours: what the layer's stored integer is worth.
        theirs: what the model has.
        cause: how that comes about.
    """

    frame: int
    layer: str
    origin: Origin
    element: int
    ours: float
    theirs: float
    cause: Cause

    def __str__(self) -> str:
        lines = [
            f"frame {self.frame}, {self.layer}, element {self.element}: the accelerator has "
            f"{self.ours:.8g}, the model {self.theirs:.8g}",
            self.cause.text,
            f"  at: {self.origin}",
        ]
        lines += [f"  fix: {self.cause.remedy}"] if self.cause.remedy else []
        return "\n".join(lines)


def first_parting(reference: Reference, frame: Frame) -> LayerParting | None:
    """Compare what both make of a frame, layer by layer, then the answers."""
    layers = {layer.name: layer for layer in reference.graph.layers}
    *inner, end = reference.taps
    for tap in inner:
        stored = frame.integers[layers[tap.made].output]
        theirs = frame.tensors[tap.tensor].ravel()
        differs = tap.differs(stored, theirs)
        if differs.any():
            element = int(np.argmax(differs))
            read = frame.integers[layers[tap.layer].inputs[0]]
            cause = cause_inside(tap, read, frame.tensors, element)
            values = float(tap.worth(stored)[element]), float(theirs[element])
            return LayerParting(frame.number, tap.layer, Origin(tap.names), element, *values, cause)
    if frame.agrees:
        return None
    read = frame.integers[layers[end.layer].inputs[0]]
    labels = int(frame.answers.label[0]), int(frame.answers.wanted[0])
    cause = cause_at_the_end(end, read, frame.tensors, labels)
    origin = Origin(end.names)
    return LayerParting(frame.number, end.layer, origin, *_at_the_end(reference, frame), cause)


def _at_the_end(reference: Reference, frame: Frame) -> tuple[int, float, float]:
    """An output's place, ours and the model's: that differs, or else that the model chose."""
    first = frame.answers.first
    theirs = frame.tensors[reference.output].ravel()
    element = min(int(frame.answers.wanted[0]), len(theirs) - 1) if first is None else first.element
    return element, float(frame.output[element]), float(theirs[element])
