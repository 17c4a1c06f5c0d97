# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow doctor``: which tools are there, and what a missing one would enable."""

from __future__ import annotations

import argparse

from xnorflow.cli.options import Subparsers

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    return subparsers.add_parser("doctor", help="say which tools are there and what is missing")


def run(args: argparse.Namespace) -> int:
    """Show every tool; 1 where compile, simulate or synth would not work."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from xnorflow.cli.console import show
    from xnorflow.toolchains.doctor import examine

    table = Table("tool", "version", "needed for", "how to get it", box=box.SIMPLE_HEAD)
    tools = examine()
    for tool in tools:
        if tool.version is not None:
            table.add_row(tool.name, tool.version, tool.enables, "")
            continue
        missing = Text("missing", style="bold red" if tool.base else "yellow")
        table.add_row(tool.name, missing, tool.enables, Text(tool.remedy))
    lacking = [tool.name for tool in tools if tool.base and tool.version is None]
    verdict = (
        f"missing from the base: {', '.join(lacking)}"
        if lacking
        else "the base works: compile, simulate and synth have all they need"
    )
    show(*([] if args.quiet else [table]), verdict)
    return 1 if lacking else 0
