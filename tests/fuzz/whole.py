# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A build folder that is whole: all that its manifest lists, as it was written, and no more."""

from __future__ import annotations

import hashlib
from pathlib import Path

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.builds.manifest import MANIFEST, REPORT, read_manifest
from xnorflow.files.staging import is_staging


def load_whole(build: Path) -> Accelerator:
    """The build, every part of which can be read.

    Raises:
        AssertionError: something is missing, changed, left over or out of date.
        XnorflowError: a part cannot be read.
    """
    manifest = read_manifest(build)
    assert manifest.complete, "the manifest says that the build is not complete"
    found = {path.relative_to(build).as_posix(): path for path in sorted(build.rglob("*"))}
    staged = [name for name, path in found.items() if is_staging(path.name)]
    assert not staged, f"the build holds places to work in: {staged}"
    files = {name for name, path in found.items() if not path.is_dir()} - {MANIFEST}
    apart = sorted(files ^ {*manifest.files})
    assert not apart, f"the build and its manifest differ in {apart[:3]}"
    for name, entry in manifest.files.items():
        unsealed = entry.sha256 is None and name == REPORT  # others may write it again
        same = hashlib.sha256(found[name].read_bytes()).hexdigest() == entry.sha256
        assert unsealed or same, f"{name} is not what the manifest says"
    built = xnorflow.load(build)
    load_bundle(build / "rtl", TOP, built.design.clock_mhz)
    assert not built.report.outdated, f"a new report is out of date: {built.report.outdated}"
    return built
