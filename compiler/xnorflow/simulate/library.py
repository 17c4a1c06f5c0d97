# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The Verilated network as a Python object: wrapper source, shared library, ctypes calls."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.backends.bundle import IF_EDITED, Bundle
from xnorflow.backends.rtl import MONITOR, wires
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.render import render
from xnorflow.hardware.stream import Stream
from xnorflow.host.packing import Words, words_per_beat
from xnorflow.toolchains.verilator import LIBRARY, build_library

__all__ = ["SimulationRun", "Status", "VerilatedTop", "failed_assertion", "load_library"]

_SLICE_S = 0.1
"""How long Python waits for the library before it looks for Ctrl-C and reports progress."""
_FIRST_SLICE_CYCLES = 1000
_FULL_SPEED = 0
_PUBLIC = "streams.vlt"
"""Source that lets the wrapper see the streams inside."""


class Status(IntEnum):
    """How a run ended; the numbers are the wrapper's."""

    RUNNING = 0
    DONE = 1
    STALLED = 2
    PROTOCOL = 3
    STOPPED = 4


@dataclass(frozen=True, eq=False)
class SimulationRun:
    """What happened in a run.

    Attributes:
        status: DONE, or what went wrong.
        text: what the wrapper or an assertion says about that.
        output: words [frames, beats, words a beat].
        first_in: cycle in which each frame's first beat was accepted, [frames].
        last_out: cycle in which each frame's last beat was accepted, [frames].
        busy: cycles in which each stage was busy.
        cycles: cycles from reset to the end.
        frames: frames that came out complete.
        valid: tvalid of each stream in the last cycle, input first.
        ready: tready of each stream in the last cycle.
        inner: words [beats, words a beat] of the last frame on each stream inside, 0 for beats
            that did not come; nothing of a network that does not record.
    """

    status: Status
    text: str
    output: Words
    first_in: npt.NDArray[np.int64]
    last_out: npt.NDArray[np.int64]
    busy: tuple[int, ...]
    cycles: int
    frames: int
    valid: tuple[bool, ...]
    ready: tuple[bool, ...]
    inner: tuple[Words, ...] = ()


