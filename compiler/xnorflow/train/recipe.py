# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The recipes that exist, as data; nothing here needs PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.diagnostics import Diagnostic, XnorflowError

__all__ = ["RECIPES", "Convolution", "Recipe", "find_recipe", "recipes"]


@dataclass(frozen=True)
class Convolution:
    """One convolution, stride 1, with its BatchNorm and sign.

    Attributes:
        channels: of its output.
        kernel: its side.
        padding: rows and columns of zeros at every edge.
        pool_sums: side of the max-pooling between the convolution and BatchNorm; 1 is none.
        pool_bits: side of the max-pooling behind the sign; 1 is none.
    """

    channels: int
    kernel: int = 3
    padding: int = 0
    pool_sums: int = 1
    pool_bits: int = 1


@dataclass(frozen=True)
class Recipe:
    """How one network is trained.

    Attributes:
        name: what the user types.
        summary: one line for listings.
        pixel_threshold: a pixel above it enters as +1, others as -1; None: pixels enter as
            integers of 8 bits, -128 to 127.
        convolutions: the layers in front.
        layers: elements of the first fully connected layer's input and of every one's output.
        epochs: passes over the training set, unless the user says otherwise.
        batch: images a step.
        learning_rate: Adam's, at the start of a cosine decay to zero.
        shift_share: share of images moved at random by -1, 0 or +1 pixel, drawn for each axis.
        weight_scale: what a weight's +1 is worth; a power of two keeps float32 sums exact.
        logit_scale: the same for the last layer, which makes it the scale of the logits.
    """

    name: str
    summary: str
    pixel_threshold: float | None
    convolutions: tuple[Convolution, ...]
    layers: tuple[int, ...]
    epochs: int
    batch: int
    learning_rate: float
    shift_share: float
    weight_scale: float
    logit_scale: float


_TFC_MNIST = Recipe(
    name="tfc-mnist",
    summary="784-64-64-64-10, 1-bit weights and activations, handwritten digits (MNIST)",
    pixel_threshold=63.5,
    convolutions=(),
    layers=(784, 64, 64, 64, 10),
    epochs=100,
    batch=1000,
    learning_rate=2e-2,
    shift_share=0.5,
    weight_scale=0.125,
    logit_scale=0.0625,
)
_CNV_MNIST = Recipe(
    name="cnv-mnist",
    summary="three convolutions of 16, 16, 32 channels, then 64-10, 1-bit weights and activations, "
    "handwritten digits (MNIST)",
    pixel_threshold=None,
    convolutions=(
        Convolution(16),
        Convolution(16, padding=1, pool_sums=2),
        Convolution(32, pool_bits=2),
    ),
    layers=(800, 64, 10),
    epochs=12,
    batch=200,
    learning_rate=2e-2,
    shift_share=0.5,
    weight_scale=0.125,
    logit_scale=0.0625,
)
_ALL = {recipe.name: recipe for recipe in (_TFC_MNIST, _CNV_MNIST)}

RECIPES: dict[str, str] = {recipe.name: recipe.summary for recipe in _ALL.values()}
"""Name of every recipe -> one line that describes it."""


def recipes() -> tuple[Recipe, ...]:
    """All recipes, in the order of the listing."""
    return tuple(_ALL.values())


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        XnorflowError: ``unknown-recipe``.
    """
    if name in _ALL:
        return _ALL[name]
    names = ", ".join(_ALL)
    raise XnorflowError(
        Diagnostic(
            "unknown-recipe",
            f"the recipe must be one of {names}, not {name!r}",
            "give one of these names",
        )
    )
