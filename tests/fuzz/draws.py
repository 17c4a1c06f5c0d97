# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Choices, drawn so that the first of each is the simplest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draws:
    """What a strategy draws from."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self._draw = draw

    def whole(self, low: int, high: int) -> int:
        value: int = self._draw(st.integers(low, high))
        return value

    def pick(self, options: Sequence[T]) -> T:
        return options[self.whole(0, len(options) - 1)]

    def seldom(self, one_in: int) -> bool:
        return self.whole(0, one_in - 1) == one_in - 1

    def seed(self) -> int:
        return self.whole(0, 9999)
