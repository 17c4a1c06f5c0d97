# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A user's own module: its example input, its export, and whether that computes the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from brevitas.proxy import ActQuantProxyFromInjector
from torch import nn

from xnorflow.diagnostics import Diagnostic, Severity, XnorflowError
from xnorflow.frontend.load import Dump, load_model
from xnorflow.host.frames import input_levels
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec
from xnorflow.pytorch.export import Exported, export_module

__all__ = ["load_own"]

_LOG = logging.getLogger(__name__)

_TOLERANCE = 1e-4
"""How far outputs may be apart, where the largest is 1: the rounding of float32 sums in another
order, and less than a bit that differs in front of the last layer would make."""

_STEP_ERROR = 1e-3
"""How far a frame's float32 may be from a whole number of steps, in steps."""


def load_own(
    model: nn.Module,
    example_input: object,
    folder: Path,
    given: InputSpec,
    dump: Dump | None,
    say: Callable[[str], None],
) -> Graph:
    """The network of a module, by way of its export in ``folder / "model.onnx"``.

    Args:
        model: the module, whose class gives the network's name; of one that ``torch.compile``
            made, the module inside.
        example_input: a frame, a tensor or an array [1, ...].
        folder: the build folder.
        given: what the user says of the input.
        dump: gets the cleaned model.
        say: called with what is being done.

    Raises:
        XnorflowError: ``example-input``, ``export-failed``; what ``load_model`` raises;
            ``export-mismatch``: outputs for ``example_input`` differ by more than rounding.
    """
    model = getattr(model, "_orig_mod", model)
    say("exporting the module")
    exported = export_module(model, _frame(example_input), type(model).__name__)
    path = folder / "model.onnx"
    path.write_bytes(exported.content)
    say("reading the export")
    graph = load_model(path, given, dump=dump, name=exported.name)
    _check(model, exported)
    note = _unlike_frames(exported.frames, graph)
    if note is None:
        return graph
    _LOG.warning("%s", note)
    return replace(graph, notes=(*graph.notes, note))


def _check(model: nn.Module, exported: Exported) -> None:
    outputs, expected = exported.outputs(), exported.expected
    if outputs.shape == expected.shape:
        apart, largest = (float(np.abs(x).max()) for x in (outputs - expected, expected))
        if apart <= _TOLERANCE * largest:
            return
        found = f"{apart:.3g} apart where the largest is {largest:.3g}"
    else:
        found = f"outputs of shape {list(outputs.shape)} instead of {list(expected.shape)}"
    unsigned = _unsigned_bits(model)
    hint = (
        f"let {', '.join(unsigned)} quantise to -1 and +1 (SignedBinaryActPerTensorConst): "
        "Brevitas exports bits of 0 and 1 as if they were -1 and +1"
        if unsigned
        else "use scales that are powers of two, or another example_input: a threshold may lie "
        "within rounding error of a sum"
    )
    raise XnorflowError(
        Diagnostic(
            "export-mismatch",
            f"the exported graph must give the module's outputs for example_input, not {found}",
            hint,
        )
    )


def _unlike_frames(example: npt.NDArray[Any], graph: Graph) -> Diagnostic | None:
    """A warning where the example is no frame that the accelerator can take."""
    host, entry = graph.host_input, graph.tensors[graph.input]
    levels = input_levels(host, entry)
    steps = host.stored_values(example)
    odd = (abs(steps - steps.round()) > _STEP_ERROR) | ~np.isin(steps.round(), levels)
    if not odd.any():
        return None
    wanted = f"integers from {levels[0]} to {levels[-1]}"
    if host.levels is not None:
        wanted = " or ".join(map(str, host.levels))
    return Diagnostic(
        "example-input",
        f"example_input must hold {wanted} times input_scale ({host.scale:g}), less input_mean, "
        f"by input_std, as the accelerator's frames do, not {float(example[odd][0]):g}",
        "where the module takes pixels divided by 255, give input_scale=1/255; else let the "
        "module itself turn integers into what its layers take",
        severity=Severity.WARNING,
    )


def _frame(example_input: object) -> torch.Tensor:
    if isinstance(example_input, np.ndarray) and example_input.dtype.kind in "biuf":
        # numpy's numbers are float64 unless told otherwise, PyTorch's float32
        is_real = example_input.dtype.kind == "f"
        dtype = np.dtype(np.float32) if is_real else example_input.dtype.newbyteorder("=")
        frame = torch.tensor(example_input.astype(dtype, order="C"))
    elif isinstance(example_input, torch.Tensor):
        frame = example_input
    else:
        kind = type(example_input).__name__
        raise _unfit("left out" if example_input is None else f"a {kind}")
    if frame.dim() < 2 or len(frame) != 1:
        raise _unfit(f"of shape {list(frame.shape)}")
    return frame


def _unfit(found: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "example-input",
            f"example_input must be a tensor or an array of numbers, of batch 1, not {found}",
            "give one frame as the module takes it, e.g. example_input=torch.zeros(1, 3, 32, 32)",
        )
    )


def _unsigned_bits(model: nn.Module) -> list[str]:
    """The layers that quantise activations to 0 and 1."""
    return [
        name.rpartition(".")[0] or "the module"
        for name, part in model.named_modules()
        if isinstance(part, ActQuantProxyFromInjector)
        and part.is_quant_enabled
        and not part.is_signed
        and part.bit_width() == 1
    ]
