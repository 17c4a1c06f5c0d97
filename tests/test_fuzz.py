# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The fuzzer finds a planted bug, shrinks it and keeps it; what was kept is replayed here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.fuzz import __main__ as fuzz
from tests.fuzz import regressions
from tests.fuzz.check import check_golden, check_rtl
from tests.fuzz.drawing import Limits
from tests.fuzz.hunt import hunt
from tests.fuzz.network import Conv, Pool, Sign
from tests.fuzz.strategies import lone_networks

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import Values
from xnorflow.simulate import golden

FEW = lone_networks((Limits(side=6, channels=3, width=8, convs=2, denses=1),))
KEPT = sorted(regressions.FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_cases_hold(path: Path) -> None:
    case = regressions.read(path)
    check_golden(case)
    check_rtl(case)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the golden engine wrong for windows of stride 2 down, with rows of padding above."""
    right = golden._run_layer

    def wrong(layer: Layer, inputs: Sequence[Values]) -> Values:
        result = right(layer, inputs)
        if isinstance(layer.op, Window) and layer.op.sweep.stride[0] == 2:
            return np.roll(result, layer.op.sweep.pads[0], axis=1)
        return result

    monkeypatch.setattr(golden, "_run_layer", wrong)


@pytest.mark.usefixtures("planted")
def test_a_planted_bug_is_found_and_shrunk() -> None:
    failure = hunt(FEW, check_golden, start=1, count=100)
    assert failure is not None
    assert "not equal" in failure.why
    steps = failure.case.network.steps
    (conv,) = (step for step in steps if isinstance(step, Conv))
    assert conv.stride[0] == 2
    assert conv.pads[0] > 0 or conv.auto_pad.startswith("SAME")
    assert conv.pads[1] == conv.pads[3] == 0
    assert conv.channels == 1
    assert not any(isinstance(step, Pool) for step in steps)
    assert sum(isinstance(step, Sign) for step in steps) <= 2


def test_a_planted_bug_is_kept_and_replayed(
    planted: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["fuzz", "--count=80", "--seed=0", f"--save={tmp_path}"])
    monkeypatch.setattr(fuzz, "lone_networks", lambda sizes: FEW)
    assert fuzz.main() == 1
    said = capsys.readouterr().out
    assert "seed 0" in said
    paths = sorted(tmp_path.iterdir())
    found = said.count("FAILED, kept as")
    assert f"failures: {found}" in said
    assert 0 < len(paths) <= found  # some shrink to the same case
    path = paths[0]  # how many are drawn depends on the modules that are loaded
    assert path.name in said.replace("\n", "")
    case = regressions.read(path)
    with pytest.raises(AssertionError):
        check_golden(case)
    monkeypatch.undo()
    check_golden(case)
