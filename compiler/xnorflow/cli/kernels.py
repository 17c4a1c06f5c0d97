# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow kernels``: what hardware there is for a layer to become."""

from __future__ import annotations

import argparse

from xnorflow.cli.options import Subparsers

__all__ = ["add", "run"]


def add(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    return subparsers.add_parser("kernels", help="list the kernels")


def run(args: argparse.Namespace) -> int:
    """Show each kernel and adapter with what it does."""
    from rich import box
    from rich.table import Table

    from xnorflow.cli.console import show
    from xnorflow.hardware.catalog import adapters, kernels

    table = Table("name", "kind", "what it does", box=box.SIMPLE_HEAD)
    for name, kernel in sorted(kernels().items()):
        table.add_row(name, "kernel", kernel.summary)
    for name, adapter in sorted(adapters().items()):
        table.add_row(name, "adapter", adapter.summary)
    show(table)
    return 0
