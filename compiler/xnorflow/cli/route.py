# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow route``: place and route with nextpnr, and say which clock that gives."""

from __future__ import annotations

import argparse

from xnorflow.cli.options import Subparsers, add_folder, add_seeds

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("route", help="place and route with nextpnr (ECP5)")
    add_folder(parser)
    add_seeds(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Route and show what that gives; 1 where the design misses its clock."""
    from xnorflow.cli.codes import FAILED
    from xnorflow.cli.console import show, show_diagnostics, steps

    with steps(args.quiet) as progress:
        from xnorflow.api import load
        from xnorflow.report.model import MISSED
        from xnorflow.report.terminal import render

        built = load(args.folder)
        report = built.route(args.seeds, progress=progress)
    if not args.quiet:
        show(render(report))
    show_diagnostics(built.notes)
    return FAILED if report.clock_evidence == MISSED else 0
