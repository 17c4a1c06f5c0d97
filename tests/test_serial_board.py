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
from tests.line_faults import LineFaults
from tests.serial_net import PATIENT, STEP, SerialNet, compiled, refused_by

from xnorflow.api import compile as compile_model
from xnorflow.cli import main
from xnorflow.deploy import packets, serial_board
from xnorflow.deploy.overlay import Shape
from xnorflow.deploy.packets import VERSION
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
    assert "3 times in a row" in fault.message


CHANGES: dict[str, Callable[[Shape], Shape]] = {
    "design ffffffffffff..., not 0123456789ab...": lambda s: replace(s, design_sha256="f" * 64),
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
