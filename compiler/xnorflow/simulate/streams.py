# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the streams inside the simulated hardware carry, and which part is the first to be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xnorflow.backends.bundle import Bundle
from xnorflow.design.design import Design
from xnorflow.design.netlist import Link
from xnorflow.design.stage import Stage
from xnorflow.diagnostics import Origin, XnorflowError
from xnorflow.host.packing import pack, unpack
from xnorflow.ir.types import Ints
from xnorflow.simulate.golden import run_layers
from xnorflow.simulate.library import VerilatedTop
from xnorflow.simulate.rtl import check_end, patience_of
from xnorflow.timing.pace import HOST

__all__ = ["PartFault", "first_fault", "record"]

_NOT_BUILT = ("compiler-failed", "verilator-failed")


@dataclass(frozen=True)
class PartFault:
    """The first element that leaves a part of the hardware wrong.

    Attributes:
        part: name of the layer or adapter.
        kernel: what it is.
        origin: the user's nodes that a layer stands for.
        frame: the frame.
        element: place in the layer's tensor, channels fastest.
        golden: what it must be.
        hardware: what it is; 0 where nothing came.
    """

    part: str
    kernel: str
    origin: Origin
    frame: int
    element: int
    golden: int
    hardware: int

    def __str__(self) -> str:
        where = f"\n  at: {self.origin}" if str(self.origin) else ""
        return (
            f"frame {self.frame}, {self.part} ({self.kernel}), element {self.element}: the "
            f"hardware must give {self.golden}, not {self.hardware}{where}"
        )


def first_fault(design: Design, bundle: Bundle, frames: Ints, frame: int) -> PartFault | None:
    """Send the frames up to a bad one once more, and look at every stream inside.

    Args:
        design: what the bundle was generated from.
        bundle: RTL, maybe edited.
        frames: int32 [n, elements] of the input tensor.
        frame: number of the bad one.

    Returns:
        None where this time all streams carry what they must, or where the top module was
        rewritten and has others than the design.

    Raises:
        XnorflowError: as from ``record``.
    """
    golden, tensors = run_layers(design.graph, frames[frame]), _tensors(design)
    try:
        carried = record(design, bundle, frames[: frame + 1])
    except XnorflowError as error:
        if error.diagnostics[0].code in _NOT_BUILT:
            return None
        raise
    for part, tensor, copies in zip(design.netlist.parts, tensors, carried, strict=True):
        item = part.item
        for found in copies:
            differs = found != golden[tensor]
            if differs.any():
                element = int(np.argmax(differs))
                kernel = item.kernel_name if isinstance(item, Stage) else item.adapter_name
                origin = item.layer.origin if isinstance(item, Stage) else Origin()
                values = int(golden[tensor][element]), int(found[element])
                return PartFault(part.name, kernel, origin, frame, element, *values)
    return None


def record(design: Design, bundle: Bundle, frames: Ints) -> list[list[Ints]]:
    """The last frame's integers [elements] as they leave each output of each part.

    Parts are stages and adapters.

    Raises:
        XnorflowError: ``compiler-failed`` or ``verilator-failed`` where the top module has other
            streams than the design; or the run fails.
    """
    net, patience = design.netlist, patience_of(design)
    inner = {number: link.stream for number, link in enumerate(net.links) if _is_inner(link)}
    counts = len(design.stages), len(net.links)
    with VerilatedTop(bundle, net.source, net.sink, *counts, inner=inner) as top:
        run = top.run(pack(frames, net.source), patience=patience)
    check_end(run, net, patience, len(frames))
    words = dict(zip(inner, run.inner, strict=True)) | {len(net.links) - 1: run.output[-1]}
    left = {link.source: number for number, link in enumerate(net.links)}
    carried = []
    for number, (part, tensor) in enumerate(zip(net.parts, _tensors(design), strict=True)):
        value = design.graph.tensors[tensor].value
        of_ports = (words[left[number, port]] for port in range(len(part.sinks)))
        carried.append(
            [
                unpack(own[np.newaxis], stream, value)[0]
                for own, stream in zip(of_ports, part.sinks, strict=True)
            ]
        )
    return carried


def _is_inner(link: Link) -> bool:
    return HOST not in (link.source, link.sink)


def _tensors(design: Design) -> list[str]:
    """The tensor that leaves each part."""
    net, found = design.netlist, list[str]()
    sources = {link.sink: link.source for link in net.links}
    for number, part in enumerate(net.parts):
        before = sources[number, 0]
        if isinstance(part.item, Stage):
            found.append(part.item.layer.output)
        else:
            found.append(design.graph.input if before == HOST else found[before[0]])
    return found
