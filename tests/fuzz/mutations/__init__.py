# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small ways to spoil a model, each decided by a generator alone: one kind of target a file."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from onnx import ModelProto

Mutation = Callable[[ModelProto, Random], str]
"""Changes a model in place and says what it did; nothing where the model has nothing to change."""
