# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Argument types shared by commands."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

__all__ = [
    "Subparsers",
    "add_folder",
    "add_input",
    "add_seeds",
    "count",
    "input_options",
    "joined",
    "positive",
    "ratio",
    "whole",
]

_TAKES_NUMBERS = re.compile("--input-(scale|mean|std)")
_NEGATIVE = re.compile(r"-[0-9.]")

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_folder(parser: argparse.ArgumentParser) -> None:
    """The argument DIR, a build folder."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a build folder")


def add_input(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what enters the network."""
    group = parser.add_argument_group("input", "what the arrays hold; else as the model says it")
    group.add_argument(
        "--input-type",
        metavar="TYPE",
        help="uint8, int8, uintN or intN (of up to 12 bits), bipolar, binary",
    )
    group.add_argument(
        "--input-scale",
        type=ratio,
        metavar="S",
        help="what one step of a stored input integer is worth to the graph, e.g. 1/255 "
        "(the Quant's step, else 1)",
    )
    group.add_argument(
        "--input-mean",
        type=numbers,
        metavar="M[,M...]",
        help="subtracted from that, one number or one a channel, e.g. 0.485,0.456,0.406",
    )
    group.add_argument(
        "--input-std", type=numbers, metavar="D[,D...]", help="divides that, likewise"
    )


def input_options(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of ``add_input``, as ``xnorflow.compile`` takes them."""
    names = ("input_type", "input_scale", "input_mean", "input_std")
    return {name: getattr(args, name) for name in names}


def numbers(text: str) -> tuple[float, ...]:
    """Finite numbers with commas between them."""
    try:
        values = tuple(map(float, text.split(",")))
    except ValueError:
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise argparse.ArgumentTypeError(f"must be numbers with commas between, not {text!r}")
    return values


def whole(text: str) -> int:
    """A whole number from 0 up."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, not {text!r}")
    return int(text)


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """How many placements to try."""
    parser.add_argument(
        "--seeds",
        type=count,
        default=1,
        metavar="N",
        help="placements to try, as many at once as there are processors (1)",
    )


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
    """A finite number other than 0, or two with a slash between them, such as ``1/255``."""
    top, _, bottom = text.partition("/")
    try:
        value = float(top) / float(bottom if "/" in text else 1)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not math.isfinite(value) or value == 0:
        rule = "must be a number other than 0, or two such as 1/255"
        raise argparse.ArgumentTypeError(f"{rule}, not {text!r}")
    return value


def joined(argv: Sequence[str]) -> list[str]:
    """The arguments with negative numbers joined to their options by ``=``.

    argparse takes what begins with a minus for an option unless it is one number alone, which
    ``-0.5,0.2`` and ``-1/255`` are not.
    """
    words: list[str] = []
    for word in argv:
        if words and _TAKES_NUMBERS.fullmatch(words[-1]) and _NEGATIVE.match(word):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words
