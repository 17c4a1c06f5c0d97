# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Typed access to parsed JSON or TOML that is not trusted; every complaint names the place."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

__all__ = ["Strict"]

_SHOWN = 60


@dataclass(frozen=True)
class Strict:
    """A value in the file, and where it is.

    Every method raises XnorflowError with ``code`` if the value is not what is asked for.

    Attributes:
        value: as json.loads or tomllib.loads gives it.
        place: e.g. ``layers[2].folding``.
        file: the file's path.
        code: of the Diagnostics.
        hint: of the Diagnostics.
    """

    value: Any
    place: str
    file: Path
    code: str
    hint: str

    def error(self, fault: str) -> XnorflowError:
        """The error "<place> must be ..."; ``fault`` is what follows."""
        origin = Origin(file=str(self.file))
        place = self.place or "the file"
        return XnorflowError(Diagnostic(self.code, f"{place} must be {fault}", self.hint, origin))

    def table(self, *keys: str) -> dict[str, Strict]:
        """An object with exactly these keys."""
        if not isinstance(self.value, dict):
            raise self._not("an object")
        odd = sorted(set(self.value) ^ set(keys))
        if odd:
            kind = "without" if odd[0] in keys else "with an unknown"
            raise self.error(f"an object of {', '.join(keys)}, not {kind} {_short(odd[0])}")
        return self.entries()

    def entries(self) -> dict[str, Strict]:
        """An object with any keys."""
        if not isinstance(self.value, dict):
            raise self._not("an object")
        start = f"{self.place}." if self.place else ""
        return {
            key: self._at(value, f"{start}{ascii(key)[1:-1][:_SHOWN]}")
            for key, value in self.value.items()
        }

    def items(self, most: int | None = None) -> list[Strict]:
        """A list, of at most so many."""
        if not isinstance(self.value, list):
            raise self._not("a list")
        if most is not None and len(self.value) > most:
            raise self.error(f"a list of at most {most}, not {len(self.value)}")
        return [self._at(item, f"{self.place}[{i}]") for i, item in enumerate(self.value)]

    def text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self._not("a text")
        return self.value

    def one_of(self, options: Collection[str]) -> str:
        """One of some strings."""
        if not isinstance(self.value, str) or self.value not in options:
            raise self._not(f"one of {', '.join(sorted(options))}")
        return self.value

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        if type(self.value) is not int or not low <= self.value <= high:
            raise self._not(f"a whole number from {low} to {high}")
        return self.value

    def number(self, low: float = -sys.float_info.max, high: float = sys.float_info.max) -> float:
        """A finite number from low to high, both included."""
        if type(self.value) not in (int, float) or not low <= self.value <= high:
            limits = [f"from {low:g}"] * (low > -sys.float_info.max)
            limits += [f"up to {high:g}"] * (high < sys.float_info.max)
            raise self._not(" ".join(["a finite number", *limits]))
        return float(self.value)

    def above_zero(self, high: float) -> float:
        """A number above 0 and at most ``high``."""
        if type(self.value) not in (int, float) or not 0 < self.value <= high:
            raise self._not(f"a number above 0 and at most {high:g}")
        return float(self.value)

    def flag(self) -> bool:
        """true or false."""
        if type(self.value) is not bool:
            raise self._not("true or false")
        return self.value

    @property
    def is_null(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    def _not(self, wanted: str) -> XnorflowError:
        return self.error(f"{wanted}, not {_short(self.value)}")

    def _at(self, value: Any, place: str) -> Strict:
        return Strict(value, place, self.file, self.code, self.hint)


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
