# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold for any file: it is refused in words and leaves nothing, or compiles exactly."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tests.fuzz.reference import Answer, reference

import xnorflow
from xnorflow.cli import main

FRAMES = 4
ULPS = 16
"""Units in the last place by which float32 sums may differ that are added in another order."""


@dataclass(frozen=True)
class Verdict:
    """What became of a model.

    Attributes:
        result: ``refused``, or how the answers compare.
        codes: of the Diagnostics, each once.
        notes: codes of the notes of one that compiles.
    """

    result: str
    codes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def trial(data: bytes, scale: float) -> Verdict:
    """Compile a model's file as a user does, and hold what it answers against qonnx's executor.

    Raises:
        AssertionError: a refusal without words, something left behind, or a wrong answer.
        Exception: whatever escapes from xnorflow.
    """
    with TemporaryDirectory(prefix="xnorflow-fuzz-") as name:
        folder = Path(name)
        (folder / "model.onnx").write_bytes(data)
        code, said = _compile(folder, scale)
        left = {path.name for path in folder.iterdir()}
        shown = [line for line in said.splitlines() if not line.isprintable()]
        assert not shown, f"control codes reach the terminal: {shown[:1]!a}"
        if code == 2:
            codes = _codes("error", said)
            assert codes, f"a refusal without a Diagnostic: {said[:200]!a}"
            assert left == {"model.onnx"}, f"a refusal leaves {sorted(left)}"
            return Verdict("refused", codes)
        assert code == 0, f"exit code {code}: {said[:200]!a}"
        assert left == {"model.onnx", "build"}, f"a compilation leaves {sorted(left)}"
        notes = (*_codes("note", said), *_codes("warning", said))
        return Verdict(_compare(data, folder / "build", notes), (), notes)


def _compile(folder: Path, scale: float) -> tuple[int, str]:
    arguments = ["compile", str(folder / "model.onnx"), "--board", "pynq-z1"]
    arguments += [f"--input-scale={scale!r}", "-o", str(folder / "build")]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return code, err.getvalue()


def _codes(severity: str, said: str) -> tuple[str, ...]:
    return tuple(sorted(set(re.findall(rf"^{severity}\[([a-z-]+)\]", said, re.MULTILINE))))


def _compare(data: bytes, build: Path, notes: tuple[str, ...]) -> str:
    """``exact``, ``rounded``, ``near tie`` where a note told of it, or ``no reference``."""
    built = xnorflow.load(build)
    host = built.design.graph.host_input
    x = built.random_inputs(FRAMES)
    wanted = reference(data, host.graph_values(x, np.float64))
    found = built.predict(x).output
    if wanted is None:
        return "no reference"
    flat = found.reshape(len(found), -1)
    rule = f"answers are {flat.dtype}{list(flat.shape)}"
    assert flat.dtype == wanted.output.dtype, f"{rule}, not {wanted.output.dtype}"
    assert flat.shape == wanted.output.shape, f"{rule}, not {list(wanted.output.shape)}"
    if (flat == wanted.output).all():
        return "exact"
    if _is_rounding(flat, wanted):
        return "rounded"
    frame, element = np.argwhere(flat != wanted.output)[0]
    shown = f"{flat[frame, element]!r}, not {wanted.output[frame, element]!r}"
    told = {"near-tie", "inexact-sums"} & {*notes}
    assert told, f"element {element} is {shown}, of {list(flat.shape)}"
    return "near tie"


def _is_rounding(found: np.ndarray, wanted: Answer) -> bool:
    """Whether answers differ by no more than rounding does, or choose among equals but for it."""
    if wanted.scores is None:
        values, others = found, wanted.output
    else:
        values = np.take_along_axis(wanted.scores, found.astype(np.int64), axis=1)
        others = np.take_along_axis(wanted.scores, wanted.output.astype(np.int64), axis=1)
    reach = np.abs(others if wanted.scores is None else wanted.scores).max()
    slack = ULPS * float(np.finfo(np.float32).eps) * float(reach)
    differ = np.abs(values.astype(np.float64) - others.astype(np.float64))
    return bool(values.dtype.kind == "f" and differ.max() <= slack)
