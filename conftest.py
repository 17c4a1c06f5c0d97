# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""For all tests: where a missing tool or model is a failure, and where it is a visible skip."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")


def _fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A skip means that something is missing, and in CI everything has to be there."""
    if IN_CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, but in CI nothing may be missing: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn skips of tests into failures in CI."""
    report = yield
    _fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn skips of whole files into failures in CI."""
    report = yield
    _fail_in_ci(report)
    return report


@pytest.fixture(
    params=[pytest.param(1, marks=pytest.mark.slow), 3],
    ids=lambda n: "all" if n == 1 else f"one_of_{n}",
)
def every(request: pytest.FixtureRequest) -> int:
    """Of how many cases one is synthesised; all of a kernel take minutes."""
    number: int = request.param
    return number
