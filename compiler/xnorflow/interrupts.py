# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: one answer whenever they come, and none in the middle of a change."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["shield"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def shield() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block has ended.

    For changes of a few milliseconds that must be made whole or taken back whole. In other threads
    than the main one nothing is to be done: no signal interrupts them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    ours = {number: handler for number, handler in before.items() if handler is not None}
    try:
        for number in ours:
            signal.signal(number, lambda number, frame: came.append(number))
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
