# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A binary network of one's own: trained in Brevitas, compiled for a board, checked bit for bit."""

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.quant import SignedBinaryActPerTensorConst, SignedBinaryWeightPerTensorConst
from rich import print as show
from torch import nn

import xnorflow
from xnorflow.report.terminal import render

BITS = {"bias": False, "weight_quant": SignedBinaryWeightPerTensorConst}
SCALE = {"weight_scaling_const": 0.125}  # a power of two keeps sums of floats exact


def sign() -> nn.Module:
    """Activations of -1 and +1."""
    return qnn.QuantIdentity(act_quant=SignedBinaryActPerTensorConst)


def images(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Dim noise uint8 [count, 1, 8, 8] with a bright row (class 0) or a bright column (1)."""
    draw = np.random.default_rng(seed)
    x, y = draw.integers(0, 128, (count, 1, 8, 8), dtype=np.uint8), draw.integers(0, 2, count)
    for image, column, place in zip(x, y, draw.integers(0, 8, count), strict=True):
        image[(0, slice(None), place) if column else (0, place)] += 127
    return x, y


torch.manual_seed(2026)
model = nn.Sequential(
    *(qnn.QuantConv2d(1, 8, 3, **BITS, **SCALE), nn.BatchNorm2d(8), sign(), nn.MaxPool2d(2)),
    *(qnn.QuantConv2d(8, 16, 2, **BITS, **SCALE), nn.BatchNorm2d(16), sign(), nn.Flatten()),
    qnn.QuantLinear(64, 2, **BITS, **SCALE),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 150)
for step in range(150):
    x, y = map(torch.tensor, images(100, seed=step))
    loss = nn.functional.cross_entropy(model(x.float()), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    slower.step()

x, y = images(200, seed=2026)
acc = xnorflow.compile(
    model,
    board="pynq-z1",
    example_input=torch.tensor(x[:1]).float(),
    target_fps=100_000,
    input_type="uint8",
    output="build/own-model",
)
with torch.no_grad():
    wanted = model.eval()(torch.tensor(x).float()).numpy()
answer = acc.predict(x)
show(f"right: {np.mean(answer.label == y):.1%} of {len(x)} images")
show(f"outputs that differ from PyTorch's: {np.count_nonzero(answer.output != wanted)}")
found = acc.verify("build/own-model/model.onnx", x[:20])
show(f"frames that differ from the model, layer by layer: {found.parting or 'none'}")
show(f"frames that differ in Verilator: {found.simulation.mismatches}")
show(render(acc.report))
