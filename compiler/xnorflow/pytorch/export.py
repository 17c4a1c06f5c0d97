# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Brevitas' QONNX export of a module, and what the exported graph computes (extra ``train``)."""

from __future__ import annotations

import contextlib
import copy
import io
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from brevitas.export import export_qonnx
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes
from torch import nn

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.read.foreign import foreign

__all__ = ["Array", "Exported", "export_module"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Exported:
    """A module's export beside what the module itself computes.

    Attributes:
        name: of the graph.
        content: the QONNX file's bytes.
        frames: what the module was run on, batch axis first.
        expected: the module's outputs for the frames.
    """

    name: str
    content: bytes
    frames: npt.NDArray[np.generic]
    expected: Array

    def outputs(self) -> Array:
        """The graph's outputs for the frames, from qonnx's executor, all at once."""
        proto = onnx.load_from_string(self.content)
        if len(self.frames) > 1:
            del proto.graph.value_info[:]
            for value in (*proto.graph.input, *proto.graph.output):
                value.type.tensor_type.shape.dim[0].dim_value = len(self.frames)
        (entry,), (result,) = proto.graph.input, proto.graph.output
        with _silent():
            model = ModelWrapper(proto).transform(InferShapes())
            found = execute_onnx(model, {entry.name: self.frames})[result.name]
        return np.asarray(found, np.float32)


def export_module(
    model: nn.Module,
    frames: torch.Tensor,
    name: str,
    *,
    input_name: str = "input",
    output_name: str = "output",
) -> Exported:
    """Export a copy of a module, in evaluation mode and on the CPU.

    The module itself, its mode and device, and the state of PyTorch's random numbers stay.

    Args:
        model: takes frames and gives one tensor.
        frames: [n, ...]; the graph takes one at a time.
        name: of the graph.
        input_name: of its input.
        output_name: of its output.

    Raises:
        XnorflowError: ``example-input``: the module does not run on the frames;
            ``export-failed``.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad(), _silent():
        with _told("export-failed", "the module must be one that copy.deepcopy can copy"):
            plain = copy.deepcopy(model).cpu().eval()
        plain.register_forward_hook(_value)
        with _told("example-input", "example_input must be a plain tensor of numbers"):
            frames = frames.detach().cpu()
            given = _array(frames)
        expected = _expected(plain, frames)
        with _told("export-failed", "Brevitas must be able to export the module"):
            proto = _qonnx(plain, frames[:1], (input_name, output_name))
    proto.graph.name = name
    content: bytes = proto.SerializeToString(deterministic=True)
    return Exported(name, content, given, expected)


def _expected(model: nn.Module, frames: torch.Tensor) -> Array:
    """What the module itself computes."""
    with _told("example-input", "a copy of the module must run on example_input, on the CPU"):
        result = model(frames)
    if not isinstance(result, torch.Tensor):
        raise XnorflowError(
            Diagnostic(
                "export-failed",
                f"the module must give one tensor, not a {type(result).__name__}",
                "compile the part of the network from one input to one output",
            )
        )
    with _told("export-failed", "the module must give a plain tensor of numbers"):
        return np.asarray(_array(result), np.float32)


def _array(tensor: torch.Tensor) -> npt.NDArray[np.generic]:
    """The numbers in numpy, those of types that it lacks in float32."""
    lacks = tensor.is_floating_point() and tensor.dtype not in _FLOATS
    found: npt.NDArray[np.generic] = (tensor.float() if lacks else tensor).numpy()
    return found


_FLOATS = (torch.float16, torch.float32, torch.float64)
"""Those of PyTorch's that numpy has too."""


def _value(module: nn.Module, inputs: object, output: object) -> object:
    """A forward hook: of a tensor with its scale and width, Brevitas' QuantTensor, the tensor."""
    return getattr(output, "value", output)


def _qonnx(model: nn.Module, example: torch.Tensor, names: tuple[str, str]) -> onnx.ModelProto:
    """Brevitas's export, with one input, and without the source positions that PyTorch adds.

    The TorchScript exporter (``dynamo=False``) names nodes after the model's modules, the same in
    every version of PyTorch.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_qonnx(
            model,
            input_t=example,
            export_path=str(path),
            input_names=[names[0]],
            output_names=[names[1]],
            dynamo=False,
        )
        proto = onnx.load(path)
    stored = {tensor.name for tensor in proto.graph.initializer}
    moving = [value for value in proto.graph.input if value.name not in stored]
    del proto.graph.input[:]
    proto.graph.input.extend(moving)
    proto.graph.doc_string = proto.doc_string = ""
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    return proto


def _told(code: str, rule: str) -> AbstractContextManager[None]:
    """Turn whatever a module or an exporter raises into a Diagnostic."""
    return foreign(code, f"{rule}, not fail with:", _HINTS[code])


_HINTS = {
    "example-input": "give one frame as the module takes it, batch axis first",
    "export-failed": "brevitas.export.export_qonnx(module, example_input, 'model.onnx', "
    "dynamo=False) must work; then xnorflow.compile takes module and file alike",
}


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep the exporters' chatter off the terminal; failures are exceptions."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
