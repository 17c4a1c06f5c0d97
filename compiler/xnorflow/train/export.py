# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A trained model as Brevitas QONNX, checked against the reference executor."""

from __future__ import annotations

import contextlib
import copy
import io
import tempfile
import warnings
from collections.abc import Iterator
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

from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.train.datasets import Images

__all__ = ["Exported", "export_model"]

_INPUT = "pixels"
_OUTPUT = "logits"


@dataclass(frozen=True, eq=False)
class Exported:
    """A QONNX file and what it computes.

    Attributes:
        content: the file's bytes.
        outputs: float32 [n, classes]: the graph's output for each image, from qonnx's executor.
    """

    content: bytes
    outputs: npt.NDArray[np.float32]


def export_model(model: nn.Module, images: Images, name: str) -> Exported:
    """Export the model and run the export on some images.

    Args:
        model: trained.
        images: uint8 [n, 1, side, side]; the graph takes one at a time, raw pixels as float32.
        name: of the graph.

    Raises:
        XnorflowError: ``export-mismatch``: the executor's outputs differ from the model's in any
            bit.
    """
    model = copy.deepcopy(model).eval()
    pixels = images.astype(np.float32)
    with torch.no_grad():
        expected = model(torch.tensor(pixels)).numpy()
    proto = _qonnx(model, torch.zeros(1, *images.shape[1:]), name)
    outputs = _execute(proto, pixels)
    different = int((outputs != expected).any(axis=1).sum())
    if different:
        raise XnorflowError(
            Diagnostic(
                "export-mismatch",
                f"the exported graph must give the model's logits, not others for {different} of "
                f"{len(images)} images",
                "train with another seed: a threshold lies within rounding error of a sum",
            )
        )
    return Exported(proto.SerializeToString(deterministic=True), outputs)


def _qonnx(model: nn.Module, example: torch.Tensor, name: str) -> onnx.ModelProto:
    """Brevitas's export, with one input, and without the source positions that PyTorch adds.

    The TorchScript exporter (``dynamo=False``) names nodes after the model's modules, the same in
    every version of PyTorch.
    """
    with tempfile.TemporaryDirectory() as folder, _silent():
        path = Path(folder) / "model.onnx"
        export_qonnx(
            model,
            input_t=example,
            export_path=str(path),
            input_names=[_INPUT],
            output_names=[_OUTPUT],
            dynamo=False,
        )
        proto = onnx.load(path)
    stored = {tensor.name for tensor in proto.graph.initializer}
    moving = [value for value in proto.graph.input if value.name not in stored]
    del proto.graph.input[:]
    proto.graph.input.extend(moving)
    proto.graph.name = name
    proto.graph.doc_string = proto.doc_string = ""
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    return proto


def _execute(proto: onnx.ModelProto, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The graph's output for all images at once, through a copy whose batch axis is that long."""
    batched = copy.deepcopy(proto)
    del batched.graph.value_info[:]
    for value in (*batched.graph.input, *batched.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = len(pixels)
    with _silent():
        model = ModelWrapper(batched).transform(InferShapes())
        return np.asarray(execute_onnx(model, {_INPUT: pixels})[_OUTPUT], np.float32)


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
