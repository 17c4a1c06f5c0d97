# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow synth``: count what the accelerator takes, with Yosys."""

from __future__ import annotations

import argparse

from xnorflow.cli.options import Subparsers, add_folder

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("synth", help="synthesise with Yosys, compare with estimates")
    add_folder(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Synthesise and show the counts beside the estimates."""
    from xnorflow.cli.console import show, show_diagnostics, spinner

    with spinner("synthesising with Yosys", args.quiet):
        from xnorflow.api import load
        from xnorflow.report.terminal import render

        built = load(args.folder)
        report = built.synth()
    if not args.quiet:
        show(render(report))
    show_diagnostics(built.notes)
    return 0
