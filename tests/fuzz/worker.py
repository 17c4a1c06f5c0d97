# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Trials in a process of their own, which may hang or crash without ending those to come."""

from __future__ import annotations

import faulthandler
import logging
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from tests.fuzz.clock import Clock
from tests.fuzz.trial import Verdict, trial

SECONDS = 60
"""Processor time that a model may take to compile, in child processes too."""
PATIENCE = 300
"""Seconds after which a trial counts as hung; a machine busy with other things takes longer."""
MEMORY = 4 << 30
"""Bytes that its process, or one of its children, may ever hold."""
ADDRESSES = 16 << 30
"""Bytes beyond which a process gets no more, lest the machine stand still."""

READY = "ready"
"""What a process says first."""

Check = Callable[[bytes, "float | None", Clock], Verdict]


@dataclass(frozen=True)
class Fault:
    """What must not happen.

    Attributes:
        cause: one line.
        trace: where.
    """

    cause: str
    trace: str = ""


class Worker:
    """A process that makes one trial after the other; another takes its place if it ends."""

    def __init__(
        self,
        log: Path,
        check: Check = trial,
        *,
        seconds: float = SECONDS,
        patience: float = PATIENCE,
        memory: int = MEMORY,
    ) -> None:
        """Start none yet.

        Args:
            log: takes the stack of a crash.
            check: the trial, a function that a new process can import.
            seconds: processor time that a model may take to compile.
            patience: seconds after which it counts as hung.
            memory: bytes that the process may ever hold.
        """
        self._log, self._check = log, check
        self._seconds, self._patience, self._memory = seconds, patience, memory
        self._running: tuple[SpawnProcess, Connection] | None = None

    def run(self, data: bytes, scale: float | None) -> tuple[Verdict | Fault, float]:
        """What becomes of a model, a Fault if it goes wrong, and how long it took.

        That is the processor time of the compilation, or where the process did not live to tell
        it, the time until its end.
        """
        process, pipe = self._running = self._running or self._start()
        started = time.monotonic()
        try:
            pipe.send((data, scale))
            if pipe.poll(self._patience):
                answer, seconds, peak = pipe.recv()
                fault = self._excess(seconds, peak)
                if fault is None:
                    return answer, seconds
            else:
                fault = Fault(f"hangs for {self._patience:g} s")
                seconds = time.monotonic() - started
        except (EOFError, ConnectionError):
            process.join()
            fault = self._crash(process.exitcode or 0)
            seconds = time.monotonic() - started
        self.stop()
        return fault, seconds

    def stop(self) -> None:
        """End the process."""
        if self._running is not None:
            process, pipe = self._running
            process.kill()
            process.join()
            pipe.close()
            self._running = None

    def _start(self) -> tuple[SpawnProcess, Connection]:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._log, self._check), daemon=True)
        process.start()
        theirs.close()
        assert ours.recv() == READY, "a trial's time begins when its process can take it"
        return process, ours

    def _excess(self, seconds: float, peak: int) -> Fault | None:
        if seconds > self._seconds:
            return Fault(f"takes {seconds:.1f} s, more than {self._seconds:g}")
        if peak > self._memory:
            return Fault(f"holds {peak >> 20} MiB, more than {self._memory >> 20}")
        return None

    def _crash(self, code: int) -> Fault:
        ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Fault(f"the process ends by {ended}", self._log.read_text(errors="replace")[-3000:])


def _serve(pipe: Connection, log: Path, check: Check) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with log.open("w") as stream:
        faulthandler.enable(stream)
        pipe.send(READY)
        while True:
            try:
                data, scale = pipe.recv()
            except EOFError:
                return
            clock = Clock()
            answer = _answer(check, data, scale, clock)
            pipe.send((answer, clock.seconds, _peak()))


def _peak() -> int:
    """Bytes that this process, or one of its children that ended, has held."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(usage.ru_maxrss for usage in used) << 10


def _answer(check: Check, data: bytes, scale: float | None, clock: Clock) -> Verdict | Fault:
    try:
        return check(data, scale, clock)
    except BaseException as error:
        own = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(own.filename).name}:{own.lineno}"
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return Fault(f"{text} ({place})", traceback.format_exc()[-6000:])
