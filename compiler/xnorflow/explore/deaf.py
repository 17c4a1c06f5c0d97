# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What local workers load as they start: they leave Ctrl-C to the process that started them.

A terminal sends it to all processes; each worker would end with a traceback of its own.
"""

from __future__ import annotations

import signal

__all__ = ["dask_setup"]


def dask_setup(worker: object) -> None:
    """Called by Dask in each worker's main thread, also in one that replaces another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
