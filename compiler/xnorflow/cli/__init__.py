# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: a file per command, each importing what it needs only when it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from xnorflow import interrupts
from xnorflow.cli import (
    bitstream,
    boards,
    check,
    compile,  # noqa: A004 - the command's name
    doctor,
    explore,
    export_finn,
    kernels,
    report,
    route,
    run,
    simulate,
    synth,
    train,
    verify,
)
from xnorflow.cli.codes import USER_MISTAKE
from xnorflow.cli.options import joined
from xnorflow.cli.output import flush
from xnorflow.version import __version__

__all__ = ["main"]

_COMMANDS = (
    *(
        check,
        compile,
        simulate,
        verify,
        synth,
        route,
        bitstream,
        run,
        report,
        explore,
        export_finn,
        train,
    ),
    *(boards, kernels, doctor),
)
"""In the order in which `xnorflow --help` lists them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 good; 1 a mismatch or a failed check; 2 a user's mistake; 130 after Ctrl-C, 143 after
        SIGTERM.
    """
    from xnorflow.diagnostics import XnorflowError

    try:
        try:
            given = _parser().parse_args(joined(sys.argv[1:] if argv is None else argv))
        finally:
            flush()  # of --help and --version
        code: int = given.run(given)
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt) or interrupts.came():
            return interrupts.answer()
        if not isinstance(error, XnorflowError):
            raise
        from xnorflow.cli.console import show_error

        show_error(error)
        return USER_MISTAKE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xnorflow",
        description="From a trained binary neural network (QONNX) to a streaming FPGA accelerator.",
        epilog="Exit codes: 0 good, 1 a mismatch or a check that failed, 2 a mistake in the input, "
        "130 interrupted, 143 terminated.",
    )
    parser.add_argument("--version", action="version", version=f"xnorflow {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        added = command.add(subparsers)
        added.add_argument("--quiet", "-q", action="store_true", help="no progress and no tables")
        added.set_defaults(run=command.run)
    return parser
