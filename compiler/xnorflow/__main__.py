# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``python -m xnorflow``."""

from __future__ import annotations

import sys

from xnorflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
