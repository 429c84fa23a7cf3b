"""The instruction that a thread is about to carry out: what it announces, and how often others may go first.

An instruction can touch several objects, and some of these may be scheduling points. Which objects they are depends on
what others leave behind at the points before: a list may hold another list by then. So after each point the instruction
announces everything anew, and stops at the next point that it has not yet had. Thus the thread goes on by what it
finds, and not by what it once found and nobody can see.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from treadle.sandbox.hooks import ANNOUNCING


@dataclass(slots=True)
class Instruction:
    """What is known of the running instruction, if any access is a scheduling point."""

    hook: FrameType | None = None
    """The frame of the hook that announces its accesses: one for each instruction."""
    points: int = 0
    """How many scheduling points it has had."""
    late: int = 0
    """How many of them (none or the first) were for a late access."""
    passing: int = 0
    """How many of the others come once more, and are no points now."""
    announced: bool = False
    """Has it announced everything anew? What it still announces is what it had found before."""
    touched: dict[tuple[int, Hashable, bool], object] = field(default_factory=dict)
    """What it has announced: the objects, by their identity and how they are touched."""

    def under(self, hook: FrameType) -> Instruction:
        """The instruction whose accesses are announced in that frame."""
        return self if self.hook is hook else Instruction(hook)

    def passes(self) -> bool:
        """Does it come once more to a point that it has had?"""
        if self.passing:
            self.passing -= 1
            return True
        return False

    def tells(self, obj: object, location: Hashable, write: bool) -> bool:
        """It touches that. Was this not known yet?"""
        key = id(obj), location, write
        known = bool(self.points) and key in self.touched
        self.touched[key] = obj
        return not known

    def interrupted(self, late: bool) -> Callable[[], object] | None:
        """Others have gone first. How it announces everything anew; None if what it has announced still stands."""
        self.points += 1
        self.late += late
        assert self.hook is not None
        announce = ANNOUNCING.get(self.hook.f_code)
        if announce is None:
            return None
        self.passing = self.points - self.late
        values = inspect.getargvalues(self.hook)
        operands: list[Any] = [values.locals[name] for name in values.args]
        operands += values.locals[values.varargs] if values.varargs else ()
        return lambda: announce(*operands)
