# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_MODELS = Path(__file__).parent.parent.parent / "shared" / "models"


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The folder of third-party models beside the checkout; without it the test is skipped."""
    if not SHARED_MODELS.is_dir():
        pytest.skip("needs the third-party models of ../shared/models")
    return SHARED_MODELS
