# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The process of a command: ``xnorflow``, or ``python -m xnorflow``."""

from __future__ import annotations

import sys

from xnorflow import interrupts

__all__ = ["run"]


def run() -> int:
    """Run the command of the process's arguments; what comes from outside is heard from here on.

    Returns:
        As ``xnorflow.cli.main``.
    """
    interrupts.listen()
    try:
        from xnorflow.cli import main

        code = main(sys.argv[1:])
    except BaseException:
        if not interrupts.came():
            raise
        code = interrupts.answer()
    interrupts.finish()
    return code


if __name__ == "__main__":
    sys.exit(run())
