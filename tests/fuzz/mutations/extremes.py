# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Values that code tends not to expect."""

from __future__ import annotations

from random import Random

INTS = (0, 1, 2, 3, 7, 8, -1, -2, -3, 127, 128, 255, 4096, 1 << 20, (1 << 31) - 1, 1 << 31)
LONGS = (*INTS, -(1 << 31), 1 << 32, 1 << 40, 1 << 62, (1 << 63) - 1, -(1 << 63))
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 0.1, 3.0, -7.5, 255.0, 1e-45, 1e-38, -1e30, 3.4e38)
REALS = (*FLOATS, float("nan"), float("inf"), float("-inf"))
NAMES = (
    "",
    "x",
    "y",
    "input",
    "\x1b[2Jgone",
    "two\nlines",
    "over\rwritten",
    "next\x85line",
    "\u2028break\x0b\x0c\x1c",
    "\x00",
    "[bold]loud[/bold]",
    "../../escape",
    "module x; endmodule",
    "\u202egnp",
    "Gr\u00f6\u00dfe \u2211 \U0001f600",
    "n" * 3000,
)
WORDS = (
    *NAMES,
    "NHWC",
    "NCHW",
    "CC",
    "SAME_UPPER",
    "SAME_LOWER",
    "VALID",
    "NOTSET",
    "constant",
    "reflect",
    "edge",
    "ROUND",
    "FLOOR",
    "BIPOLAR",
    "BINARY",
    "INT2",
    "UINT8",
    "FLOAT32",
)
DATATYPES = (
    "BIPOLAR",
    "BINARY",
    "TERNARY",
    "INT1",
    "UINT1",
    "INT2",
    "UINT4",
    "INT8",
    "UINT8",
    "INT16",
    "INT0",
    "UINT99999",
    "FLOAT32",
    "FLOAT16",
    "FIXED<8,4>",
    "SCALEDINT<4>",
    "int8",
    "INT-3",
)


def integer(rng: Random) -> int:
    """Mostly one that may be meant."""
    return rng.choice(INTS if rng.random() < 0.7 else LONGS)


def real(rng: Random) -> float:
    return rng.choice(FLOATS if rng.random() < 0.5 else REALS)


def shown(value: object) -> str:
    """A value as a report shows it: one line, bounded."""
    return ascii(value)[:60]
