# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch modules that are not compiled, and what their hints lead to."""

from __future__ import annotations

import numpy as np
import pytest
from tests.hints.follows import follows

import xnorflow
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError

torch = pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")

import brevitas.nn as qnn  # noqa: E402
from tests.brevitas_nets import Function, dense, sign, trained  # noqa: E402
from torch import nn  # noqa: E402

from xnorflow.pytorch.export import Exported  # noqa: E402
from xnorflow.train.export import export_model  # noqa: E402

ROWS = np.random.default_rng(4).integers(0, 256, (20, 12)).astype(np.float32)


def parts(act: nn.Module | None = None) -> list[nn.Module]:
    first = [Function(lambda x: x - 127.5), sign(), dense(12, 8), nn.BatchNorm1d(8)]
    return [*first, act or sign(), dense(8, 4)]


def small(act: nn.Module | None = None) -> nn.Sequential:
    return trained(lambda: parts(act), ROWS, seed=1)


def built(model: object, **options: object) -> xnorflow.Accelerator:
    options = {"example_input": ROWS[:1], "target_fps": 1000, **options}
    return xnorflow.compile(model, "pynq-z1", **options)  # type: ignore[arg-type]


def refused(model: object, **options: object) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        built(model, **options)
    (found,) = caught.value.diagnostics
    return found


@follows("model-kind")
def test_of_a_class_an_instance_is_given() -> None:
    found = refused(nn.Sequential)
    assert found.code == "model-kind"
    assert found.hint.startswith("of a class give an instance")
    built(small())


@follows("example-input")
@pytest.mark.parametrize("example", [None, ROWS[0], ROWS[:2], "x", ROWS[:1, :5]])
def test_one_frame_is_given(example: object) -> None:
    found = refused(small(), example_input=example)
    assert found.code == "example-input"
    assert found.hint.startswith("give one frame as the module takes it")
    built(small(), example_input=torch.zeros(1, 12))


@follows("example-input")
def test_the_scale_of_divided_pixels_is_given() -> None:
    def notes(model: object, **options: object) -> list[Diagnostic]:
        made = built(model, example_input=ROWS[:1] / 255, **options)
        return [note for note in made.design.graph.notes if note.code == "example-input"]

    (note,) = notes(small())
    assert note.hint.startswith("where the module takes pixels divided by 255, give input_scale")
    whole = nn.Sequential(Function(lambda x: x * 255), small()).eval()
    assert notes(whole, input_scale=1 / 255) == []


class Pair(nn.Module):
    """Gives two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = dense(12, 4)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The same twice."""
        return self.fc(x), self.fc(x)


@follows("export-failed")
def test_the_part_of_one_output_is_compiled() -> None:
    model = Pair().eval()
    found = refused(model)
    assert found.code == "export-failed"
    assert found.hint == "compile the part of the network from one input to one output"
    example = np.sign(ROWS[:1] - 127.5)
    built(model.fc, example_input=example)


@follows("export-failed")
def test_a_module_that_brevitas_exports_is_compiled() -> None:
    model = small()
    found = refused(nn.DataParallel(model))
    assert found.code == "export-failed"
    assert "brevitas.export.export_qonnx(module, example_input" in found.hint
    built(model)


@follows("export-mismatch")
def test_bits_of_minus_1_and_1_are_exported_as_they_are() -> None:
    found = refused(small(qnn.QuantReLU(bit_width=1)))
    assert found.code == "export-mismatch"
    assert found.hint.startswith("let 4 quantise to -1 and +1 (SignedBinaryActPerTensorConst)")
    built(small(sign()))


@follows("export-mismatch")
def test_another_example_meets_no_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = Exported.outputs

    def one_wrong(exported: Exported) -> np.ndarray:
        return genuine(exported) + (exported.frames == ROWS[:1]).all()

    monkeypatch.setattr(Exported, "outputs", one_wrong)
    found = refused(small())
    assert found.code == "export-mismatch"
    assert "or another example_input" in found.hint
    built(small(), example_input=ROWS[1:2])


@follows("export-mismatch")
def test_another_seed_meets_no_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    def network(seed: int) -> nn.Sequential:
        return trained(parts, ROWS, seed=seed)

    images, genuine = ROWS.astype(np.uint8), Exported.outputs
    first = network(1)
    wrong = export_model(first, images, "net").content

    def rounded(exported: Exported) -> np.ndarray:
        return genuine(exported) + (exported.content == wrong)

    monkeypatch.setattr(Exported, "outputs", rounded)
    with pytest.raises(XnorflowError) as caught:
        export_model(first, images, "net")
    (fault,) = caught.value.diagnostics
    assert fault.code == "export-mismatch"
    assert fault.hint.startswith("train with another seed")
    export_model(network(2), images, "net")
