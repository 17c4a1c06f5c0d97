# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A trained model as Brevitas QONNX, checked against the reference executor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.pytorch.export import Array, export_module
from xnorflow.train.datasets import Images

__all__ = ["Exported", "export_model"]


@dataclass(frozen=True, eq=False)
class Exported:
    """A QONNX file and what it computes.

    Attributes:
        content: the file's bytes.
        outputs: float32 [n, classes]: the graph's output for each image, from qonnx's executor.
    """

    content: bytes
    outputs: Array


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
    pixels = torch.tensor(images.astype(np.float32))
    exported = export_module(model, pixels, name, input_name="pixels", output_name="logits")
    outputs = exported.outputs()
    different = int((outputs != exported.expected).any(axis=1).sum())
    if different:
        raise XnorflowError(
            Diagnostic(
                "export-mismatch",
                f"the exported graph must give the model's logits, not others for {different} of "
                f"{len(images)} images",
                "train with another seed: a threshold lies within rounding error of a sum",
            )
        )
    return Exported(exported.content, outputs)
