# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Argument types shared by commands."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TypeAlias

__all__ = ["Subparsers", "add_folder", "count", "positive", "ratio", "whole"]

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_folder(parser: argparse.ArgumentParser) -> None:
    """The argument DIR, a build folder."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a build folder")


def whole(text: str) -> int:
    """A whole number from 0 up."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, not {text!r}")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1 up."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, not {text!r}")
    return int(text)


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def ratio(text: str) -> float:
    """A number above 0, or two with a slash between them, such as ``1/255``."""
    top, slash, bottom = text.partition("/")
    if not slash:
        return positive(text)
    value = positive(top) / positive(bottom)
    return positive(repr(value))
