# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The front as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

from xnorflow.explore.outcome import Outcome

__all__ = ["plot"]


def plot(title: str, outcomes: Sequence[Outcome], best: Sequence[Outcome]) -> bytes | None:
    """A PNG: LUTs over frames per second, block RAMs as colour; the front's designs are circled.

    None without matplotlib. ``best`` must not be empty, since the axes are logarithmic.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return None

    figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    able = [outcome for outcome in outcomes if outcome.fits]
    dots = axes.scatter(
        [o.fps for o in able],
        [o.lut for o in able],
        c=[o.bram18 for o in able],
        cmap="viridis",
        s=18,
        label="estimated",
    )
    axes.scatter(
        [o.fps for o in best],
        [o.lut for o in best],
        facecolors="none",
        edgecolors="black",
        s=50,
        linewidths=0.8,
        label="of the front",
    )
    checked = [(o.fps, o.check.lut_synthesized) for o in best if o.check is not None]
    if checked:
        speeds, luts = zip(*checked, strict=True)
        axes.scatter(speeds, luts, marker="x", c="red", s=50, label="synthesized")
    axes.set(xscale="log", yscale="log", xlabel="frames per second (estimated)", ylabel="LUT")
    axes.set_title(title)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    figure.colorbar(dots, label="BRAM18 (estimated)")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
