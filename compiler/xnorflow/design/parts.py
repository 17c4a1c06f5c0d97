# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A Design as the chain of parts that a frame passes, with the streams between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from xnorflow.design.design import Design, Joint, Stage
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.hardware.stream import Stream

__all__ = ["Part", "parts"]


@dataclass(frozen=True)
class Part:
    """A stage or a joint in its place.

    Attributes:
        name: layer's or joint's name.
        item: the stage or joint.
        source: the stream that enters.
        sink: the stream that leaves.
    """

    name: str
    item: Stage | Joint
    source: Stream
    sink: Stream


def parts(design: Design) -> tuple[Part, ...]:
    """Joints and stages in the order in which a frame passes them.

    Raises:
        XnorflowError: ``stream-mismatch`` for neighbours whose streams differ, or
            ``joint-position`` for a joint that stands before no stage.
    """
    for joint in design.joints:
        if not 0 <= joint.before < len(design.stages):
            raise XnorflowError(
                Diagnostic(
                    "joint-position",
                    f"{joint.adapter_name} {joint.name} must stand before one of the stages 0 to "
                    f"{len(design.stages) - 1}, not {joint.before}",
                    "compile the model again",
                )
            )
    chain = tuple(_in_order(design))
    for left, right in pairwise(chain):
        if left.sink != right.source:
            origin = right.item.layer.origin if isinstance(right.item, Stage) else Origin()
            raise XnorflowError(
                Diagnostic(
                    "stream-mismatch",
                    f"the stream into {right.name} must be {right.source}, not {left.sink} "
                    f"from {left.name}",
                    "compile the model again, so that adapters fit the foldings",
                    origin,
                )
            )
    return chain


def _in_order(design: Design) -> Iterator[Part]:
    for index, stage in enumerate(design.stages):
        for joint in design.joints_before(index):
            yield Part(joint.name, joint, joint.source, joint.sink)
        yield Part(stage.layer.name, stage, stage.input_stream, stage.output_stream)
