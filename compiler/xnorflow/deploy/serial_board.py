# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A board on a serial line: frames go and answers come in packets, until each has its answer.

A board answers frames in the order in which they arrive, so that an answer also says what became
of those before it; of what was damaged it complains at once, which may be ahead of an answer that
it is still computing. So what was damaged on the way is sent again, and only silence takes a
time-out. An answer is known by its frame's tag, and the same however often it is asked for.
"""

from __future__ import annotations

import os
import secrets
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from errno import EACCES, ENOTTY, EPERM

import numpy as np
import serial
from serial.tools.list_ports import comports

from xnorflow.deploy.overlay import MEASURED, Overlay, Progress, Shape
from xnorflow.deploy.packets import VERSION, Counters, Info, Kind, Packet, Packets
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.host.packing import pack, unpack, words_per_beat
from xnorflow.ir.types import Ints

__all__ = ["Patience", "SerialBoard"]

_ANSWER = 0x80
_NUMBER = 4
"""Bytes of a number."""
_BITS_A_BYTE = 10
_AROUND = 16
"""Bytes of a packet around its content, at most."""
_MOST_AROUND = 128
"""The same, or of a packet that says something of the board."""
_WRITE_TIMEOUT_S = 30.0
_LOOK_S = 0.1


@dataclass(frozen=True)
class Patience:
    """How long to wait for a board.

    Attributes:
        silence_s: without an answer before what was sent is sent again, beside what the line takes.
        tries: such times without a new answer, after which the board is given up.
        absence_s: for a port that is gone to come back.
    """

    silence_s: float = 0.5
    tries: int = 10
    absence_s: float = 5.0


class SerialBoard(Overlay):
    """A board with hw/shell/uart on a serial port.

    Attributes:
        info: what the board said of itself.
        resent: how many packets were sent again.

    Args:
        port: what the system calls it, e.g. ``/dev/ttyUSB0``.
        baud: bits a second.
        shape: of the design that the board must hold.
        patience: how long to wait.
        evidence: what the board's figures are.

    Raises:
        XnorflowError: ``serial-port``: it cannot be opened; ``board-silent``: nothing there
            answers; ``board-design``: what answers holds another design.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        shape: Shape,
        patience: Patience | None = None,
        evidence: str = MEASURED,
    ) -> None:
        super().__init__(shape, evidence)
        self._name, self._baud, self._patience = port, baud, patience or Patience()
        self._packets = Packets(2 * (max(shape.in_size, shape.out_size) + _MOST_AROUND))
        self._port = self._opened()
        self.resent = self._came = 0
        try:
            self.info = self._greeting()
        except BaseException:
            self.close()
            raise

    def run(self, frames: Ints, progress: Progress | None = None) -> Ints:
        """See ``Overlay``."""
        sink = self.shape.sink
        takes_s = self.shape.seconds(self.info.buffers)
        contents = [_content(frame, 0) for frame in self._bytes(frames)]
        answers = self._ask(Kind.FRAME, contents, progress, takes_s)
        answers = [content[_NUMBER:] for content in answers]
        found = np.frombuffer(b"".join(answers), np.uint8).reshape(-1, sink.beats, sink.bytes)
        missing = 4 * words_per_beat(sink.width) - sink.bytes
        padded = np.ascontiguousarray(np.pad(found, [(0, 0), (0, 0), (0, missing)]))
        return unpack(padded.view("<u4"), sink, self.shape.answer)

    def time(self, frame: Ints, repeats: int) -> int:
        """See ``Overlay``."""
        (data,) = self._bytes(frame[np.newaxis])
        takes_s = self.shape.seconds(1 + repeats)
        (answer,) = self._ask(Kind.FRAME, [_content(data, repeats)], takes_s=takes_s)
        return int.from_bytes(answer[:_NUMBER], "little")

    def counters(self) -> Counters:
        """What the board has seen since it was configured."""
        (content,) = self._ask(Kind.COUNTERS, [b""])
        return Counters.decode(content)

    def power(self) -> float | None:
        """None: nothing on a serial line measures it."""
        return None

    def close(self) -> None:
        """Close the port."""
        with suppress(OSError):
            self._port.close()

    def _greeting(self) -> Info:
        """What the board says of itself, if it holds the design.

        Raises:
            XnorflowError: ``board-design``, or as from ``_ask``.
        """
        (content,) = self._ask(Kind.INFO, [b""])
        found, shape = Info.decode(content), self.shape
        if found.version != VERSION:
            fault = f"of version {VERSION} of the protocol, not {found.version}"
        elif found.design != shape.sha256:
            fault = f"design {shape.sha256[:12]}..., not {found.design[:12]}..."
        elif found.clock_hz != shape.clock_hz:
            fault = f"clocked with {shape.clock_hz:,} Hz, not {found.clock_hz:,} Hz"
        elif (found.in_size, found.out_size) != (shape.in_size, shape.out_size):
            fault = (
                f"of frames of {shape.in_size:,} and answers of {shape.out_size:,} bytes, not "
                f"{found.in_size:,} and {found.out_size:,}"
            )
        elif not found.buffers:
            fault = "with room for a frame, not none"
        else:
            return found
        raise XnorflowError(
            Diagnostic(
                "board-design",
                f"what the board holds must be {fault}",
                "make a bitstream of this build folder and load it (`xnorflow bitstream`)",
                Origin(file=self._name),
            )
        )

    def _ask(
        self,
        kind: Kind,
        contents: list[bytes],
        progress: Progress | None = None,
        takes_s: float = 0.0,
    ) -> list[bytes]:
        """The content of the answer to each request, in their order.

        Raises:
            XnorflowError: ``board-silent``, ``serial-port``, ``board-design``.
        """
        wanted, size = kind | _ANSWER, self._answer_size(kind)
        first = secrets.randbits(32)
        window = self.info.buffers if kind is Kind.FRAME else 1
        line_s = self._line_s(max(map(len, contents)))
        waits_s = self._patience.silence_s + takes_s + window * line_s
        answers: dict[int, bytes] = {}
        talk = _Talk(len(contents), window)
        end = time.monotonic() + self._patience.tries * waits_s
        while len(answers) < len(contents):
            if time.monotonic() > end:
                raise self._silent(len(answers), len(contents))
            try:
                for number in talk.due():
                    tag = (first + number) % (1 << 32)
                    self._port.write(Packet(kind, tag, contents[number]).encode())
                    self.resent += talk.again(number)
                heard = self._heard(waits_s)
            except OSError:
                self._port = self._reopened()
                talk.silence()
                if kind is not Kind.INFO:
                    self.info = self._greeting()
                continue
            if not heard:
                talk.silence()
            for packet in heard:
                number = -1 if packet is None else (packet.tag - first) % (1 << 32)
                if packet is None or packet.kind == Kind.FAULT:
                    talk.loss()
                elif packet.kind == wanted and number < len(contents):
                    if len(packet.content) != size:
                        continue
                    if number not in answers:
                        end = time.monotonic() + self._patience.tries * waits_s
                    answers[number] = packet.content
                    talk.answer(number)
            if progress is not None:
                progress("running", len(answers), len(contents))
        return [answers[number] for number in range(len(contents))]

    def _bytes(self, frames: Ints) -> list[bytes]:
        """Each frame as its beats go over the line, in whole bytes."""
        words = np.ascontiguousarray(pack(frames, self.shape.source), dtype="<u4")
        beats = words.view(np.uint8)[..., : self.shape.source.bytes]
        return [frame.tobytes() for frame in beats]

    def _answer_size(self, kind: Kind) -> int:
        if kind is Kind.FRAME:
            return _NUMBER + self.shape.out_size
        return Info.SIZE if kind is Kind.INFO else Counters.SIZE

    def _line_s(self, size: int) -> float:
        """How long a packet of so many bytes may take, every one of them escaped."""
        return 2 * _BITS_A_BYTE * (size + _AROUND) / self._baud

    def _heard(self, waits_s: float) -> list[Packet | None]:
        """The packets that arrive next, None for damaged ones; nothing within the time given."""
        end = time.monotonic() + waits_s
        found: list[Packet | None] = []
        while not found and (left := end - time.monotonic()) > 0:
            self._port.timeout = left
            data = self._port.read(1)
            data += self._port.read(self._port.in_waiting)
            self._came += len(data)
            found += self._packets.take(data)
        return found

    def _opened(self) -> serial.Serial:
        try:
            return serial.Serial(
                self._name, self._baud, exclusive=True, write_timeout=_WRITE_TIMEOUT_S
            )
        except (OSError, ValueError) as error:
            raise self._no_port(error) from error

    def _reopened(self) -> serial.Serial:
        """The port, as soon as it is there again."""
        self.close()
        self._packets.clear()
        end = time.monotonic() + self._patience.absence_s
        while True:
            time.sleep(_LOOK_S)
            try:
                return self._opened()
            except XnorflowError:
                if time.monotonic() > end:
                    raise

    def _no_port(self, error: OSError | ValueError) -> XnorflowError:
        number = error.errno if isinstance(error, OSError) else None
        cause = str(error) if number is None else os.strerror(number)
        known = ", ".join(sorted(port.device for port in comports())) or "none"
        hint = f"connect the board and give its port with --port; found here: {known}"
        if number in (EACCES, EPERM):
            hint = "become a member of the group that owns it (often dialout), or ask who may"
        elif number == ENOTTY or (not number and "configure" in cause):
            cause = "it is no serial port"
        return XnorflowError(
            Diagnostic(
                "serial-port",
                f"the port must be a serial one that can be opened, not fail with: {cause}",
                hint,
                Origin(file=self._name or "(no name)"),
            )
        )

    def _silent(self, answered: int, asked: int) -> XnorflowError:
        told = f" after {answered:,} of {asked:,} frames" if answered else ""
        return XnorflowError(
            Diagnostic(
                "board-silent",
                f"the board must answer at {self._baud:,} Bd, not {self._patience.tries} times "
                f"nothing of use{told}: {self._came:,} bytes came",
                "load this build's bitstream into the board (`xnorflow bitstream` tells how), and "
                "give the port of that board with --port",
                Origin(file=self._name),
            )
        )


