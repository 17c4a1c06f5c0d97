# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""When beats move: stages as automata, and graphs of them to the cycle."""
