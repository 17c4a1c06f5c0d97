# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A design as a folder for FINN: the model, the folding, a build script, and frames to compare."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.design.design import Design
from xnorflow.files.render import render
from xnorflow.finn.folding import finn_folding, finn_units
from xnorflow.finn.model import finn_model, qonnx_type
from xnorflow.finn.place import write_files
from xnorflow.finn.refuse import refused
from xnorflow.finn.writer import INPUT, OUTPUT
from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.version import __version__

__all__ = ["FILES", "export_finn"]

FILES = (
    *("model.onnx", "folding.json", "input.npy", "expected_output.npy"),
    *("README.md", "build.py", "build_hardware.py"),
)
"""What an export writes."""

_BOARDS = {"pynq-z1": "Pynq-Z1"}
"""FINN's names of boards that it makes bitstreams for."""
_FRAMES = 4
_SEED = 2026


def export_finn(design: Design, folder: Path) -> None:
    """Write FILES to a new or empty folder, or over those of an earlier export.

    What else is in an earlier export, such as FINN's results, stays.

    Raises:
        XnorflowError: ``finn-export``: FINN has no unit for a layer, or does not know the part;
            ``output-folder``: the folder holds something else; ``not-writable``.
    """
    if not design.graph.is_chain:
        rule = "the network must be a chain of layers, not branch"
        raise refused(rule, "export a network without branches")
    if not design.board.family.vivado:
        rule = f"the board must be one whose part Vivado builds for, not {design.board.title}"
        raise refused(rule, "compile for a board whose part FINN knows, such as pynq-z1")
    write_files(folder, _files(design))


def _files(design: Design) -> dict[str, bytes]:
    graph = design.graph
    model = finn_model(graph)
    folding = json.dumps(finn_folding(design), indent=2)
    shapes = [
        [dim.dim_value for dim in tensor.type.tensor_type.shape.dim]
        for tensor in (model.graph.input[0], model.graph.output[0])
    ]
    frames, outputs = _frames(graph)
    values = {
        "version": __version__,
        "model": json.dumps(graph.model.name),
        "title": design.board.title,
        "board": _BOARDS.get(design.board.name),
        "part": design.board.part,
        "clock_mhz": f"{design.clock_mhz:g}",
        "clock_ns": repr(1000 / design.clock_mhz),
        "output": "finn_output",
        "frames": _FRAMES,
        "input_name": INPUT,
        "input_shape": "x".join(map(str, shapes[0])),
        "input_kind": qonnx_type(graph.tensors[graph.input].value),
        "output_name": OUTPUT,
        "output_text": _meaning(graph),
        "rows": _rows(design),
    }
    return {
        "model.onnx": model.SerializeToString(),
        "folding.json": f"{folding}\n".encode(),
        "input.npy": _npy(frames.reshape(-1, *shapes[0][1:])),
        "expected_output.npy": _npy(outputs.reshape(-1, *shapes[1][1:])),
        "README.md": _render("README.md.j2", values),
        "build.py": _render("build.py.j2", values),
        "build_hardware.py": _render("build_hardware.py.j2", values),
    }


def _frames(graph: Graph) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Random frames and what the exported model gives for them, both [frames, elements]."""
    from xnorflow.simulate.golden import run_graph

    entry = graph.tensors[graph.input]
    rng = np.random.default_rng(_SEED)
    value = entry.value
    frames = rng.integers(value.low, value.high + 1, (_FRAMES, entry.elements), dtype=np.int32)
    outputs = run_graph(graph, frames)
    columns = _counted_columns(graph)
    if columns is not None:
        outputs = (outputs + columns) // 2
    return frames.astype(np.float32), outputs.astype(np.float32)


def _counted_columns(graph: Graph) -> int | None:
    """Columns of the last layer if the model gives its popcounts."""
    last = graph.layers[-1]
    if not isinstance(last.op, Dense) or last.op.thresholds is not None:
        return None
    return last.op.width if last.in_type.value.is_bipolar else None


def _meaning(graph: Graph) -> str:
    columns = _counted_columns(graph)
    if columns is not None:
        return (
            f"popcounts; the integer that xnorflow's accelerator gives is 2 x popcount - {columns}."
        )
    if isinstance(graph.layers[-1].op, ArgMax):
        return "the index of the largest class."
    return "the integers that xnorflow's accelerator gives."


def _rows(design: Design) -> list[dict[str, Any]]:
    units = finn_units(design)
    return [
        {
            "name": stage.layer.name,
            "cycles": f"{stage.cycles:,}",
            "nodes": ", ".join(units[stage.layer.name]),
        }
        for stage in design.stages
    ]


def _npy(array: npt.NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _render(name: str, values: dict[str, Any]) -> bytes:
    return render("xnorflow.finn", name, indented=True, **values).encode()