def _content(frame: bytes, repeats: int) -> bytes:
    return repeats.to_bytes(_NUMBER, "little") + frame


class _Talk:
    """Which requests are still to be sent, and which were and are not yet answered for.

    Args:
        count: of requests.
        window: how many may be open at a time.
    """

    def __init__(self, count: int, window: int) -> None:
        self._todo = deque(range(count))
        self._sent: deque[int] = deque()
        self._asked: set[int] = set()
        self._answered: set[int] = set()
        self._window, self._losses = window, 0

    def due(self) -> Iterator[int]:
        """Those to be sent now."""
        while self._todo and len(self._sent) < self._window:
            number = self._todo.popleft()
            self._sent.append(number)
            yield number

    def again(self, number: int) -> bool:
        """Whether one that is being sent was sent before."""
        known = number in self._asked
        self._asked.add(number)
        return known

    def answer(self, number: int) -> None:
        """One is answered: those sent before it are lost, and the next for each loss told of."""
        self._answered.add(number)
        if number not in self._sent:
            return
        while (earlier := self._sent.popleft()) != number:
            self._losses -= 1
            self._lost(earlier)
        while self._losses > 0 and self._sent:
            self._losses -= 1
            self._lost(self._sent.popleft())
        self._losses = 0

    def loss(self) -> None:
        """Something was damaged; which, the next answer tells, unless there can be none."""
        self._losses += 1
        if self._losses >= len(self._sent):
            self.silence()

    def silence(self) -> None:
        """Nothing of what was sent will be answered any more."""
        lost = [*self._sent]
        self._sent.clear()
        self._losses = 0
        for number in reversed(lost):
            self._lost(number)

    def _lost(self, number: int) -> None:
        if number not in self._answered and number not in self._sent and number not in self._todo:
            self._todo.appendleft(number)
