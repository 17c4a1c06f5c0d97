# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What each layer's integers are worth, held against the executor's tensors in between."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tests.fuzz.build import Built, build
from tests.fuzz.network import Case

from xnorflow.frontend.load import load_reference
from xnorflow.frontend.reference import Reference
from xnorflow.frontend.taps import Tap
from xnorflow.ir.graph import ModelInfo
from xnorflow.simulate.golden import run_layers
from xnorflow.simulate.host import to_frames

FRAMES = 3


def reference_of(built: Built) -> Reference:
    """The model beside what it is lowered to.

    Raises:
        XnorflowError: it is refused.
    """
    from hashlib import sha256

    data = built.model().SerializeToString()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        path.write_bytes(data)
        model = ModelInfo("net", sha256(data).hexdigest())
        return load_reference(path, model, input_scale=built.network.input.scale)


def check_taps(case: Case) -> None:
    """Activations are equal, sums are equal, and no sum is said to decide otherwise."""
    built = build(case.network, FRAMES)
    reference = reference_of(built)
    graph = reference.graph
    layers = {layer.name: layer for layer in graph.layers}
    assert len(reference.taps) == 1 + sum(tap.product is not None for tap in reference.taps)
    for x, frame in zip(
        built.x, to_frames(graph.host_input, graph.tensors[graph.input], built.x), strict=True
    ):
        integers = run_layers(graph, frame)
        tensors = reference.run(x * np.float64(built.network.input.scale))
        for tap in reference.taps:
            if tap.after is not None:
                stored = integers[layers[tap.made].output]
                assert not tap.differs(stored, tensors[tap.tensor]).any(), tap.layer
                worth = tap.worth(stored).astype(tensors[tap.tensor].dtype)
                np.testing.assert_allclose(worth, tensors[tap.tensor].ravel(), rtol=1e-5)
            if tap.product is not None:
                _check_sums(tap, integers[layers[tap.layer].inputs[0]], tensors[tap.sums])


def _check_sums(tap: Tap, read: np.ndarray, tensor: np.ndarray) -> None:
    exact, model = tap.exact_sums(read), tap.model_sums(tensor)
    assert exact.dtype == model.dtype
    np.testing.assert_allclose(exact, model, rtol=1e-5, atol=1e-5 * np.abs(model).max())
    assert not tap.deciding(exact, model).size or not tap.after
