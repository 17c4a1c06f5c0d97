# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: the whole data set in memory, one thread, one checkpoint an epoch."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from xnorflow.train import checkpoint
from xnorflow.train.checkpoint import Progress, RunKey
from xnorflow.train.datasets import Images, Labels
from xnorflow.train.recipe import Recipe

__all__ = ["OnStep", "Run", "correct", "fit", "one_thread"]

_LOG = logging.getLogger(__name__)
_EVALUATION_BATCH = 2000

OnStep = Callable[[int, float], None]
"""Called after each step with the number of complete steps and the loss."""


@dataclass(frozen=True, eq=False)
class Run:
    """One training run.

    Attributes:
        recipe: the settings.
        key: what a checkpoint must match.
        images: uint8 [n, 1, side, side].
        labels: int64 [n].
        checkpoint: where its state is kept.
    """

    recipe: Recipe
    key: RunKey
    images: Images
    labels: Labels
    checkpoint: Path

    @property
    def batch(self) -> int:
        """Images a step; a remainder is left out, another one each epoch."""
        return min(self.recipe.batch, len(self.images))

    @property
    def steps_per_epoch(self) -> int:
        """Steps an epoch."""
        return len(self.images) // self.batch

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.key.epochs * self.steps_per_epoch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run PyTorch on one thread.

    Matrices this small gain nothing from more threads (and lose much on a busy machine), and
    sums in one order give the same weights whatever the machine's core count.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def fit(
    run: Run, model: nn.Module, generator: torch.Generator, resume: bool, on_step: OnStep
) -> Progress:
    """Train the model in place, to the last epoch.

    Args:
        run: settings and data.
        model: trained in place.
        generator: draws every random choice.
        resume: go on from the checkpoint.
        on_step: told of every step.

    Raises:
        XnorflowError: the checkpoint cannot be used or written.
        KeyboardInterrupt: on Ctrl-C; the last complete epoch is in the checkpoint.
    """
    optimizer = torch.optim.Adam(model.parameters())
    progress = Progress()
    if resume:
        progress = checkpoint.load(run.checkpoint, run.key, model, optimizer, generator)
        _LOG.info("resuming after epoch %d of %d", progress.epochs, run.key.epochs)
    batches = _Batches(run, generator)
    model.train()
    for epoch in range(progress.epochs, run.key.epochs):
        start = time.perf_counter()
        first = epoch * run.steps_per_epoch
        for step, (x, y) in enumerate(batches.epoch(), start=first):
            _set_rate(optimizer, run, step)
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            on_step(step + 1, loss.item())
        progress = Progress(epoch + 1, progress.seconds + time.perf_counter() - start)
        checkpoint.save(run.checkpoint, run.key, progress, model, optimizer, generator)
    return progress


def correct(model: nn.Module, images: Images, labels: Labels) -> int:
    """How many images the model, in evaluation mode, puts into their class."""
    model.eval()
    hits = 0
    with torch.no_grad():
        for start in range(0, len(images), _EVALUATION_BATCH):
            part = slice(start, start + _EVALUATION_BATCH)
            logits = model(torch.tensor(images[part], dtype=torch.float32))
            hits += int((logits.argmax(1) == torch.tensor(labels[part])).sum())
    return hits


def _set_rate(optimizer: torch.optim.Adam, run: Run, step: int) -> None:
    """Cosine decay to zero."""
    rate = run.recipe.learning_rate * (1 + math.cos(math.pi * step / run.steps)) / 2
    for group in optimizer.param_groups:
        group["lr"] = rate


class _Batches:
    """Random batches of randomly moved images."""

    def __init__(self, run: Run, generator: torch.Generator) -> None:
        pixels = torch.tensor(run.images[:, 0])
        padded = nn.functional.pad(pixels, (1, 1, 1, 1))
        height, width = pixels.shape[1:]
        self._moved = padded.unfold(1, height, 1).unfold(2, width, 1)
        """A view [n, 3, 3, side, side]: every image moved by -1, 0 and +1 along each axis."""
        self._labels = torch.tensor(run.labels)
        self._run = run
        self._generator = generator

    def epoch(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Pixels float32 [batch, 1, side, side] and labels int64 [batch] of every step."""
        order = torch.randperm(len(self._labels), generator=self._generator)
        batch = self._run.batch
        for step in range(self._run.steps_per_epoch):
            rows = order[step * batch : (step + 1) * batch]
            down, right = self._moves(batch)
            yield self._moved[rows, down, right][:, None].float(), self._labels[rows]

    def _moves(self, count: int) -> torch.Tensor:
        """int64 [2, count]: 0, 1 or 2 along each axis, 1 is unmoved."""
        moves = torch.randint(0, 3, (2, count), generator=self._generator)
        chosen = torch.rand((2, count), generator=self._generator) < self._run.recipe.shift_share
        return torch.where(chosen, moves, 1)
