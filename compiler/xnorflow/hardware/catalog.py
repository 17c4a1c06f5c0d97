# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels, found by discovery: each folder of hw/kernels with a descriptor is one."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.hardware.kernel import Adapter, Kernel
from xnorflow.ir.layer import Layer

__all__ = ["adapters", "kernels", "kernels_for", "source_paths"]

_KERNELS, _COMMON = "xnorflow.kernels", "xnorflow.hw_common"


def _described(module: ModuleType, base: type) -> list[type]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, base)
        and not inspect.isabstract(value)
        and value.__module__ == module.__name__
    ]


def _collect(base: type) -> dict[str, object]:
    found: dict[str, object] = {}
    homes: dict[str, str] = {}
    for folder in sorted(p.parent for p in _folder(_KERNELS).glob("*/__init__.py")):
        module = importlib.import_module(f"{_KERNELS}.{folder.name}")
        for cls in _described(module, base):
            name = cls.name  # type: ignore[attr-defined]
            if name in found:
                raise XnorflowError(
                    Diagnostic(
                        "kernel-duplicate",
                        f"kernel names must be unique, but {homes[name]} and {folder.name} "
                        f"both call themselves {name!r}",
                        "rename one of the two descriptors",
                        Origin(file=str(folder / "__init__.py")),
                    )
                )
            found[name] = cls()
            homes[name] = folder.name
    return found


@cache
def kernels() -> Mapping[str, Kernel]:
    """All compute kernels by name."""
    return MappingProxyType({n: k for n, k in _collect(Kernel).items() if isinstance(k, Kernel)})


@cache
def adapters() -> Mapping[str, Adapter]:
    """All stream adapters by name."""
    return MappingProxyType({n: k for n, k in _collect(Adapter).items() if isinstance(k, Adapter)})


def kernels_for(layer: Layer) -> tuple[Kernel, ...]:
    """The kernels that implement a layer, at least one.

    Raises:
        XnorflowError: ``kernel-no-match``, or what the kernel says that all but implements it.
    """
    found = tuple(k for k in kernels().values() if k.matches(layer))
    if found:
        return found
    refusals = [refusal for k in kernels().values() if (refusal := k.refusal(layer))]
    if refusals:
        raise XnorflowError(*refusals)
    raise XnorflowError(
        Diagnostic(
            "kernel-no-match",
            f"layer {layer.name} ({type(layer.op).__name__} {layer.in_type} -> {layer.out_type}) "
            f"must be one that a kernel implements, not one that none does",
            "see `xnorflow kernels` for what each kernel implements",
            layer.origin,
        )
    )


def source_paths(kernel: Kernel | Adapter) -> tuple[Path, ...]:
    """The kernel's SystemVerilog files, in compile order."""
    own = Path(inspect.getfile(type(kernel))).parent
    return tuple(_source_path(own, name) for name in kernel.sources)


def _source_path(own: Path, name: str) -> Path:
    folder, _, file = name.rpartition("/")
    if not folder:
        return own / file
    return (_folder(_COMMON) if folder == "common" else _folder(_KERNELS) / folder) / file


@cache
def _folder(package: str) -> Path:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    return Path(module.__file__).parent
