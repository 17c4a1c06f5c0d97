# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Random networks that look trained, from descriptions that shrink and can be kept as JSON."""
