# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The progress bar of a training run, on a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["training_bar"]


@contextmanager
def training_bar(
    name: str, epochs: int, steps_per_epoch: int, quiet: bool
) -> Iterator[Callable[[int, float], None]]:
    """A bar over all steps, on standard error; silent when quiet or not on a terminal.

    Yields:
        What to call after each step with the number of complete steps and the loss.
    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}  loss {task.fields[loss]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(
            name, total=epochs * steps_per_epoch, epoch=0, epochs=epochs, loss="-"
        )

        def on_step(steps: int, loss: float) -> None:
            if progress.tasks[0].completed == 0:  # a resumed run starts its clock where it goes on
                progress.reset(task, completed=steps - 1)
            epoch = (steps - 1) // steps_per_epoch + 1
            progress.update(task, completed=steps, epoch=epoch, loss=f"{loss:.3f}")

        yield on_step
