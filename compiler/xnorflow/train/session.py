# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One training session from data to files; importing this needs the extra ``train``."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xnorflow.files.access import write_atomic
from xnorflow.host.arrays import write_outputs
from xnorflow.train.bar import training_bar
from xnorflow.train.checkpoint import CHECKPOINT_FILE, RunKey
from xnorflow.train.datasets import Images, Labels
from xnorflow.train.export import Exported, export_model
from xnorflow.train.network import network
from xnorflow.train.recipe import Recipe
from xnorflow.train.trainer import Run, correct, fit, one_thread
from xnorflow.version import __version__

__all__ = ["DIGITS", "DataSet", "Outcome", "run_session"]

DIGITS = 100
"""How many test images go into ``digits.npz``."""

_PACKAGES = ("torch", "brevitas", "onnx", "qonnx", "onnxruntime", "numpy")


@dataclass(frozen=True, eq=False)
class DataSet:
    """Images uint8 [n, 1, side, side] and labels int64 [n] of both splits.

    Attributes:
        source: where they come from, for the record.
        option: what the command line said about it, with a space before, for the record.
    """

    train: tuple[Images, Labels]
    test: tuple[Images, Labels]
    source: str
    option: str


@dataclass(frozen=True)
class Outcome:
    """What a session found.

    Attributes:
        correct: test images in their class.
        tested: test images.
        seconds: spent training, over all resumed parts.
    """

    correct: int
    tested: int
    seconds: float


def run_session(
    recipe: Recipe, out: Path, data: DataSet, epochs: int, seed: int, resume: bool, quiet: bool
) -> Outcome:
    """Train, evaluate once on the test set, export, write ``model.onnx`` and what belongs to it.

    The model is the last epoch's: nothing is chosen by looking at the test set.

    Args:
        recipe: what to train.
        out: an existing folder.
        data: both splits.
        epochs: passes over the training set.
        seed: of the first weights and of every random choice.
        resume: go on from ``out/checkpoint.pt``.
        quiet: no progress bar.

    Raises:
        XnorflowError: the checkpoint, the export or a file cannot be used or written.
    """
    settings = json.dumps(asdict(recipe), sort_keys=True)
    key = RunKey(settings, epochs, seed, _digest(*data.train))
    run = Run(recipe, key, *data.train, out / CHECKPOINT_FILE)
    generator = torch.Generator().manual_seed(seed)
    model = network(recipe, generator)
    with one_thread():
        with training_bar(recipe.name, epochs, run.steps_per_epoch, quiet) as on_step:
            progress = fit(run, model, generator, resume, on_step)
        images, labels = data.test
        outcome = Outcome(correct(model, images, labels), len(images), progress.seconds)
        exported = export_model(model, images[:DIGITS], recipe.name)
    record = _record(run, data, outcome, exported)
    write_atomic(out / "model.onnx", exported.content)
    write_outputs(out / "digits.npz", x=images[:DIGITS], y=labels[:DIGITS], output=exported.outputs)
    write_atomic(out / "train.json", f"{json.dumps(record, indent=2)}\n".encode())
    return outcome


def _record(run: Run, data: DataSet, outcome: Outcome, exported: Exported) -> dict[str, Any]:
    recipe, key = run.recipe, run.key
    guesses = exported.outputs.argmax(1)
    return {
        "schema": 1,
        "recipe": recipe.name,
        "command": f"xnorflow train {recipe.name} --epochs {key.epochs} --seed {key.seed}"
        + data.option,
        "settings": {name: value for name, value in asdict(recipe).items() if name != "epochs"},
        "epochs": key.epochs,
        "seed": key.seed,
        "data": {
            "source": data.source,
            "train": _describe(*data.train),
            "test": _describe(*data.test),
        },
        "test": {
            "accuracy": outcome.correct / outcome.tested,
            "correct": outcome.correct,
            "images": outcome.tested,
            "engine": "PyTorch, last epoch, evaluated once",
        },
        "model": {
            "file": "model.onnx",
            "sha256": hashlib.sha256(exported.content).hexdigest(),
            "checked": f"qonnx's executor gives the model's logits, bit for bit, on the first "
            f"{len(guesses)} test images",
        },
        "digits": {
            "file": "digits.npz",
            "images": len(guesses),
            "correct": int((guesses == data.test[1][: len(guesses)]).sum()),
        },
        "training_seconds": round(outcome.seconds, 1),
        "threads": 1,
        "versions": {
            "xnorflow": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in _PACKAGES},
        },
    }


def _describe(images: Images, labels: Labels) -> dict[str, Any]:
    return {
        "images": len(images),
        "pixel_mean": round(float(images.mean()), 3),
        "sha256": _digest(images, labels),
    }


def _digest(images: Images, labels: Labels) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    digest.update(labels.astype("<i8").tobytes())
    return digest.hexdigest()
