# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: a file per command, each importing what it needs only when it runs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from xnorflow import __version__
from xnorflow.cli import (
    boards,
    check,
    compile,  # noqa: A004 - the command's name
    doctor,
    explore,
    export_finn,
    kernels,
    report,
    simulate,
    synth,
    train,
    verify,
)

__all__ = ["main"]

_COMMANDS = (
    *(check, compile, simulate, verify, synth, report, explore, export_finn, train),
    *(boards, kernels, doctor),
)
"""In the order in which `xnorflow --help` lists them."""

_USER_MISTAKE = 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 good; 1 a mismatch or a failed check; 2 a user's mistake; 130 after Ctrl-C or SIGTERM.
    """
    if argv is None:  # a process of our own: being terminated cleans up as Ctrl-C does
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = _parser().parse_args(argv)
    from xnorflow.ir.diagnostics import XnorflowError

    try:
        code: int = given.run(given)
        sys.stdout.flush()
    except XnorflowError as error:
        from xnorflow.cli.console import show_error

        show_error(error)
        return _USER_MISTAKE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing half-written was left\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone. What Python still holds goes nowhere, without a complaint at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xnorflow",
        description="From a trained binary neural network (QONNX) to a streaming FPGA accelerator.",
        epilog="Exit codes: 0 good, 1 a mismatch or a check that failed, 2 a mistake in the input.",
    )
    parser.add_argument("--version", action="version", version=f"xnorflow {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        added = command.add(subparsers)
        added.add_argument("--quiet", "-q", action="store_true", help="no progress and no tables")
        added.set_defaults(run=command.run)
    return parser
