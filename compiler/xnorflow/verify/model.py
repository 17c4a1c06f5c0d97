# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Run the model frame by frame beside the golden engine, and name the layer where they part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.load import load_reference
from xnorflow.host.answers import Agreement, compare_answers
from xnorflow.host.meaning import from_raw
from xnorflow.ir.graph import Graph
from xnorflow.ir.host import HostLine, HostOutput
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.types import Ints
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph, run_layers
from xnorflow.verify.parting import Frame, LayerParting, first_parting

__all__ = ["ModelRun", "run_model"]

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]

_TABLE = 1e-6
"""Of an output table's values and of their span: functions such as sigmoid are not the same to the
last bit on all machines."""


@dataclass(frozen=True, eq=False)
class ModelRun:
    """The model's own answers, beside those of the integer network made of it.

    Attributes:
        output: what the model returned [frames, ...].
        raw: the integer network's integers [frames, elements].
        agreement: how far both agree.
        parting: where they part first, if they do: in the first frame whose answers differ, or
            else in the first that differs inside only.
    """

    output: Array
    raw: Ints
    agreement: Agreement
    parting: LayerParting | None


def run_model(
    model: Path, built: Graph, x: Array, frames: Ints, progress: Progress | None = None
) -> ModelRun:
    """Run the model by qonnx's executor, one frame at a time, and the integer network.

    Args:
        model: the file that was compiled.
        built: what it was compiled to, as a build folder has it.
        x: frames in the ONNX input's layout, batch axis first.
        frames: the same as stored integers [n, elements].
        progress: called with a step's name, steps done and steps in all.

    Raises:
        XnorflowError: ``other-model``; ``build-folder-design`` where the folder's network is not
            what the model compiles to; or what running the model raises.
    """
    entry = built.host_input
    given = InputSpec(built.input_type, entry.scale, entry.mean, entry.std)
    reference = load_reference(model, built.model, given)
    raw = _checked_raw(run_passes(reference.graph), built, frames)
    host = built.host_output
    ours, label = from_raw(host, raw)
    outputs: list[Array] = []  # of the model's own type, whatever the build says of it
    outside: LayerParting | None = None
    inside: LayerParting | None = None
    say = progress or (lambda name, done, total: None)
    for number in range(len(frames)):
        say("running the model", number, len(frames))
        here = slice(number, number + 1)
        tensors = reference.run(entry.graph_values(x[here], reference.dtype))
        outputs.append(tensors[reference.output].reshape(1, *host.shape))
        answers = compare_answers(host, ours[here], label[here], outputs[-1])
        integers = run_layers(reference.graph, frames[number])
        frame = Frame(number, integers, ours[number].ravel(), tensors, answers)
        if frame.agrees:
            inside = inside or first_parting(reference, frame)
        else:
            outside = outside or first_parting(reference, frame)
    say("running the model", len(frames), len(frames))
    output = np.concatenate(outputs)
    agreement = compare_answers(host, ours, label, output)
    return ModelRun(output, raw, agreement, outside or inside)


def _checked_raw(fresh: Graph, built: Graph, frames: Ints) -> Ints:
    """The build's integers [frames, elements], which are those of what its model compiles to.

    Raises:
        XnorflowError: ``build-folder-design``, naming the end or the first layer that differs.
    """
    if not _same_input(fresh, built):
        raise _error("have its model's input, not another")
    if not _same_output(fresh, built):
        raise _error("have its model's output, not another")
    raw = run_graph(built, frames)
    differs = (run_graph(fresh, frames) != raw).any(axis=1)
    if not differs.any():
        return raw
    frame = frames[np.argmax(differs)]
    wanted, found = run_layers(fresh, frame), run_layers(built, frame)
    wrong = (
        layer
        for layer in fresh.layers
        if not np.array_equal(wanted[layer.output], found.get(layer.output, ()))
    )
    layer = next(wrong, fresh.layers[-1])
    raise _error(f"compute what its model does, not something else in {layer.name}", layer.origin)


def _same_input(fresh: Graph, built: Graph) -> bool:
    """Whether the same arrays become the same frames, however that is known."""
    one, other = fresh.host_input, built.host_input
    return (
        fresh.tensors[fresh.input] == built.tensors[built.input]
        and (one.shape, one.scale, one.levels) == (other.shape, other.scale, other.levels)
        and (one.mean, one.std, one.channel_axis) == (other.mean, other.std, other.channel_axis)
        and np.array_equal(one.order, other.order)  # type: ignore[arg-type]  # or both None
    )


def _same_output(fresh: Graph, built: Graph) -> bool:
    """Whether the same integers become the same answers."""
    one, other = fresh.host_output, built.host_output
    return (
        fresh.tensors[fresh.output] == built.tensors[built.output]
        and (one.shape, one.dtype, one.top) == (other.shape, other.dtype, other.top)
        and (one.first, one.step, one.steps) == (other.first, other.step, other.steps)
        and np.array_equal(one.order, other.order)  # type: ignore[arg-type]  # or both None
        and _same_values(one, other)
    )


def _same_values(one: HostOutput, other: HostOutput) -> bool:
    if isinstance(one.table, HostLine) or isinstance(other.table, HostLine):
        return _same_line(one, other)
    same = one.table.shape == other.table.shape
    return same and np.allclose(
        one.table, other.table, rtol=_TABLE, atol=_TABLE * np.ptp(one.table)
    )


def _same_line(one: HostOutput, other: HostOutput) -> bool:
    line, again = one.table, other.table
    if not isinstance(line, HostLine) or not isinstance(again, HostLine):
        return False
    same = (line.count, line.dtype, one.rows) == (again.count, again.dtype, other.rows)
    slack = _TABLE * np.abs(one.ends).max()
    return (
        same
        and np.allclose(line.scale, again.scale, rtol=_TABLE, atol=0)
        and np.allclose(line.offset, again.offset, rtol=_TABLE, atol=slack)
    )


def _error(rule: str, origin: Origin | None = None) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "build-folder-design",
            f"the design of a build folder must {rule}",
            "make it again with `xnorflow compile`",
            origin or Origin(),
        )
    )
