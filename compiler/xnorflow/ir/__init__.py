# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The intermediate representation: typed, integer, free of any tool or file format."""
