# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a change of the compiler changes in what it makes: builds before, builds after, compared.

    python -m benchmarks.changes record BEFORE [--networks 100]     with the compiler as it was
    python -m benchmarks.changes record AFTER --like BEFORE [--simulate]     as it is
    python -m benchmarks.changes compare BEFORE AFTER

Records TFC, LFC and CNV and the project's own models at three foldings each, and random networks
at two targets, each in a folder of its own; --like takes the models from an earlier record. With
--simulate each design is also run in Verilator, free and with random stalls. Compares the RTL,
comments aside, byte by byte; foldings, estimates, cycles, latencies and fifos; and the outcome of
simulation. Exits 1 where anything differs or is wrong.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "models"
MODELS = {
    "tfc": (SHARED / "zoo_tfc_1w1a.onnx", "0.00392156862745098"),
    "lfc": (SHARED / "lfc_w1a1_mnist.onnx", "1"),
    "cnv": (SHARED / "cnv_w1a1_cifar10.onnx", "1"),
    "tfc-mnist": (ROOT / "models" / "tfc-mnist" / "model.onnx", "1"),
    "cnv-mnist": (ROOT / "models" / "cnv-mnist" / "model.onnx", "1"),
}
"""Name -> file, and what one step of its input is worth."""
TARGETS = ("", "1000", "3000")
"""Frames per second; nothing for the fastest design."""
RANDOM_TARGETS = ("", "100000")
WORKERS = 2


@dataclass(frozen=True)
class Job:
    """A design to record."""

    name: str
    model: Path
    scale: str
    target: str

    def run(self, folder: Path, *, simulate: bool) -> None:
        """Compile, and simulate if wanted; what is said goes into a file beside the build."""
        build = folder / self.name
        said = self._command(
            "compile", self.model, "--board", "pynq-z1", "--input-scale", self.scale,
            *(["--target-fps", self.target] if self.target else []), "-o", build,
        )  # fmt: skip
        if simulate and (build / "report.json").is_file():
            for more in ([], ["--stalls"]):
                said += self._command("simulate", build, "--images", "4", *more)
        (folder / f"{self.name}.txt").write_text(said, encoding="utf-8")

    @staticmethod
    def _command(*arguments: str | Path) -> str:
        found = subprocess.run(
            [sys.executable, "-m", "xnorflow", *map(str, arguments), "--quiet"],
            capture_output=True,
            text=True,
            check=False,
        )
        return f"{arguments[0]}: exit {found.returncode}\n{found.stderr}"


def jobs(models: Path) -> Iterator[Job]:
    """All designs of the models in a folder, with what their steps are worth."""
    scales = json.loads((models / "scales.json").read_text(encoding="utf-8"))
    for name, scale in scales.items():
        for target in RANDOM_TARGETS if name.startswith("random") else TARGETS:
            design = f"{name}-{target or 'fastest'}"
            yield Job(design, models / f"{name}.onnx", scale, target)


def collect(models: Path, networks: int) -> None:
    """Copy the models at hand into a folder, and write random networks beside them."""
    from tests.fuzz.sources import random_network

    models.mkdir(parents=True)
    scales = {}
    for name, (path, scale) in MODELS.items():
        shutil.copyfile(path, models / f"{name}.onnx")
        scales[name] = scale
    for number in track(range(networks), "networks"):
        source = random_network(number)
        (models / f"random-{number}.onnx").write_bytes(source.data)
        scales[f"random-{number}"] = repr(source.scale)
    (models / "scales.json").write_text(json.dumps(scales, indent=1), encoding="utf-8")


def record(folder: Path, networks: int, like: Path | None, *, simulate: bool) -> None:
    """Build everything with the compiler that Python finds."""
    if like is None:
        collect(folder / "models", networks)
    else:
        shutil.copytree(like / "models", folder / "models")
    todo = list(jobs(folder / "models"))
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in track(
            pool.map(lambda job: job.run(folder, simulate=simulate), todo), "designs", len(todo)
        ):
            pass


