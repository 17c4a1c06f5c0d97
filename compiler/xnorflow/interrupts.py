# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: one answer whenever they come, and none in the middle of a change.

A signal becomes a KeyboardInterrupt, which cleans up on its way. But an extension module that is
being imported turns it into an ImportError, and some packages take that for a module that is
missing, and go on. So a signal that comes during an import waits until the import has ended, which
a timer looks for.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["INTERRUPTED", "answer", "came", "finish", "listen", "shield"]

INTERRUPTED = "interrupted; nothing half-written was left\n"

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AGAIN_S = 0.02
_IMPORTS = "<frozen importlib."
"""How the files are called whose frames show that an import is under way."""

_came: list[int] = []
"""The signals that came, in their order."""


def listen() -> None:
    """From now on hear both, in a process of our own, unless they are ignored, as by nohup."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _hear)
    signal.signal(signal.SIGALRM, _look)
    sys.unraisablehook = _not_lost


def came() -> bool:
    """Whether one was heard, whatever has become of the KeyboardInterrupt since."""
    return bool(_came)


def answer() -> int:
    """Say that the work was interrupted; the process's exit code."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(INTERRUPTED)
            sys.stderr.flush()
        except (OSError, ValueError):  # nobody is there to read it
            pass
    return 128 + (_came[0] if _came else signal.SIGINT)


def finish() -> None:
    """The work is done and how it went is settled: until the process has ended, hear none."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (*_SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def shield() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block has ended.

    For changes of a few milliseconds that must be made whole or taken back whole. In other threads
    than the main one nothing is to be done: no signal interrupts them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGALRM)}
    ours = {number: handler for number, handler in before.items() if handler is not None}
    try:
        for number in ours:
            signal.signal(number, lambda number, frame: waiting.append(number))
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])


def _hear(number: int, frame: FrameType | None) -> None:
    _came.append(number)
    _look(number, frame)


def _look(number: int, frame: FrameType | None) -> None:
    """Interrupt, or look again when the import that is under way may have ended."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTS):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def _not_lost(lost: sys.UnraisableHookArgs) -> None:
    """An interrupt in a place that cannot raise, such as ``__del__``, comes again."""
    if _came and isinstance(lost.exc_value, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    else:
        sys.__unraisablehook__(lost)
