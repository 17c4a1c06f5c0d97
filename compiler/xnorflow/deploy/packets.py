# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Packets on a serial line, as hw/shell/uart sends and takes them (its README has the protocol)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar
from zlib import crc32

__all__ = ["VERSION", "Counters", "Info", "Kind", "Packet", "Packets"]

VERSION = 1
"""Of the protocol."""

_END, _ESC, _ESC_END, _ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD
_HEAD = struct.Struct("<BI")
_CHECK = struct.Struct("<I")
_INFO = struct.Struct("<B32sIIII")
_COUNTERS = struct.Struct("<III")


class Kind(IntEnum):
    """What a packet is; an answer is its request with the top bit set."""

    INFO = 0x01
    FRAME = 0x02
    COUNTERS = 0x03
    INFO_ANSWER = 0x81
    FRAME_ANSWER = 0x82
    COUNTERS_ANSWER = 0x83
    FAULT = 0xFF


@dataclass(frozen=True)
class Packet:
    """One packet.

    Attributes:
        kind: one of ``Kind``, or another number that nobody knows.
        tag: 32 bits by which an answer is known.
        content: the bytes behind both.
    """

    kind: int
    tag: int
    content: bytes = b""

    def encode(self) -> bytes:
        """As it goes over the line: with its CRC, framed at both ends."""
        plain = _HEAD.pack(self.kind, self.tag) + self.content
        plain += _CHECK.pack(crc32(plain))
        stuffed = plain.replace(bytes([_ESC]), bytes([_ESC, _ESC_ESC]))
        stuffed = stuffed.replace(bytes([_END]), bytes([_ESC, _ESC_END]))
        return bytes([_END, *stuffed, _END])


class Packets:
    """Takes packets out of the bytes that arrive.

    Args:
        longest: bytes on the line of a packet that is expected; what grows longer is noise.
    """

    def __init__(self, longest: int = 1 << 16) -> None:
        self._pending, self._longest = bytearray(), longest

    def take(self, data: bytes) -> Iterator[Packet | None]:
        """The packets that these bytes complete; None for each that arrived damaged."""
        first, *others = data.split(bytes([_END]))
        self._pending += first
        for rest in others:
            stuffed, self._pending = bytes(self._pending), bytearray(rest)
            if stuffed:
                yield None if len(stuffed) > self._longest else _decode(stuffed)
        del self._pending[self._longest + 1 :]

    def clear(self) -> None:
        """Forget what has begun to arrive."""
        self._pending.clear()


@dataclass(frozen=True)
class Info:
    """What a board says of itself.

    Attributes:
        version: of its protocol.
        design: SHA-256 of the design and RTL that it holds.
        in_size: bytes of a frame.
        out_size: bytes of an answer.
        clock_hz: of the accelerator.
        buffers: how many frames it takes before it has answered the first.
    """

    version: int
    design: str
    in_size: int
    out_size: int
    clock_hz: int
    buffers: int

    SIZE: ClassVar[int] = _INFO.size

    @classmethod
    def decode(cls, content: bytes) -> Info:
        """From an answer's content of ``SIZE`` bytes."""
        version, design, in_size, out_size, clock_hz, buffers = _INFO.unpack(content)
        return cls(version, design[::-1].hex(), in_size, out_size, clock_hz, buffers)


@dataclass(frozen=True)
class Counters:
    """What a board has seen since it was configured.

    Attributes:
        frames: answered.
        faults: packets that arrived damaged or unknown.
        refused: frames that found no room.
    """

    frames: int
    faults: int
    refused: int

    SIZE: ClassVar[int] = _COUNTERS.size

    @classmethod
    def decode(cls, content: bytes) -> Counters:
        """From an answer's content of ``SIZE`` bytes."""
        return cls(*_COUNTERS.unpack(content))


def _decode(stuffed: bytes) -> Packet | None:
    plain = bytearray()
    escaped = False
    for byte in stuffed:
        if escaped:
            if byte not in (_ESC_END, _ESC_ESC):
                return None
            plain.append(_END if byte == _ESC_END else _ESC)
            escaped = False
        elif byte == _ESC:
            escaped = True
        else:
            plain.append(byte)
    if escaped or len(plain) < _HEAD.size + _CHECK.size:
        return None
    body, (check,) = bytes(plain[: -_CHECK.size]), _CHECK.unpack(plain[-_CHECK.size :])
    if not _is_whole(body, check):
        return None
    kind, tag = _HEAD.unpack(body[: _HEAD.size])
    return Packet(kind, tag, body[_HEAD.size :])


def _is_whole(body: bytes, check: int) -> bool:
    return crc32(body) == check
