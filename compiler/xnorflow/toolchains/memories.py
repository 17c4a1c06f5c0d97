# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the memory images of a design are in the netlist that synthesis made of it.

A tool that does not find an image, or is not told of one, fills the memory with zeros, removes what
depends on it, and reports a design that is wonderfully small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["IMAGE", "MemoryMissingError", "check_memories"]

IMAGE = "image"
"""What ``block_bank`` calls its memory: part of the names of its cells in any netlist."""


class MemoryMissingError(ValueError):
    """A memory came out empty, or not at all."""


def check_memories(netlist: object, images: Mapping[str, bytes]) -> None:
    """Hold block RAMs against the images that they must have been filled from.

    Images whose words are all the same are no memory in a netlist.

    Args:
        netlist: as Yosys's ``write_json`` gives it, block RAMs at least.
        images: content of each image by file name.

    Raises:
        MemoryMissingError: a memory is empty, or there are fewer than images.
        KeyError, TypeError: the netlist has another form.
    """
    ones: Counter[tuple[str, str]] = Counter()
    for module, name, cell in _cells(netlist):
        memory, found, _ = name.rpartition(f".{IMAGE}.")
        if found or name.startswith(f"{IMAGE}."):
            ones[module, memory] += sum(
                str(value).count("1")
                for key, value in cell["parameters"].items()
                if key.startswith("INIT")
            )
    empty = [memory for (_, memory), count in ones.items() if not count]
    if empty:
        raise MemoryMissingError(f"the memory {empty[0]} is empty in the netlist")
    wanted = sorted(name for name, content in images.items() if _varies(content))
    if len(ones) < len(wanted):
        raise MemoryMissingError(
            f"{wanted[0]}, or another of {len(wanted)} memory images, is not in the netlist"
        )


def _cells(netlist: Any) -> Iterator[tuple[str, str, Any]]:
    for module, content in netlist["modules"].items():
        for name, cell in content["cells"].items():
            yield module, name, cell


def _varies(content: bytes) -> bool:
    words = {line for line in content.split(b"\n") if line and not line.startswith(b"//")}
    return len(words) > 1
