"""Those who judge an execution: the monitors of watched objects, and the invariants.

They are told what happens and look at what each step has led to. None of that is a step of the program; but what they
know and what they looked at decides what is recorded of a step, so it is noted.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.sandbox.looking import Look, look, noted
from treadle.vocabulary.trace import Place

if TYPE_CHECKING:
    from treadle.kernel.execution import Control

T = TypeVar("T")


@dataclass
class Failure:
    """An exception that ended a thread, or a judgement of the monitor, and where."""

    thread: int
    error: BaseException
    place: Place | None


class Judged(ABC):
    """The part of an execution that concerns those who judge it."""

    controls: list[Control]
    learning: bool
    dependencies: list[object]
    blind: bool
    own_calls: bool
    failures: list[Failure]

    def __init__(self) -> None:
        self.monitors: list[Any] = []
        self.invariants: list[Callable[[], object]] = []
        self.looks: list[tuple[object, Look]] = []
        """What monitors and invariants looked at after the last step."""

    @abstractmethod
    def inside(self, name: str) -> Any:
        """See `treadle.sandbox.runtime.Host`."""

    @abstractmethod
    def event(self, kind: str, obj: object, detail: object = "") -> None:
        """See `treadle.sandbox.runtime.Host`."""

    @abstractmethod
    def doubt(self, reason: str) -> None:
        """See `treadle.sandbox.runtime.Host`."""

    def watch(self, monitor: Any) -> None:
        """From now on the monitor is part of the state."""
        self.monitors.append(monitor)

    def invariant(self, holds: Callable[[], object]) -> None:
        """From now on `holds()` is evaluated after every step."""
        self.invariants.append(holds)

    def call_begins(self, call: Any) -> None:
        """The call begins, for its monitor, when its thread performs its first operation in it: what it did before
        nobody can notice, and the later it begins, the more calls have returned before it."""
        if not call.begun:
            call.begun = True
            self.event("call", call.monitor, str(call))
            self.follow(call.monitor, call.monitor.called, call)

    def follow(self, monitor: Any, happened: Callable[..., None], *arguments: object) -> None:
        """Tell a monitor what happened: the step depends on all that it knows, and on what it looks at."""
        if not self._notes(monitor):
            return happened(*arguments)
        self.dependencies.append(monitor)
        with noted(self.inside) as found:
            try:
                return happened(*arguments)
            finally:
                self.dependencies += found.objects
                self.blind |= found.blind

    def judge(self, index: int, started: int) -> None:
        """Have the monitors and invariants look at the state that the thread's step has led to, in which threads were
        started from that number on."""
        self.looks.clear()
        own = self.controls[index].thread.calls
        calls = [*own, *(call for control in self.controls[started:] for call in control.thread.calls)]
        for monitor in self.monitors:
            mine = next((call for call in own if call.monitor is monitor), None)
            entered = [call for call in calls if call.monitor is monitor and not call.begun]
            try:
                self._noting(monitor, functools.partial(monitor.stepped, mine, entered, self.call_begins))
            except Unfollowed as reason:
                self.doubt(str(reason))
            except Exception as violation:
                self.failures.append(Failure(index, violation, None))
        self._check_invariants(index)

    def _noting(self, judge: object, says: Callable[[], T]) -> T:
        """What a monitor or an invariant says, and a note of what it looked at."""
        if not self._notes(judge):
            return says()
        with noted(self.inside) as found:
            self.looks.append((judge, found))
            return says()

    def _notes(self, judge: object) -> bool:
        """Is it noted what they look at? Not for monitors that are told of all calls: there hardly any step is like
        another, and to note it costs more than it brings."""
        worth_it = self.own_calls or judge not in self.monitors
        self.blind |= not worth_it
        return self.learning and worth_it

    def _check_invariants(self, index: int) -> None:
        for holds in self.invariants:
            try:
                if self._noting(holds, functools.partial(look, holds)):
                    continue
                error = InvariantViolated(f"the invariant {describe_function(holds)} does not hold")
            except Exception as raised:
                said = f"{type(raised).__name__}: {raised}"
                error = InvariantViolated(f"the invariant {describe_function(holds)} raises {said}")
            self.failures.append(Failure(index, error, None))


class Unfollowed(Exception):  # noqa: N818 - no verdict, rather than an error
    """A monitor has given up."""


class InvariantViolated(Exception):  # noqa: N818 - a finding about the program
    """An invariant does not hold."""


def describe_function(function: Any) -> str:
    """Which function, and where it is."""
    code = getattr(function, "__code__", None)
    name = getattr(function, "__name__", "") or look(repr, function)
    return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else name
