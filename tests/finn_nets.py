# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks to export for FINN, and what the exported models compute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from tests.designs import Maker

from xnorflow.design.design import Design
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, ValueType

INT4 = ValueType(4, signed=True)


def plain(maker: Maker) -> Maker:
    """Without the constants that the label unit adds."""
    last = maker.layers[-1]
    assert isinstance(last.op, ArgMax)
    maker.layers[-1] = replace(last, op=ArgMax(np.full_like(last.op.offsets, 7)))
    return maker


def pictures() -> Maker:
    maker = Maker((9, 9, 4), BIPOLAR, seed=2).window("window0", Sweep((2, 2)), (2, 2))
    maker.conv("conv0", 8, (4, 8, "lutram")).pool("pool0", Sweep((2, 2), (2, 2)), (8, 8))
    maker.window("window1", Sweep((2, 2)), (32, 8)).conv("conv1", 6, (2, 16, "bram"))
    return maker.dense("conv2", 12, (12, 54, "const")).dense("dense3", 5, (5, 4), raw=True)


NETWORKS = {
    "bits": Maker(12, BIPOLAR, 2).dense("dense0", 6, (2, 3)).dense("dense1", 4, (2, 2), raw=True),
    "bits out": Maker(12, BIPOLAR, 3).dense("dense0", 6, (2, 3)).dense("dense1", 4, (2, 2)),
    "integers out": Maker((4, 4, 3), ValueType(3), 4).dense("dense0", 8, (2, 6), raw=True),
    "pixels": Maker(12, ValueType(8), 5)
    .quantize("quantize0", (4, 4), uniform=False)
    .dense("dense0", 6, (2, 3))
    .dense("dense1", 4, (2, 2), raw=True),
    "label": plain(
        Maker(12, ValueType(8), 6)
        .quantize("quantize0", (4, 4))
        .dense("dense0", 6, (2, 3))
        .dense("dense1", 4, (2, 2), raw=True)
        .label("argmax0", (2, 2))
    ),
    "pictures": pictures(),
    "padded bits": Maker((6, 7, 4), BIPOLAR, 7)
    .window("window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (2, 2))
    .conv("conv0", 8, (2, 3))
    .pool("pool0", Sweep((3, 3), (2, 2), (1, 1, 0, 1)), (4, 4))
    .dense("dense1", 5, (1, 8), raw=True),
    "padded integers": Maker((6, 6, 3), INT4, 8)
    .window("window0", Sweep((3, 3), (2, 2), (1, 1, 0, 0)), (3, 3))
    .conv("conv0", 8, (2, 3))
    .conv("conv1", 4, (2, 4))
    .dense("dense2", 5, (1, 6), raw=True),
    "bits of 0 and 1": Maker((5, 4, 3), ValueType(1), 11)
    .window("window0", Sweep((2, 2), (1, 1), (1, 1, 0, 0)), (3, 3))
    .conv("conv0", 8, (2, 3))
    .dense("dense1", 5, (1, 8), raw=True),
    "sums of 0 and 1": Maker(12, ValueType(1), 12).dense("dense0", 6, (2, 3), raw=True),
    "a stride beyond the image": Maker((3, 8, 4), INT4, 10)
    .window("window0", Sweep((3, 3), (5, 2), (1, 0, 0, 0)), (2, 2))
    .conv("conv0", 8, (2, 3))
    .dense("dense1", 5, (1, 8), raw=True),
    "an image as one vector": Maker((4, 4, 3), BIPOLAR, 9)
    .dense("dense0", 8, (2, 6))
    .dense("dense1", 5, (1, 8), raw=True),
}


def computed(path: Path, frames: np.ndarray) -> np.ndarray:
    """What qonnx's executor gives for frames, one at a time."""
    model = ModelWrapper(str(path))
    shape = model.get_tensor_shape("global_in")
    runs = [
        execute_onnx(model, {"global_in": frame.reshape(shape).astype(np.float32)})["global_out"]
        for frame in frames
    ]
    return np.stack([np.asarray(run).ravel() for run in runs])


def as_raw(design: Design, outputs: np.ndarray) -> np.ndarray:
    """The accelerator's integers for the exported model's."""
    last = design.graph.layers[-1]
    if last.in_type.value == BIPOLAR and last.out_type.value != BIPOLAR:
        outputs = 2 * outputs - last.in_type.elements
    return outputs.astype(np.int64)
