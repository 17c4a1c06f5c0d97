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

from xnorflow.frontend.load import load_reference
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.layer import Ints
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.answers import Agreement, compare_answers
from xnorflow.simulate.golden import run_graph, run_layers
from xnorflow.simulate.host import from_raw
from xnorflow.verify.parting import Frame, LayerParting, first_parting

__all__ = ["ModelRun", "run_model"]

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]


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
    raw = run_graph(built, frames)
    _check_build(reference.graph, built, frames, raw)
    host = built.host_output
    ours, label = from_raw(host, raw)
    output = np.empty_like(ours)
    outside: LayerParting | None = None
    inside: LayerParting | None = None
    say = progress or (lambda name, done, total: None)
    for number in range(len(frames)):
        say("running the model", number, len(frames))
        here = slice(number, number + 1)
        tensors = reference.run(entry.graph_values(x[here], reference.dtype))
        output[here] = tensors[reference.output].reshape(1, *host.shape)
        answers = compare_answers(host, ours[here], label[here], output[here])
        integers = run_layers(reference.graph, frames[number])
        frame = Frame(number, integers, ours[number].ravel(), tensors, answers)
        if frame.agrees:
            inside = inside or first_parting(reference, frame)
        else:
            outside = outside or first_parting(reference, frame)
    say("running the model", len(frames), len(frames))
    agreement = compare_answers(host, ours, label, output)
    return ModelRun(output, raw, agreement, outside or inside)


def _check_build(fresh: Graph, built: Graph, frames: Ints, raw: Ints) -> None:
    """Refuse a build whose network is not what its model compiles to.

    Raises:
        XnorflowError: ``build-folder-design``, naming the first layer that gives something else.
    """
    passed = run_passes(fresh)
    differs = (run_graph(passed, frames) != raw).any(axis=1)
    if not differs.any():
        return
    frame = frames[np.argmax(differs)]
    wanted, found = run_layers(passed, frame), run_layers(built, frame)
    layer = next(
        layer
        for layer in passed.layers
        if not np.array_equal(wanted[layer.output], found.get(layer.output, ()))
    )
    raise XnorflowError(
        Diagnostic(
            "build-folder-design",
            f"the design of a build folder must compute what its model does, not something else "
            f"in {layer.name}",
            "make it again with `xnorflow compile`",
            layer.origin,
        )
    )
