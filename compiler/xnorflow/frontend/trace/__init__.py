# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What feeds what: operators, the walk from input to output, and where elements lie."""
