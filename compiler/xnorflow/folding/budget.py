# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a board leaves for the accelerator, and by how much a design keeps within it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.hardware.resources import Resources

__all__ = ["Budget"]

_TITLES = {"lut": "LUT", "ff": "FF", "bram18": "BRAM18", "dsp": "DSP"}


@dataclass(frozen=True)
class Budget:
    """The resources that the accelerator may use: the board's, capped, less the shell."""

    limits: Resources

    @classmethod
    def of(cls, board: Board) -> Budget:
        """The board's budget."""
        left = {
            field.name: int(getattr(board.resources, field.name) * board.cap)
            - getattr(board.shell, field.name)
            for field in fields(Resources)
        }
        return cls(Resources(**left))

    def within(self, most: Resources | None) -> Budget:
        """The budget with no more of anything than ``most``."""
        if most is None:
            return self
        names = (field.name for field in fields(Resources))
        return Budget(
            Resources(*(min(getattr(self.limits, name), getattr(most, name)) for name in names))
        )

    def margins(self, used: Resources) -> dict[str, int]:
        """Resource -> what is left of it; negative where it does not suffice."""
        return {
            field.name: getattr(self.limits, field.name) - getattr(used, field.name)
            for field in fields(Resources)
        }

    def fits(self, used: Resources) -> bool:
        """Whether nothing is exceeded."""
        return min(self.margins(used).values()) >= 0

    def error(self, board: str, needs: Resources, hint: str) -> XnorflowError:
        """``over-budget``, naming each resource that does not suffice."""
        over = [
            f"{getattr(self.limits, name)} {_TITLES[name]}, not {getattr(needs, name)}"
            for name, margin in self.margins(needs).items()
            if margin < 0
        ]
        return XnorflowError(
            Diagnostic(
                "over-budget",
                f"the accelerator must keep to what {board} leaves beside the shell, at most "
                f"{' and '.join(over)}",
                hint,
            )
        )
