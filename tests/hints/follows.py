# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which tests do what the hint of a diagnostic says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def follows(*codes: str) -> Callable[[F], F]:
    """Mark a test as following the hints of ``codes``: makes the fault, then does as told.

    The codes are string literals, for ``test_every_code`` reads them from the source.
    """
    assert all(codes), "a code has a name"
    return lambda test: test
