# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A Design in a build folder: design.json for people, design.npz for its arrays."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.design.design import Design
from xnorflow.design.restore import SCHEMA, load
from xnorflow.design.stage import Joint, Port, Stage
from xnorflow.diagnostics import Diagnostic, Origin
from xnorflow.files.access import write_atomic
from xnorflow.files.archive import Array, pack_arrays
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph
from xnorflow.ir.host import HostLine, HostOutput
from xnorflow.ir.ops.kinds import record_of
from xnorflow.ir.types import TensorType
from xnorflow.version import __version__

__all__ = ["load", "save"]


def save(design: Design, folder: Path) -> None:
    """Write design.json and design.npz to an existing folder.

    Raises:
        XnorflowError: ``not-writable``.
    """
    arrays = pack_arrays(_arrays(design.graph))
    record = _record(design, hashlib.sha256(arrays).hexdigest())
    text = json.dumps(record, indent=1, ensure_ascii=True, allow_nan=False)
    write_atomic(folder / "design.npz", arrays)
    write_atomic(folder / "design.json", f"{text}\n".encode())


def _arrays(graph: Graph) -> dict[str, Array]:
    found = {
        f"{layer.name}.{name}": array
        for layer in graph.layers
        for name, array in layer.op.arrays().items()
    }
    if graph.host_input.order is not None:
        found["host.order"] = graph.host_input.order
    if graph.host_output.order is not None:
        found["host.output_order"] = graph.host_output.order
    found["host.table"] = _host_table(graph.host_output)
    return found


def _record(design: Design, sha256: str) -> dict[str, Any]:
    graph = design.graph
    assert tuple(stage.layer for stage in design.stages) == graph.layers, "a stage for each layer"
    host_in, host_out = graph.host_input, graph.host_output
    return {
        "schema": SCHEMA,
        "xnorflow": __version__,
        "model": {"name": graph.model.name, "sha256": graph.model.sha256},
        "board": design.board.name,
        "clock_mhz": design.clock_mhz,
        "input": graph.input,
        "output": graph.output,
        "tensors": {name: _tensor(tensor) for name, tensor in graph.tensors.items()},
        "layers": [_layer(stage) for stage in design.stages],
        "connections": [
            {
                "source": _port(connection.source),
                "sink": _port(connection.sink),
                "joints": [_joint(joint) for joint in connection.joints],
            }
            for connection in design.connections
        ],
        "host_input": {
            "shape": list(host_in.shape),
            "order": host_in.order is not None,
            "scale": host_in.scale,
            "levels": None if host_in.levels is None else [int(v) for v in host_in.levels],
            "mean": list(host_in.mean),
            "std": list(host_in.std),
            "known_by": host_in.known_by,
            "assumed": host_in.assumed,
            "channel_axis": host_in.channel_axis,
        },
        "host_output": {
            "shape": list(host_out.shape),
            "dtype": host_out.dtype,
            "table": list(_host_table(host_out).shape),
            "line": _host_line(host_out),
            "first": host_out.first,
            "step": host_out.step,
            "top": host_out.top,
            "order": host_out.order is not None,
            "steps": [
                {"kind": step.kind, "shape": list(step.shape), "axes": list(step.axes)}
                for step in host_out.steps
            ],
        },
        "notes": [_note(note) for note in graph.notes],
        "arrays": {"file": "design.npz", "sha256": sha256},
    }


def _host_table(host: HostOutput) -> npt.NDArray[np.float64]:
    """A row an element of values, or of a line's two numbers."""
    if isinstance(host.table, HostLine):
        return np.stack([host.table.scale, host.table.offset], axis=1)
    return host.table


def _host_line(host: HostOutput) -> dict[str, Any] | None:
    """What the table does not say of a line."""
    line = host.table
    return {"count": line.count, "dtype": line.dtype} if isinstance(line, HostLine) else None


def _tensor(tensor: TensorType) -> dict[str, Any]:
    value, worth = tensor.value, tensor.worth
    return {
        "shape": list(tensor.shape),
        "bits": value.bits,
        "signed": value.signed,
        "code": {"step": value.code.step, "offset": value.code.offset},
        "worth": None
        if worth is None
        else {"scale": worth.scale, "zero": worth.zero, "mixed": worth.mixed},
    }


def _layer(stage: Stage) -> dict[str, Any]:
    layer = stage.layer
    fold = stage.folding
    return {
        "name": layer.name,
        "op": record_of(layer.op),
        "inputs": list(layer.inputs),
        "output": layer.output,
        "kernel": stage.kernel_name,
        "folding": {"pe": fold.pe, "simd": fold.simd, "storage": fold.storage},
        "origin": _origin(layer.origin),
    }


def _port(port: Port) -> dict[str, Any]:
    return {"stage": port.stage, "number": port.number}


def _joint(joint: Joint) -> dict[str, Any]:
    return {
        "name": joint.name,
        "adapter": joint.adapter_name,
        "source": _stream(joint.source),
        "sink": _stream(joint.sink),
        "depth": joint.depth,
    }


def _stream(stream: Stream) -> dict[str, int]:
    return {"lanes": stream.lanes, "bits": stream.bits, "beats": stream.beats}


def _note(note: Diagnostic) -> dict[str, Any]:
    return {
        "code": note.code,
        "message": note.message,
        "hint": note.hint,
        "severity": note.severity.value,
        "origin": _origin(note.origin),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"nodes": list(origin.nodes), "file": origin.file, "modules": list(origin.modules)}
