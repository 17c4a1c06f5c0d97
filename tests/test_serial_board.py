# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The serial shell in Verilator, with the host's own code at a pseudo-terminal."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import serial
from tests.line_faults import LineFaults
from tests.serial_net import PATIENT, STEP, SerialNet, compiled, fake_board, refused_by

from xnorflow.accelerator import Accelerator
from xnorflow.api import compile as compile_model
from xnorflow.api import load
from xnorflow.backends.uart import in_uart
from xnorflow.cli import main
from xnorflow.deploy import packets, serial_board
from xnorflow.deploy.overlay import Shape
from xnorflow.deploy.packets import VERSION, Kind, Packet
from xnorflow.deploy.serial_board import Patience, SerialBoard
from xnorflow.simulate.board import SimulatedBoard
from xnorflow.simulate.line import Stretches

MODELS = Path(__file__).parent.parent / "models"
QUICK = Patience(silence_s=0.3, tries=1000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SerialNet:
    return compiled(tmp_path_factory.mktemp("small"))


def test_the_demo_model_classifies_digits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, digits = MODELS / "tfc-mnist" / "model.onnx", MODELS / "tfc-mnist" / "digits.npz"
    build = tmp_path / "build"
    made = compile_model(model, board="ulx3s-85f", target_fps=100_000, output=build)
    assert main(["run", str(build), "--input", str(digits), "--images", "20"]) == 0
    told = capsys.readouterr().out
    assert "mismatches: 0; sent again: 0" in told
    assert "20 of 20 labels" in told
    assert made.report.throughput.fps.measured is None  # a simulated board measures nothing


# Frames of several bytes a beat, answers of several beats, beats that are no whole bytes.
@pytest.mark.parametrize(
    ("inputs", "outputs", "fps"),
    [(24, 3, 1e5), (24, 3, 2e7), (7, 1, 1e5), (1, 5, 1e6), (33, 11, 4e6), (90, 2, 5e7)],
)
def test_frames_of_any_shape(tmp_path: Path, inputs: int, outputs: int, fps: float) -> None:
    network = compiled(tmp_path, inputs, outputs, fps)
    frames, golden = network.frames(40)
    with network.connected() as board:
        np.testing.assert_array_equal(board.run(frames), golden)
        counters = board.counters()
        assert (counters.frames, counters.faults, counters.refused) == (40, 0, 0)
        found = board.benchmark(frames[0], 50)
    design = network.made.design
    assert found.latency_cycles == design.latency_cycles
    assert found.interval_cycles == design.interval_cycles
    assert found.fps == pytest.approx(design.clock_mhz * 1e6 / design.interval_cycles)


def thousand_faults(network: SerialNet, seed: int, most: int) -> LineFaults:
    """Frames until so many faults have been, each batch with no wrong and no lost answer."""
    faults = LineFaults(seed, most, rate=0.3, step=STEP)
    batch = 0
    with network.connected(faults, QUICK) as board:
        while faults.total < most:
            frames, golden = network.frames(50, seed=batch)
            np.testing.assert_array_equal(board.run(frames), golden)
            batch += 1
        frames, golden = network.frames(50, seed=batch)
        np.testing.assert_array_equal(board.run(frames), golden)
        board.resent = 0
        np.testing.assert_array_equal(board.run(frames), golden)
        assert board.resent == 0, "nothing of the noise is left"
        assert board.counters().faults > 0
    return faults


def test_a_thousand_faults_on_the_line_spoil_no_answer(small: SerialNet) -> None:
    faults = thousand_faults(small, seed=1, most=1000)
    assert faults.total == 1000
    assert len(faults.count) == 16, "each kind, each way"


def test_without_its_crc_the_same_faults_spoil_some(
    small: SerialNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What shows that the campaign would see a wrong answer."""
    monkeypatch.setattr(packets, "_is_whole", lambda body, check: True)
    with pytest.raises(AssertionError, match="not equal"):
        thousand_faults(small, seed=1, most=1000)


def test_a_cable_is_pulled_amid_a_frame_and_put_back(small: SerialNet, tmp_path: Path) -> None:
    """The system gives the port another terminal behind the same name, as udev's rules do."""
    port = tmp_path / "port"
    frames, golden = small.frames(300)
    heard = threading.Semaphore(0)

    def count(line: Stretches) -> Stretches:
        if len(line) > 1:
            heard.release()
        return line

    first = SimulatedBoard(small.bundle, STEP, (count, lambda line: line))
    port.symlink_to(first.port)
    boards = [first]

    def pull() -> None:
        for again in range(3):
            for _ in range(10 + again):
                heard.acquire()
            boards[-1].close()
            time.sleep(0.05)
            boards.append(
                SimulatedBoard(small.bundle, STEP, (count, lambda line: line), seed=again)
            )
            port.unlink()
            port.symlink_to(boards[-1].port)

    thread = threading.Thread(target=pull)
    try:
        with SerialBoard(str(port), small.baud, small.shape, PATIENT) as board:
            thread.start()
            np.testing.assert_array_equal(board.run(frames), golden)
            thread.join()
            np.testing.assert_array_equal(board.run(frames), golden)
    finally:
        boards[-1].close()
    assert len(boards) == 4


def test_a_cable_that_stays_away_ends_it(small: SerialNet) -> None:
    frames, _ = small.frames(10)
    simulated = SimulatedBoard(small.bundle, STEP)
    patience = Patience(silence_s=60.0, absence_s=0.2)
    with SerialBoard(simulated.port, small.baud, small.shape, patience) as board:
        simulated.close()
        fault = refused_by(lambda: board.run(frames))
    assert fault.code == "serial-port"
    assert "--port" in fault.hint


def test_a_port_that_is_not_there(small: SerialNet, tmp_path: Path) -> None:
    fault = refused_by(lambda: SerialBoard(str(tmp_path / "no"), 9600, small.shape))
    assert fault.code == "serial-port"


def test_a_file_is_no_port(small: SerialNet, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    fault = refused_by(lambda: SerialBoard(str(tmp_path / "file"), 9600, small.shape))
    assert fault.code == "serial-port"
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_nothing_at_the_other_end(small: SerialNet) -> None:
    master, slave = os.openpty()
    try:
        port, patience = os.ttyname(slave), Patience(silence_s=0.02, tries=3)
        fault = refused_by(lambda: SerialBoard(port, 9600, small.shape, patience))
    finally:
        os.close(master)
        os.close(slave)
    assert fault.code == "board-silent"
    assert fault.message == (
        "the board must answer at 9,600 Bd, not 3 times nothing of use: 0 bytes came"
    )


CHANGES: dict[str, Callable[[Shape], Shape]] = {
    "design ffffffffffff..., not 0123456789ab...": lambda s: replace(s, sha256="f" * 64),
    "clocked with 49,000,000 Hz, not 50,000,000 Hz": lambda s: replace(s, clock_hz=49_000_000),
    "of frames of": lambda s: replace(s, sink=replace(s.sink, beats=s.sink.beats + 1)),
}


@pytest.mark.parametrize("told", CHANGES)
def test_a_board_with_another_design(small: SerialNet, told: str) -> None:
    other = CHANGES[told](small.shape)
    with SimulatedBoard(small.bundle, STEP) as simulated:
        fault = refused_by(lambda: SerialBoard(simulated.port, small.baud, other, PATIENT))
    assert fault.code == "board-design"
    assert told in fault.message


def test_another_protocol(small: SerialNet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_board, "VERSION", VERSION + 1)
    fault = refused_by(lambda: connect(small))
    assert "of version 2 of the protocol, not 1" in fault.message


def connect(network: SerialNet) -> None:
    with network.connected():
        pass


def info_of(network: SerialNet, tag: int) -> bytes:
    shape = network.shape
    numbers = (shape.in_size, shape.out_size, shape.clock_hz, 2)
    content = bytes([VERSION]) + bytes.fromhex(shape.sha256)[::-1]
    content += b"".join(number.to_bytes(4, "little") for number in numbers)
    return Packet(Kind.INFO_ANSWER, tag, content).encode()


FAULT = Packet(Kind.FAULT, 0).encode()
SHORT = Patience(silence_s=0.05, tries=4)


def complains(network: SerialNet) -> Callable[[Packet], bytes]:
    return lambda packet: info_of(network, packet.tag) if packet.kind == Kind.INFO else FAULT


@pytest.mark.parametrize("noise", [b"\xc0x", b"x" * 64, b"\xdb" * 64])
def test_a_port_that_never_stops_saying_nothing_of_use(small: SerialNet, noise: bytes) -> None:
    with fake_board(lambda packet: b"", noise) as port:
        fault = refused_by(lambda: SerialBoard(port, 3_000_000, small.shape, SHORT))
    assert fault.code == "board-silent"


def test_a_board_that_complains_of_every_frame_is_given_up(small: SerialNet) -> None:
    frames, _ = small.frames(5)
    with (
        fake_board(complains(small)) as port,
        SerialBoard(port, 3_000_000, small.shape, SHORT) as board,
    ):
        assert refused_by(lambda: board.run(frames)).code == "board-silent"


def test_a_port_that_opens_and_fails_is_given_up(
    small: SerialNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: object) -> bytes:
        raise OSError("no such device")

    frames, _ = small.frames(5)
    with (
        fake_board(complains(small)) as port,
        SerialBoard(port, 3_000_000, small.shape, SHORT) as board,
    ):
        monkeypatch.setattr(serial.Serial, "read", fails)
        assert refused_by(lambda: board.run(frames)).code == "board-silent"


def test_a_board_that_takes_no_longer_for_more_frames(small: SerialNet) -> None:
    def answer(packet: Packet) -> bytes:
        if packet.kind == Kind.INFO:
            return info_of(small, packet.tag)
        content = (77).to_bytes(4, "little") + bytes(small.shape.out_size)
        return Packet(Kind.FRAME_ANSWER, packet.tag, content).encode()

    frames, _ = small.frames(1)
    with (
        fake_board(answer) as port,
        SerialBoard(port, 3_000_000, small.shape, PATIENT) as board,
    ):
        fault = refused_by(lambda: board.benchmark(frames[0]))
    assert fault.code == "board-design"
    assert "not 77 and 77 cycles" in fault.message


def test_a_slow_board_is_waited_for(small: SerialNet) -> None:
    """Frames whose answers take longer than the line, and a complaint that comes ahead of one."""
    network = compiled_again(small, fps=2000)
    frames, golden = network.frames(30)
    faults = LineFaults(3, 20, rate=0.2, step=STEP)
    with network.connected(faults, Patience(silence_s=3.0, tries=1000)) as board:
        np.testing.assert_array_equal(board.run(frames), golden)
        assert faults.total > 5
        assert board.resent < 5 * faults.total, "one fault has a few packets sent again, not many"


def compiled_again(network: SerialNet, fps: float) -> SerialNet:
    folder = network.made.folder.parent / f"fps{fps:g}"
    folder.mkdir()
    return compiled(folder, fps=fps)


def on_port(network: SerialNet) -> tuple[SimulatedBoard, Accelerator]:
    """A simulated board at the rate of the real one, which holds what its build folder has."""
    built = load(network.made.folder)
    source, bundle = built._build.rtl()
    shape, uart = network.shape, built.design.board.uart
    assert uart is not None
    whole = in_uart(bundle, shape.source, shape.sink, source.sha256, uart.baud)
    return SimulatedBoard(whole, shape.clock_hz / uart.baud), built


def test_a_board_at_a_port_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = compiled(tmp_path)
    simulated, built = on_port(network)
    with simulated:
        command = ["run", str(built.folder), "--images", "5", "--port", simulated.port]
        assert main(command) == 0
    told = capsys.readouterr().out
    assert f"the board at {simulated.port} against the golden engine: 5 random frames" in told
    assert "measured" in told
    report = built.report
    design = built.design
    assert report.throughput.fps.measured == pytest.approx(
        design.clock_mhz * 1e6 / design.interval_cycles
    )
    assert (report.verification.engine, report.verification.images) == ("board", 5)
    assert report.evidence.measured is not None
    assert main(["report", str(built.folder)]) == 0
    assert "5 frames on the board, 0 mismatches" in capsys.readouterr().out


def test_a_board_that_answers_wrongly_is_told_and_not_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = compiled(tmp_path)
    simulated, built = on_port(network)
    golden = Accelerator._golden
    monkeypatch.setattr(Accelerator, "_golden", lambda self, frames: golden(self, frames) + 1)
    with simulated:
        command = ["run", str(built.folder), "--images", "5", "--port", simulated.port]
        assert main(command) == 1
    assert "mismatches: 5" in capsys.readouterr().out
    report = built.report
    assert report.throughput.fps.measured is None
    assert report.verification.mismatches == 5


def test_a_board_with_other_rtl_is_refused(tmp_path: Path) -> None:
    network = compiled(tmp_path)
    simulated, built = on_port(network)
    path = built.folder / "rtl" / "xnorflow_top.v"
    path.write_text(path.read_text() + "// edited\n")
    with simulated:
        fault = refused_by(lambda: built.run(images=3, port=simulated.port))
    assert fault.code == "board-design"


def test_a_simulated_board_that_ends_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = compiled(tmp_path)
    path = network.made.folder / "rtl" / "xnorflow_top.v"
    fatal = 'initial $fatal(1, "spoilt");\nendmodule'
    path.write_text(path.read_text().replace("endmodule", fatal))
    assert main(["run", str(network.made.folder), "--images", "3"]) == 1
    assert "error[simulation-assertion]" in capsys.readouterr().err


def test_more_frames_than_memory_holds(
    small: SerialNet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(small.made.folder)
    monkeypatch.setattr(np.random, "default_rng", lambda seed: NoMemory())
    assert main(["run", folder, "--images", "999999999"]) == 2
    assert "error[bad-number]: frames must fit" in capsys.readouterr().err


class NoMemory:
    def choice(self, *given: object) -> None:
        raise MemoryError
