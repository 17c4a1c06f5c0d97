# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels, found by discovery: each folder of hw/kernels with a descriptor is one."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.hardware.kernel import Adapter, Kernel
from xnorflow.hardware.rtl import RtlAdapter, RtlKernel
from xnorflow.hardware.sources import KERNELS, folder_of
from xnorflow.ir.layer import Layer

__all__ = ["adapters", "kernels", "kernels_for", "rtl_adapters", "rtl_kernels"]


def _described(module: ModuleType, base: type) -> list[type]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, base)
        and not inspect.isabstract(value)
        and value.__module__ == module.__name__
    ]


def _collect(base: type, file: str = "__init__") -> dict[str, object]:
    """Instances of the classes derived from ``base`` in one file of each kernel's folder."""
    found: dict[str, object] = {}
    homes: dict[str, str] = {}
    for path in sorted(folder_of(KERNELS).glob(f"*/{file}.py")):
        folder = path.parent
        name = f"{KERNELS}.{folder.name}" + (f".{file}" if file != "__init__" else "")
        module = importlib.import_module(name)
        for cls in _described(module, base):
            name = cls.name  # type: ignore[attr-defined]
            if name in found:
                raise XnorflowError(
                    Diagnostic(
                        "kernel-duplicate",
                        f"kernel names must be unique, but {homes[name]} and {folder.name} "
                        f"both call themselves {name!r}",
                        "rename one of the two descriptors",
                        Origin(file=str(path)),
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


@cache
def rtl_kernels() -> Mapping[str, RtlKernel]:
    """What the RTL backend needs of all kernels that it can make, by their names."""
    found = _collect(RtlKernel, "rtl").items()
    return MappingProxyType({n: k for n, k in found if isinstance(k, RtlKernel)})


@cache
def rtl_adapters() -> Mapping[str, RtlAdapter]:
    """What the RTL backend needs of all adapters, by their names."""
    found = _collect(RtlAdapter, "rtl").items()
    return MappingProxyType({n: k for n, k in found if isinstance(k, RtlAdapter)})


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
