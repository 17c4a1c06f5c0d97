# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The file's bytes: flipped, overwritten, put in, taken out, cut off."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

LONGEST = 64
"""Bytes put in or taken out at once."""

Damage = Callable[[bytes, Random], tuple[bytes, str]]


def flip(data: bytes, rng: Random) -> tuple[bytes, str]:
    spoilt = bytearray(data)
    places = [rng.randrange(len(data)) for _ in range(rng.choice((1, 1, 2, 8)))]
    for place in places:
        spoilt[place] ^= 1 << rng.randrange(8)
    return bytes(spoilt), f"flip a bit at {places}"


def overwrite(data: bytes, rng: Random) -> tuple[bytes, str]:
    place, count = rng.randrange(len(data)), rng.randint(1, LONGEST)
    fill = rng.choice((b"\x00", b"\xff", rng.randbytes(1)))
    size = min(count, len(data) - place)
    return data[:place] + fill * size + data[place + size :], f"{size} times {fill!r} at {place}"


def insert(data: bytes, rng: Random) -> tuple[bytes, str]:
    place, count = rng.randrange(len(data)), rng.randint(1, LONGEST)
    return data[:place] + rng.randbytes(count) + data[place:], f"put {count} bytes in at {place}"


def delete(data: bytes, rng: Random) -> tuple[bytes, str]:
    place, count = rng.randrange(len(data)), rng.randint(1, LONGEST)
    return data[:place] + data[place + count :], f"take {count} bytes out at {place}"


def repeat(data: bytes, rng: Random) -> tuple[bytes, str]:
    place, count = rng.randrange(len(data)), rng.randint(1, LONGEST)
    part = data[place : place + count]
    return data[:place] + part + data[place:], f"repeat {len(part)} bytes at {place}"


def truncate(data: bytes, rng: Random) -> tuple[bytes, str]:
    place = rng.randrange(len(data))
    return data[:place], f"cut off at {place}"


DAMAGES: tuple[Damage, ...] = (flip, flip, flip, overwrite, insert, delete, repeat, truncate)
