# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow export-finn``: a build for FINN to go on with."""

from __future__ import annotations

import argparse
from pathlib import Path

from xnorflow.cli.options import Subparsers, add_folder

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("export-finn", help="write model and folding for FINN")
    add_folder(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="where to write (DIR-finn, beside DIR)"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the folder and say what to do with it."""
    from xnorflow.cli.console import show, spinner

    with spinner("writing for FINN", args.quiet):
        from xnorflow.api import load
        from xnorflow.finn.export import export_finn

        design = load(args.folder).design
        output: Path = args.output or _beside(args.folder)
        export_finn(design, output)
    if not args.quiet:
        show(f"written to {output}; with FINN+: finn run {output / 'build.py'}")
    return 0


def _beside(folder: Path) -> Path:
    """DIR-finn: what FINN builds there takes hours, and no compile ever touches it."""
    named = folder.resolve() if folder.name in ("", "..") else folder
    return named.with_name(f"{named.name}-finn")
