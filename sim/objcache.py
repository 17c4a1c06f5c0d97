# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Compiler wrapper for Verilator's OBJCACHE: compiles its runtime library only once.

``objcache.py FOLDER COMPILER ARGUMENTS...``: objects of ``verilated*.cpp``, which do not depend on
the model, are kept in FOLDER by the hash of their command line; the rest goes to the compiler.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the compiler or copy its kept result; its exit code."""
    folder, command = Path(arguments[0]), arguments[1:]
    source, target = Path(command[-1]), _target(command)
    if target is None or not source.is_absolute() or not source.name.startswith("verilated"):
        return subprocess.run(command, check=False).returncode
    key = "\0".join([*command, str(source.stat().st_mtime_ns)])
    kept = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.o"
    folder.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not kept.exists():
            code = subprocess.run(command, check=False).returncode
            if code:
                return code
            fresh = kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(target, fresh)
            fresh.replace(kept)
            return 0
    shutil.copyfile(kept, target)
    return 0


def _target(command: list[str]) -> Path | None:
    return Path(command[command.index("-o") + 1]) if "-o" in command else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