def differences(before: Path, after: Path) -> Iterator[str]:
    """In what two builds of one model differ."""
    if not (before / "report.json").is_file():
        if (after / "report.json").is_file():
            yield "was refused"
        return
    if not (after / "report.json").is_file():
        yield "is refused"
        return
    old, new = (read(folder) for folder in (before, after))
    for key in old:
        if old[key] != new[key]:
            yield f"{key}: {_short(old[key], new[key])}"
    sources = [{p.name: p for p in (folder / "rtl").iterdir()} for folder in (before, after)]
    for name in sorted(set(sources[0]) ^ set(sources[1])):
        yield f"{name}: only {'before' if name in sources[0] else 'after'}"
    for name in sorted(set(sources[0]) & set(sources[1])):
        if code(sources[0][name]) != code(sources[1][name]):
            yield f"{name}: other code"


def read(folder: Path) -> dict[str, Any]:
    """What is compared of a report: all that is estimated, stage by stage, and the fifos."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    parts = [*report["layers"], *report["adapters"]]
    return {
        "foldings": [(p["name"], p["kernel"], p.get("folding")) for p in report["layers"]],
        "adapters": [(p["name"], p["kernel"], p["depth"]) for p in report["adapters"]],
        "cycles": [p["cycles"]["estimated"] for p in report["layers"]],
        "resources": [
            (p["name"], {key: value["estimated"] for key, value in p["resources"].items()})
            for p in parts
        ],
        "interval": report["throughput"]["interval_cycles"]["estimated"],
        "latency": report["throughput"]["latency_cycles"]["estimated"],
        "search": report["search"],
    }


def code(path: Path) -> bytes:
    """A file of the RTL; of Verilog what is no comment, each run of white space as one blank.

    Of the list of sources the names: in which order a tool reads modules changes none of them.
    """
    content = path.read_bytes()
    if path.name == "sources.txt":
        return b" ".join(sorted(content.split()))
    if path.suffix not in (".v", ".sv", ".svh"):
        return content
    bare = re.sub(rb"//[^\n]*|/\*.*?\*/", b"", content, flags=re.DOTALL)
    return b" ".join(bare.split())


def _short(old: Any, new: Any) -> str:
    if isinstance(old, list) and len(old) == len(new):
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        old, new = pairs[0]
    return f"{old} before, {new} after"[:300]


def wrong(folder: Path, name: str) -> Iterator[str]:
    """What simulation found that must not be."""
    said = (folder / f"{name}.txt").read_text(encoding="utf-8")
    for line in said.splitlines():
        if line.startswith("simulate: ") and line != "simulate: exit 0":
            yield line


def compare(before: Path, after: Path) -> bool:
    """Print what differs; whether nothing does."""
    table = Table(title=f"{before.name} and {after.name}")
    for head in ("models", "designs", "compiled", "simulated exactly", "same", "differ"):
        table.add_column(head, justify="right")
    console, todo = Console(), list(jobs(before / "models"))
    kinds: dict[str, list[int]] = {}
    for job in todo:
        found = list(differences(before / job.name, after / job.name))
        found += wrong(after, job.name)
        said = (after / f"{job.name}.txt").read_text(encoding="utf-8")
        ran = said.count("simulate: exit 0") == 2
        kind = "random" if job.name.startswith("random") else job.model.stem
        counts = kinds.setdefault(kind, [0] * 5)
        compiled = (after / job.name / "report.json").is_file()
        for column, one in enumerate((1, compiled, ran, not found, bool(found))):
            counts[column] += int(one)
        for fault in found:
            console.print(f"{job.name}: {fault}", markup=False, soft_wrap=True)
    for kind, counts in kinds.items():
        table.add_row(kind, *map(str, counts))
    console.print(table)
    return not any(counts[-1] for counts in kinds.values())


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("record")
    one.add_argument("folder", type=Path)
    one.add_argument("--networks", type=int, default=100)
    one.add_argument("--like", type=Path)
    one.add_argument("--simulate", action="store_true")
    two = commands.add_parser("compare")
    two.add_argument("before", type=Path)
    two.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.command == "record":
        record(options.folder, options.networks, options.like, simulate=options.simulate)
        return 0
    return 0 if compare(options.before, options.after) else 1


if __name__ == "__main__":
    sys.exit(main())
