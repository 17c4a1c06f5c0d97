# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which xnorflow this is; every build folder and report names it."""

__all__ = ["__version__"]

__version__ = "0.1.0"
