# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What each layer's integers are worth, held against the executor's tensors in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tests.fuzz.build import Built, build
from tests.fuzz.check import spec
from tests.fuzz.network import Case

from xnorflow.frontend.load import load_reference
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.reference import Reference
from xnorflow.host.frames import to_frames
from xnorflow.ir.graph import ModelInfo
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_layers
from xnorflow.verify.model import run_model

FRAMES = 3


@contextmanager
def referenced(built: Built) -> Iterator[tuple[Path, Reference]]:
    """The model's file, and the model beside what it is lowered to.

    Raises:
        XnorflowError: it is refused.
    """
    data = built.model().SerializeToString()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        path.write_bytes(data)
        model = ModelInfo("net", sha256(data).hexdigest())
        yield path, load_reference(path, model, spec(built))


def check_taps(case: Case) -> None:
    """All layers hold what the model computes, and no sum is said to decide otherwise."""
    built = build(case.network, FRAMES)
    with referenced(built) as (path, reference):
        graph = reference.graph
        frames = to_frames(graph.host_input, graph.tensors[graph.input], built.x)
        found = run_model(path, run_passes(graph), built.x, frames)
        assert found.parting is None
        assert found.agreement.exact.all()
        assert found.agreement.labels.all()
        tensors = reference.run(built.x[0] * np.float64(built.network.input.scale))
    layers = {layer.name: layer for layer in graph.layers}
    integers = run_layers(graph, frames[0])
    for tap in reference.taps:
        theirs = tensors[tap.tensor].ravel()
        if tap.after is not None:
            worth = tap.worth(integers[layers[tap.made].output])
            np.testing.assert_allclose(worth, theirs, rtol=1e-5, err_msg=tap.layer)
        if tap.product is not None:
            _check_sums(tap, integers[layers[tap.layer].inputs[0]], tensors[tap.sums])


def _check_sums(tap: Tap, read: np.ndarray, tensor: np.ndarray) -> None:
    exact, model = tap.exact_sums(read), tap.model_sums(tensor)
    assert exact.dtype == model.dtype
    np.testing.assert_allclose(exact, model, rtol=1e-5, atol=1e-5 * np.abs(model).max())
    assert tap.after is None or not tap.deciding(exact, model).size
