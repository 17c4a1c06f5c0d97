# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the processes of a campaign survive, and how they measure."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.clock import Clock
from tests.fuzz.trial import Verdict
from tests.fuzz.worker import Check, Fault, Worker

REFUSED = Verdict("refused")
BURNT = 0.2
"""Seconds of processor time."""
_BURN = f"import time\nwhile time.process_time() < {BURNT}: pass"


def _burn() -> None:
    end = time.process_time() + BURNT
    while time.process_time() < end:
        pass


def sleep(data: bytes, scale: float | None, clock: Clock) -> Verdict:
    if data:
        time.sleep(1 << 20)
    return REFUSED


def crash(data: bytes, scale: float | None, clock: Clock) -> Verdict:
    if data:
        _burn()
        ctypes.string_at(0)
    return REFUSED


def fail(data: bytes, scale: float | None, clock: Clock) -> Verdict:
    with clock:
        _burn()
    raise KeyError("x")


def in_a_child(data: bytes, scale: float | None, clock: Clock) -> Verdict:
    with clock:
        subprocess.run([sys.executable, "-c", _BURN], check=True)
    return REFUSED


def afterwards(data: bytes, scale: float | None, clock: Clock) -> Verdict:
    with clock:
        pass
    _burn()
    return REFUSED


def run(folder: Path, check: Check, **limits: Any) -> tuple[Verdict | Fault, float]:
    worker = Worker(folder / "log", check, **limits)
    try:
        return worker.run(b"bad", 1.0)
    finally:
        worker.stop()


@pytest.mark.parametrize(
    ("check", "limits", "cause", "least"),
    [
        (sleep, {"patience": 0.1}, "hangs for 0.1 s", 0.1),
        (fail, {"seconds": BURNT / 2}, "takes ", BURNT),
        (in_a_child, {"seconds": BURNT / 2}, "takes ", BURNT),
        (fail, {"memory": 1 << 20}, "holds ", BURNT),
        (crash, {}, "the process ends by SIGSEGV", BURNT),
    ],
)
def test_what_goes_wrong(
    tmp_path: Path, check: Check, limits: dict[str, Any], cause: str, least: float
) -> None:
    fault, seconds = run(tmp_path, check, **limits)
    assert isinstance(fault, Fault)
    assert fault.cause.startswith(cause)
    assert seconds >= least * 0.95  # clocks tick


def test_an_exception_is_a_fault_with_its_place_and_time(tmp_path: Path) -> None:
    fault, seconds = run(tmp_path, fail)
    assert isinstance(fault, Fault)
    assert fault.cause.startswith("KeyError: 'x' (test_fuzz_workers.py:")
    assert seconds >= BURNT * 0.95


def test_what_follows_the_compilation_is_not_counted(tmp_path: Path) -> None:
    verdict, seconds = run(tmp_path, afterwards, seconds=BURNT / 2)
    assert verdict == REFUSED
    assert seconds < BURNT / 2


def test_another_process_takes_the_place(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "log", crash)
    try:
        assert isinstance(worker.run(b"bad", 1.0)[0], Fault)
        assert worker.run(b"", 1.0)[0] == REFUSED
    finally:
        worker.stop()
