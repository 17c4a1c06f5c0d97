# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow report``: show what is known about a build."""

from __future__ import annotations

import argparse

from xnorflow.cli.options import Subparsers, add_folder

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("report", help="show cycles, frames per second and resources")
    add_folder(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Show report.json as tables."""
    from xnorflow.builds.folder import locked, require_build_folder
    from xnorflow.cli.console import show
    from xnorflow.report.file import read_report
    from xnorflow.report.terminal import render

    with locked(args.folder):
        report = read_report(require_build_folder(args.folder))
    show(render(report))
    return 0
