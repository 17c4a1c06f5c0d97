# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow check``: what becomes of a model's nodes, and all that is wrong with it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from xnorflow.cli.codes import USER_MISTAKE
from xnorflow.cli.options import Subparsers, add_input, input_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from xnorflow.frontend.account import NodeAccount

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("check", help="what each node becomes, and all that is wrong")
    parser.add_argument("model", metavar="MODEL.onnx", type=Path, help="a trained network in QONNX")
    add_input(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Show a table of nodes, the input and all faults; 2 where there are any."""
    from xnorflow.cli.console import show, show_diagnostics, spinner

    with spinner("reading the model", args.quiet):
        from xnorflow.api import check
        from xnorflow.report.terminal import input_line

        found = check(args.model, **input_options(args))
    if not args.quiet:
        show(_table(found.nodes))
    if found.input is not None:
        show(input_line(found.input))
    show_diagnostics((*found.faults, *found.notes))
    count = len(found.faults)
    if count:
        show(f"{count} fault{'s' * (count > 1)}: the model does not compile as it is")
        return USER_MISTAKE
    show(f"the model compiles: {found.layers} layers, {found.binary_macs:,} binary MACs a frame")
    return 0


def _table(nodes: Sequence[NodeAccount]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    modules = any(node.module for node in nodes)
    for title in ("node", "operator", *(["module"] if modules else []), "becomes"):
        table.add_column(title, overflow="fold")
    for node in nodes:
        wrong = ", ".join(node.faults)
        cells = [node.node, node.op, *([node.module] if modules else [])]
        end = Text(f"error: {wrong}", "red") if wrong else Text(node.becomes)
        table.add_row(*map(Text, cells), end)
    return table
