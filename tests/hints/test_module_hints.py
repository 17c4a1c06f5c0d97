# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch modules that are not compiled, and what their hints lead to."""

from __future__ import annotations

import numpy as np
import pytest
from tests.hints.follows import follows

from xnorflow.diagnostics import Diagnostic, XnorflowError

torch = pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")

import brevitas.nn as qnn  # noqa: E402
from tests.brevitas_modules import ROWS, Pair, built, refused, small  # noqa: E402
from tests.brevitas_nets import Function, dense, sign, trained  # noqa: E402
from torch import nn  # noqa: E402

from xnorflow.pytorch.export import export_module  # noqa: E402
from xnorflow.train.export import export_model  # noqa: E402

FRAME = {"example_input": ROWS[:1]}


@pytest.fixture(scope="module")
def good() -> nn.Sequential:
    """A module that compiles, as each test that takes it for a remedy relies on."""
    model = small()
    built(model, **FRAME)
    return model


@follows("model-kind")
@pytest.mark.usefixtures("good")
def test_of_a_class_an_instance_is_given() -> None:
    found = refused(nn.Sequential, **FRAME)
    assert found.code == "model-kind"
    assert found.hint.startswith("of a class give an instance")


@follows("example-input")
def test_one_frame_is_given(good: nn.Sequential) -> None:
    for example in (None, ROWS[0], ROWS[:2], "x", ROWS[:1, :5]):
        found = refused(good, example_input=example)
        assert found.code == "example-input"
        assert found.hint.startswith("give one frame as the module takes it")
    built(good, example_input=torch.zeros(1, 12))


@follows("example-input")
def test_the_scale_of_divided_pixels_is_given() -> None:
    def notes(model: object, **options: object) -> list[Diagnostic]:
        made = built(model, example_input=ROWS[:1] / 255, **options)
        return [note for note in made.design.graph.notes if note.code == "example-input"]

    (note,) = notes(small())
    assert note.hint.startswith("where the module takes pixels divided by 255, give input_scale")
    whole = nn.Sequential(Function(lambda x: x * 255), small()).eval()
    assert notes(whole, input_scale=1 / 255) == []


@follows("export-failed")
def test_the_part_of_one_output_is_compiled() -> None:
    model = Pair().eval()
    found = refused(model, **FRAME)
    assert found.code == "export-failed"
    assert found.hint == "compile the part of the network from one input to one output"
    example = np.sign(ROWS[:1] - 127.5)
    built(model.fc, example_input=example)


@follows("export-failed")
def test_a_module_that_brevitas_exports_is_compiled(good: nn.Sequential) -> None:
    found = refused(nn.DataParallel(good), **FRAME)
    assert found.code == "export-failed"
    assert "brevitas.export.export_qonnx(module, example_input" in found.hint


@follows("export-mismatch")
@pytest.mark.usefixtures("good")
def test_bits_of_minus_1_and_1_are_exported_as_they_are() -> None:
    found = refused(small(qnn.QuantReLU(bit_width=1)), **FRAME)
    assert found.code == "export-mismatch"
    assert found.hint.startswith("let 4 quantise to -1 and +1 (SignedBinaryActPerTensorConst)")


WIDE = np.random.default_rng(4).integers(0, 256, (40, 256)).astype(np.float32)
"""Of an even number of elements, so that sums of their signs may be 0, which float32 may not give
for products of 0.1: PyTorch and the executor add in orders of their own."""


def wide(seed: int, neurons: int, scale: float = 0.1) -> nn.Sequential:
    first = [Function(lambda x: x - 127.5), sign()]
    layer = {"weight_scaling_const": scale}
    return trained(
        lambda: [*first, dense(256, neurons, **layer), sign(), dense(neurons, 4)], WIDE, seed
    )


def meets_a_threshold(model: nn.Sequential) -> np.ndarray:
    """For each frame of WIDE whether some sum is 0."""
    weights = np.where(model[2].weight.detach().numpy() >= 0, 1, -1)
    sums = np.where(WIDE > 127.5, 1, -1) @ weights.T
    met: np.ndarray = (sums == 0).any(axis=1)
    return met


@follows("export-mismatch")
def test_scales_or_examples_are_chosen_that_meet_no_threshold() -> None:
    def differs(frame: np.ndarray) -> bool:
        exported = export_module(model, torch.tensor(frame[np.newaxis]), "net")
        return bool((exported.outputs() != exported.expected).any())

    model = wide(1, 16)
    meets = meets_a_threshold(model)
    bad = next(filter(differs, WIDE[meets]))[np.newaxis]
    found = refused(model, example_input=bad)
    assert found.code == "export-mismatch"
    assert found.hint.startswith("use scales that are powers of two, or another example_input")
    built(wide(1, 16, scale=0.125), example_input=bad)
    built(model, example_input=WIDE[~meets][:1])


@follows("export-mismatch")
def test_another_seed_meets_no_threshold() -> None:
    def fault(seed: int) -> Diagnostic | None:
        try:
            export_model(wide(seed, 1), WIDE.astype(np.uint8), "net")
        except XnorflowError as error:
            (found,) = error.diagnostics
            return found
        return None

    seeds = range(1, 30)
    found = next(filter(None, map(fault, seeds)))
    assert found.code == "export-mismatch"
    assert found.hint.startswith("train with another seed")
    safe = next(seed for seed in seeds if not meets_a_threshold(wide(seed, 1)).any())
    assert fault(safe) is None
