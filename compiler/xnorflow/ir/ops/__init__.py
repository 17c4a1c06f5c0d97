# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What layers compute: one file an operation, with all that the compiler knows of it."""
