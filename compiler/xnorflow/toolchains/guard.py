# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Run a program, and end it with all that it started when our parent ends, however that ends.

This is a script for a process of its own, the first of a new session, started by ``leash``. Its
standard input is a pipe of which the parent alone holds the other end: when the parent is gone,
even killed, the pipe says so. That holds on every POSIX system.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

__all__ = ["NOT_STARTED"]

NOT_STARTED = 127
"""Exit code, as of a shell."""


def _watch() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


def _run(command: list[str]) -> int:
    nothing = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    try:
        program = os.posix_spawn(command[0], command, os.environ, file_actions=nothing)
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
        sys.stderr.flush()
        return NOT_STARTED
    threading.Thread(target=_watch, daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(_run(sys.argv[1:]))
