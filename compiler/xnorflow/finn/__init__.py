# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""FINN, both ways: its folding files are read, and a design is written for it to go on with."""
