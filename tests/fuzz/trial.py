# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold for any file: it is refused in words and leaves nothing, or compiles exactly."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from onnx import ModelProto
from tests.fuzz import answers, inputs
from tests.fuzz.clock import Clock
from tests.fuzz.parted import by_rounding
from tests.fuzz.reference import reference
from tests.fuzz.terminal import Said, listen
from tests.fuzz.whole import load_whole
from tests.qonnx_net import Array

from xnorflow.accelerator import Accelerator
from xnorflow.cli import main

FRAMES = 16
RTL_SHARE = 40
"""Of so many exact models, as their hash has it, one is simulated where it is small."""
RTL_FRAMES = 3
RTL_CYCLES = 20_000
"""Of the largest frame that is simulated, from its first beat in to its last one out."""


@dataclass(frozen=True)
class Verdict:
    """What became of a model.

    Attributes:
        result: ``refused``; or ``exact``, ``rounded``, ``near tie`` or ``no reference``.
        codes: of the Diagnostics, each once.
        notes: codes of the notes of one that compiles.
        simulated: whether its RTL gave what the integers give.
    """

    result: str
    codes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False


def trial(data: bytes, scale: float | None, clock: Clock) -> Verdict:
    """Compile a model's file as a user does, and hold what it answers against qonnx's executor.

    Args:
        data: the file.
        scale: what one step of the input is worth; None leaves it to the file.
        clock: runs while the file is compiled.

    Raises:
        AssertionError: a refusal without words, something left behind, or a wrong answer.
        Exception: whatever escapes from xnorflow.
    """
    with TemporaryDirectory(prefix="xnorflow-fuzz-") as name:
        folder = Path(name)
        model, build = folder / "model.onnx", folder / "build"
        model.write_bytes(data)
        arguments = ["compile", str(model), "--board", "pynq-z1", "-o", str(build)]
        arguments += [] if scale is None else [f"--input-scale={scale!r}"]
        with clock:
            code, said = listen(lambda: main(arguments))
        _check_said(said)
        left = {path.name for path in folder.iterdir()}
        assert model.read_bytes() == data, "the file is changed"
        if code == 2:
            codes = _codes("error", said)
            assert codes, f"a refusal without a Diagnostic: {said.err[:200]!a}"
            assert left == {"model.onnx"}, f"a refusal leaves {sorted(left)}"
            return Verdict("refused", codes)
        assert code == 0, f"exit code {code}: {said.err[:200]!a}"
        assert left == {"model.onnx", "build"}, f"a compilation leaves {sorted(left)}"
        built = load_whole(build)
        verdict = Verdict("", (), (*_codes("note", said), *_codes("warning", said)))
        return _compare(model, built, scale, verdict)


def _check_said(said: Said) -> None:
    shown = said.hidden()
    assert not shown, f"control codes reach the terminal: {shown[:1]!a}"
    assert not said.native, f"a library writes to the terminal: {said.native[:200]!a}"


def _codes(severity: str, said: Said) -> tuple[str, ...]:
    return tuple(sorted(set(re.findall(rf"^{severity}\[([a-z-]+)\]", said.err, re.MULTILINE))))


def _compare(model: Path, built: Accelerator, scale: float | None, verdict: Verdict) -> Verdict:
    """The verdict with a result; a ``near tie`` is one that was warned of."""
    data, said = model.read_bytes(), built.report.input
    proto = ModelProto.FromString(data)
    inputs.check_entry(said, proto, scale)
    x = inputs.frames(said, proto, FRAMES)
    values = inputs.graph_values(said, x)
    prediction = built.predict(x)
    found = prediction.output.reshape(FRAMES, -1)
    # All frames at once are fast; where that gives something else, the file's own batch decides.
    wanted = reference(data, values, FRAMES)
    if wanted is None or not np.array_equal(found, wanted.output):
        wanted = reference(data, values)
    if wanted is None:
        return replace(verdict, result="no reference")
    answers.check_form(found, wanted)
    if answers.exact(found, wanted).all():
        return replace(verdict, result="exact", simulated=_simulated(data, built, x))
    same = answers.rounded(found, wanted)
    if same.all():
        return replace(verdict, result="rounded")
    frame, element = np.argwhere((found != wanted.output) & ~same[:, np.newaxis])[0]
    shown = f"{found[frame, element]!r}, not {wanted.output[frame, element]!r}"
    told = "inexact-sums" in verdict.notes
    near = told and by_rounding(model, built, x[~same], values[~same])
    assert near, f"element {element} is {shown}, of {list(found.shape)}"
    return replace(verdict, result="near tie")


def _simulated(data: bytes, built: Accelerator, x: Array) -> bool:
    """Whether the model is one of those to simulate, which then gives what the integers give."""
    drawn = int.from_bytes(hashlib.sha256(data).digest(), "big") % RTL_SHARE == 0
    if not drawn or built.design.latency_cycles > RTL_CYCLES:
        return False
    run = built.simulate(x[:RTL_FRAMES])
    assert run.mismatches == 0, f"the RTL gives something else: {run.first}"
    return True
