# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Stored Designs, and how to damage them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.designs import Maker

from xnorflow.design.design import Design
from xnorflow.design.store import load
from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.ir.host import HostInput, HostLine
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, ValueType


def small() -> Design:
    design = (
        Maker(20, BIPOLAR)
        .dense("dense0", 9, (3, 5, "bram"))
        .dense("dense1", 5, (5, 9), raw=True)
        .build(fifos=(0, 3))
    )
    order = np.random.default_rng(5).permutation(20).astype(np.int32)
    origin = Origin(("n1", "n2"), "m.onnx", ("fc1",))
    note = Diagnostic("near-tie", "close", "none", origin, Severity.NOTE)
    host = HostInput((4, 5), order, 1 / 255, (-1, 1))
    out = dataclasses.replace(
        design.graph.host_output, order=np.array([2, 0, 4, 1, 3], dtype=np.int32)
    )
    graph = dataclasses.replace(design.graph, host_input=host, host_output=out, notes=(note,))
    return dataclasses.replace(design, graph=graph)


def image() -> Design:
    return (
        Maker((6, 7, 2), BIPOLAR)
        .window("window0", Sweep((3, 2), (1, 1), (1, 0, 0, 0)), (2, 2), fill=1)
        .conv("conv0", 6, (2, 4), kinds=3)
        .pool("pool0", Sweep((2, 2), (2, 2)), (6, 6))
        .dense("dense1", 3, (1, 4), raw=True)
        .build()
    )


def lined() -> Design:
    """One whose integers are worth what a line says."""
    made = Maker(6, ValueType(4, signed=True)).linear("dense0", 3, (1, 2, "lutram"))
    design = made.build()
    graph, host = design.graph, design.graph.host_output
    line = HostLine(host.count, np.array([0.5, 0.25, 2.0]), np.zeros(3), "float32")
    host = dataclasses.replace(host, table=line)
    return dataclasses.replace(design, graph=dataclasses.replace(graph, host_output=host))


def refused(folder: Path) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        load(folder)
    (found,) = caught.value.diagnostics
    return found


def outcome(folder: Path) -> str:
    """Code of the refusal; nothing where the folder is accepted."""
    try:
        load(folder)
    except XnorflowError as error:
        return error.diagnostics[0].code
    return ""


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    path = folder / "design.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def put(*path: str | int, value: object) -> Callable[[Any], object]:
    def change(record: Any) -> None:
        for key in path[:-1]:
            record = record[key]
        record[path[-1]] = value

    return change
