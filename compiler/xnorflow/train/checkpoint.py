# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The state of a training run between two epochs, in a file that is not trusted."""

from __future__ import annotations

import io
import pickle
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import write_atomic

__all__ = ["CHECKPOINT_FILE", "Progress", "RunKey", "load", "save"]

CHECKPOINT_FILE = "checkpoint.pt"
_MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class RunKey:
    """What must be the same for one run to go on where another stopped.

    Attributes:
        recipe: everything that the recipe says, as text.
        epochs: of the whole run; the learning rate's decay depends on it.
        seed: of the whole run.
        data_sha256: of the training images and labels.
    """

    recipe: str
    epochs: int
    seed: int
    data_sha256: str


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        epochs: that are complete.
        seconds: spent training so far.
    """

    epochs: int = 0
    seconds: float = 0.0


def save(
    path: Path,
    key: RunKey,
    progress: Progress,
    model: nn.Module,
    optimizer: torch.optim.Adam,
    generator: torch.Generator,
) -> None:
    """Write the checkpoint in one step.

    Raises:
        XnorflowError: ``not-writable``.
    """
    buffer = io.BytesIO()
    content = {"key": asdict(key), "progress": asdict(progress)}
    torch.save({**content, "tensors": _tensors(model, optimizer, generator)}, buffer)
    write_atomic(path, buffer.getvalue())


def load(
    path: Path,
    key: RunKey,
    model: nn.Module,
    optimizer: torch.optim.Adam,
    generator: torch.Generator,
) -> Progress:
    """Put model, optimizer and generator into the state that the file holds.

    Raises:
        XnorflowError: ``checkpoint-missing``; ``checkpoint-damaged``; ``checkpoint-other-run``: it
            was made with another recipe, number of epochs, seed or training set.
    """
    content = _read(path)
    try:
        found, progress = RunKey(**content["key"]), Progress(**content["progress"])
        tensors = dict(content["tensors"])
        _check_key(path, found, key)
        if type(progress.epochs) is not int or not 0 < progress.epochs <= key.epochs:
            raise ValueError(f"{progress.epochs} of {key.epochs} epochs done")
        if type(progress.seconds) is not float or not 0 <= progress.seconds < float("inf"):
            raise ValueError(f"{progress.seconds} seconds spent")
        _restore(tensors, model, optimizer, generator)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    return progress


def _read(path: Path) -> Any:
    if not path.is_file():
        raise XnorflowError(
            Diagnostic(
                "checkpoint-missing",
                f"the output folder must hold {path.name} to resume, not lack it",
                "leave out --resume to train from the start, or name the folder of the first run",
                Origin(file=str(path.parent)),
            )
        )
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise _damaged(path, f"more than {_MAX_BYTES} bytes")
        return torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        RuntimeError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ) as error:
        reason = str(error).strip().partition("\n")[0]
        raise _damaged(path, f"{type(error).__name__}: {reason}") from error


def _check_key(path: Path, found: RunKey, wanted: RunKey) -> None:
    for name, value in asdict(wanted).items():
        other = getattr(found, name)
        if other != value:
            raise XnorflowError(
                Diagnostic(
                    "checkpoint-other-run",
                    f"the checkpoint's {name} must be {value}, not {other}",
                    "resume with the options of the first run, or leave out --resume",
                    Origin(file=str(path)),
                )
            )


def _tensors(
    model: nn.Module, optimizer: torch.optim.Adam, generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """Everything that changes from step to step, by name."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": value for name, value in state.items()}
    return {**tensors, "generator": generator.get_state()}


def _restore(
    tensors: dict[str, torch.Tensor],
    model: nn.Module,
    optimizer: torch.optim.Adam,
    generator: torch.Generator,
) -> None:
    """The inverse of ``_tensors``, after a look at names, shapes and values."""
    moments = {}
    for index, parameter in enumerate(model.parameters()):
        like = {"step": torch.tensor(0.0), "exp_avg": parameter, "exp_avg_sq": parameter}
        moments[index] = {
            name: _checked(tensors, f"adam.{index}.{name}", shape) for name, shape in like.items()
        }
    state = {
        name: _checked(tensors, f"model.{name}", value)
        for name, value in model.state_dict().items()
    }
    generator.set_state(_checked(tensors, "generator", generator.get_state()))
    model.load_state_dict(state)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _checked(tensors: dict[str, torch.Tensor], name: str, like: torch.Tensor) -> torch.Tensor:
    value = tensors[name]
    if value.shape != like.shape or value.dtype != like.dtype:
        raise ValueError(f"{name} is {value.dtype} {tuple(value.shape)}")
    if not torch.isfinite(value).all():
        raise ValueError(f"{name} is not finite")
    return value


def _damaged(path: Path, reason: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "checkpoint-damaged",
            f"the checkpoint must be complete, not fail with: {reason}",
            "leave out --resume to train from the start",
            Origin(file=str(path)),
        )
    )
