# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Programs that never outlive this process, nor the work that they are for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

__all__ = ["Leash"]

_GUARD = Path(__file__).with_name("guard.py")


class Leash:
    """Programs for one piece of work; use it in a ``with`` statement, at whose end none runs.

    Each runs in a session of its own, so that Ctrl-C in a terminal reaches this process alone,
    under a guard that ends it if this process is killed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cut = False

    def __enter__(self) -> Leash:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        output: IO[bytes],
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run a program to its end; several threads may.

        Args:
            command: path of the program, and arguments.
            folder: where to run it.
            output: gets its standard output and error.
            environment: its variables; by default this process's.

        Returns:
            Its exit code; 128 and a signal's number where one ended it; ``NOT_STARTED`` where
            it cannot be started, and the output says why.

        Raises:
            OSError: Python or the folder cannot be used.
        """
        with self._lock:
            if self._cut:
                return 128 + signal.SIGKILL
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUARD), *command],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,  # tells the guard that we live
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        try:
            code = process.wait()
        finally:
            self._end(process)
        return code if code >= 0 else 128 - code

    @property
    def is_cut(self) -> bool:
        """Whether its programs were ended, so that how they ended says nothing."""
        return self._cut

    def cut(self) -> None:
        """End all that still run, and let none begin."""
        with self._lock:
            self._cut = True
            running = [*self._running]
        for process in running:
            _kill(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        _kill(process)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        with self._lock:
            self._running.discard(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The guard's whole group, as long as the guard is not waited for."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
