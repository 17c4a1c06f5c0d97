# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The serial shell bit by bit in Verilator, without the host's own code; packets and lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.serial_net import SHA256, STEP, SerialNet, compiled, refused_by

from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.backends.uart import in_uart
from xnorflow.deploy.packets import Counters, Kind, Packet, Packets
from xnorflow.simulate.board import VerilatedLine
from xnorflow.simulate.line import Receiver, idle, stretches


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SerialNet:
    return compiled(tmp_path_factory.mktemp("small"))


class Line:
    """Packets straight to the shell, without the host's own code."""

    def __init__(self, network: SerialNet, step: float = STEP, rate: float = 1.0) -> None:
        self._line, self._send = VerilatedLine(network.bundle), step * rate
        self._receiver, self._packets = Receiver(step * rate), Packets()

    def ask(self, *data: bytes, cycles: int = 20_000) -> list[Packet | None]:
        found: list[Packet | None] = []
        for part in data:
            line = np.concatenate([stretches(part, self._send), idle(cycles)])
            found += self._packets.take(self._receiver.take(self._line.drive(line)))
        return found

    def close(self) -> None:
        self._line.close()


@pytest.fixture
def line(small: SerialNet) -> Iterator[Line]:
    found = Line(small)
    yield found
    found.close()


def frame_of(network: SerialNet, tag: int, repeats: int = 0) -> bytes:
    size = network.shape.in_size
    content = repeats.to_bytes(4, "little") + bytes(range(size))
    return Packet(Kind.FRAME, tag, content).encode()


def test_a_packet_s_damage_is_told_and_leaves_no_trace(small: SerialNet, line: Line) -> None:
    plain = frame_of(small, 7)
    (whole,) = line.ask(plain)
    assert whole is not None
    assert (whole.kind, whole.tag) == (Kind.FRAME_ANSWER, 7)
    fault = Packet(Kind.FAULT, 0)
    for damaged in (
        *(plain[:-2] + plain[-1:], plain[:6] + plain[7:], plain[:4] + b"\xdb" + plain[4:]),
        *(Packet(Kind.FRAME, 1, b"").encode(), Packet(Kind.FRAME, 1, bytes(1000)).encode()),
        *(Packet(0x44, 1).encode(), Packet(Kind.INFO, 1, b"x").encode(), b"\x01\xc0"),
    ):
        assert line.ask(damaged) == [fault], damaged
        assert line.ask(plain) == [whole]
    assert line.ask(b"\xc0" * 20) == []


def test_frames_that_find_no_room_are_refused_and_those_that_do_are_answered(
    small: SerialNet, line: Line
) -> None:
    long = [frame_of(small, tag, repeats=20_000) for tag in range(4)]
    found = line.ask(*long, cycles=1) + line.ask(b"", cycles=4_000_000)
    assert sorted(p.kind for p in found if p) == [0x82, 0x82, 0xFF, 0xFF]
    assert [p.tag for p in found if p and p.kind == Kind.FRAME_ANSWER] == [0, 1]
    (counted,) = line.ask(Packet(Kind.COUNTERS, 9).encode())
    assert counted is not None
    assert counted.tag == 9
    assert Counters.decode(counted.content) == Counters(frames=2, faults=0, refused=2)


def test_all_requests_at_once(small: SerialNet, line: Line) -> None:
    asked = [Packet(Kind.INFO, 5).encode(), frame_of(small, 6)]
    found = line.ask(b"".join([*asked, Packet(Kind.COUNTERS, 8).encode()]), cycles=100_000)
    assert {(p.kind, p.tag) for p in found if p} == {(0x81, 5), (0x82, 6), (0x83, 8)}


def test_requests_in_a_row_each_have_their_tag(small: SerialNet, line: Line) -> None:
    """Also those that arrive while another of their kind is being told."""
    found = line.ask(*(Packet(Kind.INFO, tag).encode() for tag in range(1, 6)), cycles=0)
    found += line.ask(b"", cycles=40_000)
    tags = [p.tag for p in found if p]
    assert tags == sorted(tags)
    assert {1, 5} <= {*tags}
    noise = b"x\xc0" * 5
    asked = [Packet(Kind.INFO, 5).encode(), Packet(Kind.COUNTERS, 8).encode()]
    found = line.ask(noise + b"".join(asked), cycles=100_000)
    assert {(0x81, 5), (0x83, 8)} <= {(p.kind, p.tag) for p in found if p}
    assert [p.kind for p in found if p].count(Kind.FAULT) == 5


# Clocks of a host and a board are never the same; bits of a real rate are no whole cycles.
# Four cycles a bit leave no room for more than half a percent.
@pytest.mark.parametrize(
    ("step", "rate"),
    [
        *((STEP, rate) for rate in (0.995, 1.0, 1.005)),
        *((step, rate) for step in (4.17, 4.34) for rate in (0.995, 1.005)),
        *(
            (step, rate)
            for step in (8.0, 16.67, 434.03)
            for rate in (0.98, 0.995, 1.0, 1.005, 1.02)
        ),
    ],
)
def test_a_host_whose_clock_is_another(small: SerialNet, step: float, rate: float) -> None:
    line = Line(SerialNet(small.made, step), step, rate)
    try:
        cycles = round(800 * step)
        for tag in range(10):
            (found,) = line.ask(frame_of(small, tag), cycles=cycles)
            assert found is not None
            assert found.tag == tag
    finally:
        line.close()


def test_a_clock_too_slow_for_the_line(small: SerialNet) -> None:
    made, shape = small.made, small.shape
    bundle = load_bundle(made.folder / "rtl", TOP, 10.0)
    args = (bundle, shape.source, shape.sink, SHA256, 3_000_000)
    fault = refused_by(lambda: in_uart(*args))
    assert fault.code == "uart-baud"
    assert "--clock-mhz 12 or more" in fault.hint


def test_a_file_of_the_accelerator_called_as_one_of_the_shell(small: SerialNet) -> None:
    shape = small.shape
    bundle = load_bundle(small.made.folder / "rtl", TOP, 50.0)
    bundle = replace(bundle, files={**bundle.files, "uart_rx.sv": b"module uart_rx; endmodule"})
    fault = refused_by(lambda: in_uart(bundle, shape.source, shape.sink, SHA256, 9600))
    assert fault.code == "rtl-file-clash"
    assert "uart_rx.sv" in fault.message


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary())), st.data()
)
def test_packets_come_out_as_they_went_in_however_they_are_cut(
    sent: list[tuple[Kind, int, bytes]], data: st.DataObject
) -> None:
    wanted = [Packet(kind, tag, content) for kind, tag, content in sent]
    whole, found, taken = b"".join(p.encode() for p in wanted), list[Packet | None](), Packets()
    while whole:
        cut = data.draw(st.integers(1, len(whole)))
        found += taken.take(whole[:cut])
        whole = whole[cut:]
    assert found == wanted


@given(st.binary(), st.binary(min_size=1))
def test_noise_is_no_packet_and_hides_none(noise: bytes, content: bytes) -> None:
    wanted = Packet(Kind.FRAME_ANSWER, 3, content)
    *rest, last = Packets().take(noise + wanted.encode())
    assert last == wanted
    assert not any(rest)


@given(st.binary(min_size=1), st.floats(4, 500), st.integers(1, 5000))
def test_bytes_come_off_a_line_as_they_went_on_it(data: bytes, step: float, cut: int) -> None:
    line = np.concatenate([idle(50), stretches(data, step), idle(round(10 * step))])
    receiver, found = Receiver(step), b""
    for start in range(0, len(line), cut):
        found += receiver.take(line[start : start + cut])
    assert found == data
