# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM get one answer, at whatever moment they come."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xnorflow.interrupts import shield

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "models" / "tfc-mnist" / "model.onnx"
SOLVED = ROOT / "models" / "cnv-mnist" / "model.onnx"
"""For 30,000 FPS prices leave a gap, which OR-Tools closes."""
AT_IMPORT = """
import os, sys

class Sender:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), {number})

{early}
from xnorflow.__main__ import run
sys.meta_path.insert(0, Sender())
sys.exit(run())
"""


def ended(code: str, *arguments: str) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("number", "module"),
    [
        (signal.SIGINT, "argparse"),  # before the command line is read
        (signal.SIGTERM, "xnorflow.api"),
        (signal.SIGINT, "numpy._core.printoptions"),  # by NumPy's extension module
        (signal.SIGINT, "ortools.util.python.sorted_interval_list"),  # by one of OR-Tools
        (signal.SIGTERM, "ortools.util.python.sorted_interval_list"),
        (signal.SIGTERM, "xnorflow.backends.rtl"),  # while there is a folder to clean up
    ],
)
def test_a_signal_during_an_import(tmp_path: Path, number: signal.Signals, module: str) -> None:
    code = AT_IMPORT.format(module=module, number=int(number), early="")
    model, fps = (SOLVED, "3e4") if module.startswith("ortools") else (MODEL, "1e6")
    build = ("--board", "pynq-z1", "--target-fps", fps, "-o", str(tmp_path / "deep" / "b"))
    result = ended(code, "compile", str(model), *build)
    assert result == (128 + number, b"", b"interrupted; nothing half-written was left\n")
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_takes_it_for_a_missing_module_does_not_go_on() -> None:
    """As PyTorch and Brevitas, where `train` says that they must be installed."""
    early = "\n".join(
        (
            "import xnorflow.cli.boards as boards",
            "def work(args):",
            "    try:",
            "        import numpy",
            "    except ImportError:",
            "        return 0",
            "    while True:",
            "        pass",
            "boards.run = work",
        )
    )
    code = AT_IMPORT.format(module="numpy._core.printoptions", number=2, early=early)
    assert ended(code, "boards") == (130, b"", b"interrupted; nothing half-written was left\n")


def test_one_that_is_lost_in_a_finaliser_comes_again() -> None:
    early = "\n".join(
        (
            "import xnorflow.cli.boards as boards",
            "class Last:",
            "    def __del__(self):",
            "        os.kill(os.getpid(), 2)",
            "        for _ in range(10): pass",
            "def work(args):",
            "    Last()",
            "    while True:",
            "        pass",
            "boards.run = work",
        )
    )
    code = AT_IMPORT.format(module="", number=2, early=early)
    assert ended(code, "boards") == (130, b"", b"interrupted; nothing half-written was left\n")


def test_what_is_ignored_stays_ignored() -> None:
    """As in a shell's background jobs."""
    early = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    source = AT_IMPORT.format(module="rich", number=2, early=early)
    code, out, err = ended(source, "boards")
    assert (code, err) == (0, b"")
    assert b"pynq-z1" in out


def test_a_change_is_made_whole_first() -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        change(steps)
    assert steps == ["begin", "end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


BETWEEN = """
import os, signal

def theirs(number, frame):
    raise InterruptedError

{early}
from xnorflow.interrupts import shield
real, sent = signal.signal, []

def sending(number, handler):
    before = real(number, handler)
    if inside and not sent:
        sent.append(number)
        os.kill(os.getpid(), {number})
        for _ in range(10): pass
    return before

inside, handlers = False, [signal.getsignal(n) for n in (2, 15, 14)]
signal.signal = sending
try:
    with shield():
        os.kill(os.getpid(), 15)
        inside = True
except (KeyboardInterrupt, InterruptedError):
    print("interrupted")
print([signal.getsignal(n) for n in (2, 15, 14)] == handlers)
try:
    os.kill(os.getpid(), 15)
    for _ in range(10): pass
except (KeyboardInterrupt, InterruptedError):
    print("again")
"""
"""A signal comes as soon as the first handler is put back, if one is, and SIGTERM later on."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM])
@pytest.mark.parametrize(
    "early",
    [
        "from xnorflow.interrupts import listen; listen()",
        "for number in (2, 15, 14): signal.signal(number, theirs)",
    ],
)
def test_a_signal_while_handlers_are_put_back_leaves_none_behind(
    early: str, number: signal.Signals
) -> None:
    code = BETWEEN.format(early=early, number=int(number))
    assert ended(code) == (0, b"interrupted\nTrue\nagain\n", b"")


def test_what_has_waited_comes_once() -> None:
    code = "\n".join(
        (
            "import os, signal",
            "from xnorflow.interrupts import shield",
            "for turn in range(2):",
            "    try:",
            "        with shield():",
            "            if turn == 0: os.kill(os.getpid(), 2)",
            "        print('whole')",
            "    except KeyboardInterrupt:",
            "        print('interrupted')",
        )
    )
    assert ended(code) == (0, b"interrupted\nwhole\n", b"")


def change(steps: list[str]) -> None:
    with shield():
        steps.append("begin")
        with shield():
            os.kill(os.getpid(), signal.SIGINT)
            gc.collect()
        steps.append("end")
    steps.append("never")
