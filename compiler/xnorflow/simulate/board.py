# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated board on a pseudo-terminal: the Verilated shell with its accelerator, bit by bit.

Whatever opens the terminal's name talks to the shell as to the one on a board.
"""

from __future__ import annotations

import ctypes
import os
import select
import threading
import tty
from collections.abc import Callable
from types import TracebackType

import numpy as np

from xnorflow.backends.bundle import Bundle
from xnorflow.files.render import render
from xnorflow.simulate.library import failed_assertion, load_library
from xnorflow.simulate.line import Receiver, Stretches, idle, stretches
from xnorflow.toolchains.verilator import LIBRARY, build_library

__all__ = ["SimulatedBoard", "VerilatedLine"]

Spoil = Callable[[Stretches], Stretches]

_MOST_BYTES = 256
"""Taken from the terminal at once."""
_IDLE_BITS = 100
"""Simulated while nothing comes, at first; longer and longer the longer nothing does."""
_MOST_IDLE_BITS = 12_800
_PAUSE_S = 0.02


class VerilatedLine:
    """The Verilated shell as what its line does.

    Args:
        bundle: an accelerator in the serial line's shell.
        seed: for registers that reset leaves as they are.

    Raises:
        XnorflowError: a tool is missing or fails, or the library cannot be loaded.
    """

    def __init__(self, bundle: Bundle, seed: int = 1) -> None:
        wrapper = render("xnorflow.simulate", "line.cpp.j2", top=bundle.top)
        self._api = load_library(build_library(bundle, wrapper, {}) / LIBRARY)
        self._api.xnorflow_heard.restype = ctypes.POINTER(ctypes.c_uint32)
        self._api.xnorflow_count.restype = ctypes.c_uint64
        self._handle = ctypes.c_void_p(self._api.xnorflow_open(ctypes.c_uint64(seed)))

    def drive(self, line: Stretches) -> Stretches:
        """What the shell does on its end while this happens on the other.

        Raises:
            XnorflowError: ``simulation-assertion``.
        """
        line = np.ascontiguousarray(line, np.uint32)
        pointer = ctypes.c_void_p(line.ctypes.data)
        ok = self._api.xnorflow_drive(self._handle, pointer, ctypes.c_uint64(len(line)))
        if not ok:
            text = self._api.xnorflow_text(self._handle).decode(errors="replace")
            raise failed_assertion(text.strip())
        count = int(self._api.xnorflow_count(self._handle))
        heard = self._api.xnorflow_heard(self._handle)
        return np.ctypeslib.as_array(heard, (count,)).copy() if count else idle(0)

    def close(self) -> None:
        """Free it."""
        self._api.xnorflow_close(self._handle)


class SimulatedBoard:
    """A pseudo-terminal with the simulated shell behind it; use it in a ``with`` statement.

    Attributes:
        port: the terminal's name.

    Args:
        bundle: an accelerator in the serial line's shell.
        cycles_a_bit: of the line, as the shell was generated.
        spoil: changes what happens on the line towards the board, and from it; None for neither.
        seed: for registers that reset leaves as they are.

    Raises:
        XnorflowError: as ``VerilatedLine``.
    """

    def __init__(
        self,
        bundle: Bundle,
        cycles_a_bit: float,
        spoil: tuple[Spoil, Spoil] | None = None,
        seed: int = 1,
    ) -> None:
        self._line, self._step = VerilatedLine(bundle, seed), cycles_a_bit
        self._there, self._back = spoil or (_unspoilt, _unspoilt)
        self._receiver = Receiver(cycles_a_bit)
        self._fault: BaseException | None = None
        self._ends = threading.Event()
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave  # without anyone at the other end, reading would fail
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> SimulatedBoard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the simulation, as if the cable were pulled.

        Raises:
            XnorflowError: ``simulation-assertion``: the hardware was at fault meanwhile.
        """
        self._ends.set()
        self._thread.join()
        self._line.close()
        if self._fault is not None:
            raise self._fault

    def _serve(self) -> None:
        try:
            bits, leaving = _IDLE_BITS, b""
            while not self._ends.is_set():
                data = self._arrived(_PAUSE_S if bits == _MOST_IDLE_BITS else 0.0)
                # A pause behind what comes lets the last stop bit be seen.
                pause = idle(round(bits * self._step))
                line = np.concatenate([stretches(data, self._step), pause]) if data else pause
                answer = self._receiver.take(self._back(self._line.drive(self._there(line))))
                leaving = self._sent(leaving + answer)
                bits = _IDLE_BITS if data or answer else min(2 * bits, _MOST_IDLE_BITS)
        except BaseException as error:
            self._fault = error
        finally:  # who is at the other end notices, and does not wait
            os.close(self._master)
            os.close(self._slave)

    def _sent(self, data: bytes) -> bytes:
        """Give the terminal what it has room for; what is left."""
        try:
            return data[os.write(self._master, data) :] if data else data
        except BlockingIOError:
            return data

    def _arrived(self, waits_s: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], waits_s)
        return os.read(self._master, _MOST_BYTES) if ready else b""


def _unspoilt(line: Stretches) -> Stretches:
    return line
