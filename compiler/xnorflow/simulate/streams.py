# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the streams inside the simulated hardware carry, and which part is the first to be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xnorflow.backends.bundle import Bundle
from xnorflow.design.design import Design, Stage
from xnorflow.design.parts import parts
from xnorflow.diagnostics import Origin, XnorflowError
from xnorflow.host.packing import pack, unpack
from xnorflow.ir.types import Ints
from xnorflow.simulate.golden import run_layers
from xnorflow.simulate.library import VerilatedTop
from xnorflow.simulate.rtl import check_end, patience_of

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
    golden, tensor = run_layers(design.graph, frames[frame]), design.graph.input
    try:
        carried = record(design, bundle, frames[: frame + 1])
    except XnorflowError as error:
        if error.diagnostics[0].code in _NOT_BUILT:
            return None
        raise
    for part, found in zip(parts(design), carried, strict=True):
        item = part.item
        if isinstance(item, Stage):
            tensor = item.layer.output
        differs = found != golden[tensor]
        if differs.any():
            element = int(np.argmax(differs))
            kernel = item.kernel_name if isinstance(item, Stage) else item.adapter_name
            origin = item.layer.origin if isinstance(item, Stage) else Origin()
            values = int(golden[tensor][element]), int(found[element])
            return PartFault(part.name, kernel, origin, frame, element, *values)
    return None


def record(design: Design, bundle: Bundle, frames: Ints) -> list[Ints]:
    """The last frame's integers [elements] as they leave each part, adapters included.

    Raises:
        XnorflowError: ``compiler-failed`` or ``verilator-failed`` where the top module has other
            streams than the design; or the run fails.
    """
    chain = parts(design)
    inner = [part.sink for part in chain[:-1]]
    links = len(design.stages), len(chain) + 1
    patience = patience_of(design)
    with VerilatedTop(bundle, chain[0].source, chain[-1].sink, *links, inner=inner) as network:
        run = network.run(pack(frames, chain[0].source), patience=patience)
    check_end(run, chain, patience, len(frames))
    carried, tensor = [], design.graph.input
    for part, words in zip(chain, (*run.inner, run.output[-1]), strict=True):
        if isinstance(part.item, Stage):
            tensor = part.item.layer.output
        value = design.graph.tensors[tensor].value
        carried.append(unpack(words[np.newaxis], part.sink, value)[0])
    return carried
