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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

__all__ = ["INTERRUPTED", "answer", "came", "finish", "listen", "shield"]

INTERRUPTED = "interrupted; nothing half-written was left\n"

TYPE_CHECKING = False  # as in typing, whose import would come before signals are heard
if TYPE_CHECKING:
    from typing import Any

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
    outer = _shields.depth
    if not outer:
        _shields.waiting.clear()
    _shields.depth = outer + 1
    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGALRM)}
    theirs = {number: handler for number, handler in before.items() if _is_theirs(handler)}
    try:
        for number in theirs:
            signal.signal(number, _wait)
        yield
    finally:
        try:
            _put_back(theirs)
        finally:
            _shields.depth = outer
        if not outer and _shields.waiting:
            signal.raise_signal(_shields.waiting[0])


class _Shields:
    """Those that are up, one in another, and the signals that wait until none is.

    Our own handlers look here and stay where they are, so that there is no moment at which one of
    them may interrupt a change of handlers.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.waiting: list[int] = []


_shields = _Shields()


def _is_theirs(handler: object) -> bool:
    """Whether a program that uses this package has set it, or nobody has."""
    return handler not in (_hear, _look, _wait, signal.SIG_IGN, None)


def _put_back(handlers: Mapping[signal.Signals, Any]) -> None:
    """Those that may raise as soon as they are back are the last, and end nothing half done."""
    last = sorted(handlers, key=lambda number: callable(handlers[number]))
    raised: BaseException | None = None
    while last:
        try:
            while last:
                signal.signal(last[0], handlers[last[0]])
                del last[0]
        except BaseException as error:  # to be raised when all are back
            raised = raised or error
    if raised is not None:
        raise raised


def _wait(number: int, frame: FrameType | None) -> None:
    _shields.waiting.append(number)


def _hear(number: int, frame: FrameType | None) -> None:
    if _shields.depth:
        _wait(number, frame)
        return
    _came.append(number)
    _look(number, frame)


def _look(number: int, frame: FrameType | None) -> None:
    """Interrupt, or look again when the import that is under way may have ended."""
    if _shields.depth:
        _wait(number, frame)
        return
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
