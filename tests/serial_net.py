# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""SerialNet networks behind the serial shell."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from tests.line_faults import LineFaults
from tests.qonnx_net import Net, signs

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.backends.uart import in_uart
from xnorflow.deploy.packets import Packet, Packets
from xnorflow.deploy.serial_board import Patience, SerialBoard
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.types import Ints
from xnorflow.running import shape_of
from xnorflow.simulate.board import SimulatedBoard

STEP = 4
SHA256 = "0123456789abcdef" * 4
PATIENT = Patience(silence_s=60.0)


class SerialNet:
    """A network, what its board's answers must be, and the shell around its RTL."""

    def __init__(self, made: Accelerator, step: float = STEP) -> None:
        bundle = load_bundle(made.folder / "rtl", TOP, made.design.clock_mhz)
        self.made, self.shape = made, shape_of(made.design, SHA256)
        self.baud = round(self.shape.clock_hz / step)
        self.bundle = in_uart(bundle, self.shape.source, self.shape.sink, SHA256, self.baud)

    def frames(self, count: int, seed: int = 1) -> tuple[Ints, Ints]:
        """Random ones, and the answers to them."""
        x = self.made._frames(self.made.random_inputs(count, seed))
        return x, self.made._golden(x)

    @contextmanager
    def connected(
        self, faults: LineFaults | None = None, patience: Patience = PATIENT
    ) -> Iterator[SerialBoard]:
        spoil = None if faults is None else (faults.there, faults.back)
        with (
            SimulatedBoard(self.bundle, STEP, spoil) as simulated,
            SerialBoard(simulated.port, self.baud, self.shape, patience) as board,
        ):
            yield board


def network(folder: Path, inputs: int, outputs: int) -> Path:
    net, rng = Net((1, inputs), dtype="BIPOLAR"), np.random.default_rng(inputs)
    net.dense(signs(rng, inputs, 8))
    net.bipolar()
    net.dense(signs(rng, 8, outputs))
    return net.save(folder)


def compiled(folder: Path, inputs: int = 24, outputs: int = 3, fps: float = 1e5) -> SerialNet:
    path = network(folder, inputs, outputs)
    return SerialNet(xnorflow.compile(path, board="ulx3s-85f", target_fps=fps, output=folder / "b"))


def refused_by(work: Callable[[], object]) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        work()
    (fault,) = caught.value.diagnostics
    return fault


@contextmanager
def fake_board(answer: Callable[[Packet], bytes], noise: bytes = b"") -> Iterator[str]:
    """The name of a terminal at whose end a function answers packets, or noise is all there is."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    ends, packets = threading.Event(), Packets()

    def serve() -> None:
        while not ends.is_set():
            with suppress(BlockingIOError):
                if noise:
                    os.write(master, noise)
            if select.select([master], [], [], 0.01)[0]:
                for packet in packets.take(os.read(master, 4096)):
                    if packet is not None:
                        with suppress(BlockingIOError):
                            os.write(master, answer(packet))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        ends.set()
        thread.join()
        os.close(master)
        os.close(slave)