class VerilatedTop:
    """A Verilated network; use it in a ``with`` statement.

    Args:
        bundle: generated RTL.
        source: the input stream.
        sink: the output stream.
        stages: how many busy outputs the top module has.
        links: how many streams it has, input and output included.
        seed: for registers that reset leaves as they are.
        inner: the streams inside by the numbers of their links, if they are to be recorded, which
            takes a build of its own.

    Raises:
        XnorflowError: a tool is missing or fails, or the library cannot be loaded.
    """

    def __init__(
        self,
        bundle: Bundle,
        source: Stream,
        sink: Stream,
        stages: int,
        links: int,
        seed: int = 1,
        inner: Mapping[int, Stream] | None = None,
    ) -> None:
        self._sink, self._inner = sink, inner or {}
        self._words_in = words_per_beat(source.width)
        self._source, self._stages, self._links = source, stages, links
        wrapper = self._render("wrapper.cpp.j2", bundle.top)
        if inner:
            public = self._render(f"{_PUBLIC}.j2", bundle.top).encode()
            files, sources = {**bundle.files, _PUBLIC: public}, (_PUBLIC, *bundle.sources)
            bundle = replace(bundle, files=files, sources=sources)
        self._api = load_library(build_library(bundle, wrapper, {MONITOR: "1"}) / LIBRARY)
        for call in ("busy", "cycle", "frames_done"):
            getattr(self._api, f"xnorflow_{call}").restype = ctypes.c_uint64
        for call in ("begin", "links", "recorded"):
            getattr(self._api, f"xnorflow_{call}").restype = None
        self._handle = ctypes.c_void_p(self._api.xnorflow_open(ctypes.c_uint64(seed)))

    def __enter__(self) -> VerilatedTop:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._api.xnorflow_close(self._handle)

    def run(
        self,
        frames: Words,
        *,
        patience: int,
        stall_seed: int | None = None,
        progress: Callable[[int], None] | None = None,
        limit_cycles: int | None = None,
    ) -> SimulationRun:
        """Reset, then send frames and collect what comes out.

        Args:
            frames: words [n, beats, words a beat].
            patience: cycles without a beat in or out after which the network counts as stuck.
            stall_seed: of random stalls on both sides; None for none.
            progress: called now and then with the number of frames done.
            limit_cycles: stop after so many cycles even if frames are missing.
        """
        assert frames.shape[1:] == (self._source.beats, self._words_in), "frames fit the stream"
        frames = np.ascontiguousarray(frames, dtype=np.uint32)
        count = len(frames)
        output = np.zeros((count, self._sink.beats, words_per_beat(self._sink.width)), np.uint32)
        first_in, last_out = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        # An odd number of 64 bits for any seed: 0 is full speed.
        seed = _FULL_SPEED if stall_seed is None else (2 * stall_seed + 1) % (1 << 64)
        arrays = [ctypes.c_void_p(a.ctypes.data) for a in (frames, output, first_in, last_out)]
        numbers = [ctypes.c_uint64(number) for number in (count, seed, patience)]
        self._api.xnorflow_begin(self._handle, *arrays, *numbers)
        status = self._advance(progress, limit_cycles)
        busy = tuple(int(self._call("busy", stage)) for stage in range(self._stages))
        text = self._api.xnorflow_text(self._handle).decode(errors="replace").strip()
        done = int(self._call("frames_done"))
        cycles = int(self._call("cycle"))
        links = self._read_links()
        inner = tuple(self._recorded(number) for number in range(len(self._inner)))
        return SimulationRun(
            status, text, output, first_in, last_out, busy, cycles, done, *links, inner
        )

    def _advance(self, progress: Callable[[int], None] | None, limit: int | None) -> Status:
        """Step in slices short enough for Ctrl-C."""
        cycles = _FIRST_SLICE_CYCLES if limit is None else min(limit, _FIRST_SLICE_CYCLES)
        left = limit
        while True:
            start = time.perf_counter()
            status = Status(self._call("step", cycles))
            took = time.perf_counter() - start
            if progress is not None:
                progress(int(self._call("frames_done")))
            if status is not Status.RUNNING:
                return status
            if left is not None:
                left -= cycles
                if left <= 0:
                    return status
            cycles = max(_FIRST_SLICE_CYCLES, int(cycles * min(4.0, _SLICE_S / max(took, 1e-6))))
            cycles = cycles if left is None else min(cycles, left)

    def _call(self, name: str, *numbers: int) -> Any:
        function = getattr(self._api, f"xnorflow_{name}")
        return function(self._handle, *(ctypes.c_uint64(number) for number in numbers))

    def _read_links(self) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
        buffers = [np.zeros(words_per_beat(self._links) + 1, np.uint32) for _ in range(2)]
        self._api.xnorflow_links(
            self._handle, *(ctypes.c_void_p(buffer.ctypes.data) for buffer in buffers)
        )
        valid, ready = (
            tuple(bool(b[i // 32] >> (i % 32) & 1) for i in range(self._links)) for b in buffers
        )
        return valid, ready

    def _recorded(self, number: int) -> Words:
        stream = [*self._inner.values()][number]
        data = np.zeros((stream.beats, words_per_beat(stream.width)), np.uint32)
        pointer = ctypes.c_void_p(data.ctypes.data)
        self._api.xnorflow_recorded(self._handle, ctypes.c_uint64(number), pointer)
        return data

    def _render(self, name: str, top: str) -> str:
        return render(
            "xnorflow.simulate",
            name,
            top=top,
            in_words=self._words_in,
            out_words=words_per_beat(self._sink.width),
            busy_words=words_per_beat(self._stages),
            in_beats=self._source.beats,
            out_beats=self._sink.beats,
            stages=self._stages,
            link_words=words_per_beat(self._links),
            inner=[
                {"name": wires(i), "beats": s.beats, "words": words_per_beat(s.width)}
                for i, s in self._inner.items()
            ],
        )


def load_library(path: Path) -> ctypes.CDLL:
    """A built simulation, whose wrapper has open, close and text at least.

    Raises:
        XnorflowError: ``simulator-load``.
    """
    try:
        api = ctypes.CDLL(str(path))
    except OSError as error:
        raise XnorflowError(
            Diagnostic(
                "simulator-load",
                f"the built simulation must be loadable, not fail with: {error}",
                "programs must be allowed to run from the cache folder; set XDG_CACHE_HOME to "
                "one where they are",
                Origin(file=str(path)),
            )
        ) from error
    api.xnorflow_open.restype = ctypes.c_void_p
    api.xnorflow_close.restype = None
    api.xnorflow_text.restype = ctypes.c_char_p
    return api


def failed_assertion(text: str) -> XnorflowError:
    """What an assertion in the hardware says."""
    return XnorflowError(
        Diagnostic(
            "simulation-assertion",
            f"no assertion may fail in the simulated network, not this one: {text}",
            "the text names the instance; the streams' rules are in docs/adding-a-kernel.md; "
            + IF_EDITED,
        )
    )
