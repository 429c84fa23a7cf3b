"""One schedule, replayed on the real code, with a trace of what each step did.

The choices of an exploration are replayed exactly. A schedule from a file names threads and operations instead; which
accesses were scheduling points when it was recorded is read off the operations that it mentions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from treadle.kernel.execution import CLOCK, TICK, Control, Diverged, Execution, Touch
from treadle.kernel.execution import Choice as Step
from treadle.kernel.naming import Naming, value_at
from treadle.kernel.places import place_of
from treadle.kernel.shapes import Shapes
from treadle.kernel.visible import Visible
from treadle.sandbox.importer import Sandbox
from treadle.sandbox.primitives import Acquire, Release, Return, TryAcquire, Wait
from treadle.sandbox.threads import Finish, Join, Thread
from treadle.vocabulary.operation import GO, Operation, Primitive
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.trace import CLOCK as CLOCK_NAME
from treadle.vocabulary.trace import Choice, Effect, Event, Place, Standing


class Tracer:
    """Collects what happens in each step."""

    def __init__(self) -> None:
        self.naming: Naming
        self.execution: Execution
        self.acting: Thread | None = None
        """The thread that makes the step; what another one does in it, it does because it was just started."""
        self.effects: list[Effect] = []
        self._written: list[tuple[int, object, Any]] = []
        """The writes among the effects: what they have written is there when the step is over."""

    def event(self, kind: str, obj: Any, detail: object) -> None:
        """Something happened to a primitive, a thread or a watched object."""
        text = self.naming.thread(detail) if isinstance(detail, Thread) else str(detail)
        if kind == "call":
            self._note("call", text)
        elif kind == "return":
            call, _, result = text.partition(" ")
            self._note("return", call, result.removeprefix("return "))
        elif kind == "raise":
            name, _, message = text.partition(": ")
            self._note("raise", name, message)
        else:
            self._note(kind, "" if kind == "finish" else self.naming.name(obj), text)

    def performed(self, operation: Operation, alternative: str) -> None:
        """An operation was performed."""
        if alternative not in (GO, "waiter 1") and not isinstance(operation, Touch):
            self._note(alternative, self.naming.action(operation))

    def touched(self, obj: object, location: Any, write: bool, visible: bool) -> None:
        """Data that was there before the threads was read or written; that an attribute is read says little, unless
        that was a scheduling point."""
        attribute = isinstance(location, tuple) and location[0] == "."
        if isinstance(obj, Primitive) or (attribute and not write and not visible):
            return
        name = self.naming.location(obj, location)
        if not (write or visible or self.naming.knows(obj)):
            return
        self._note("write", name) if write else self._note("read", name, value_at(obj, location))
        if write and self.effects[-1].kind == "write":
            self._written.append((len(self.effects) - 1, obj, location))

    def over(self) -> tuple[Effect, ...]:
        """The step is over: its effects."""
        for index, obj, location in self._written:
            self.effects[index] = replace(self.effects[index], detail=value_at(obj, location))
        effects = tuple(self.effects)
        self.effects.clear()
        self._written.clear()
        return effects

    def _note(self, kind: str, name: str = "", detail: str = "") -> None:
        thread = self.execution.thread
        effect = Effect(kind, name, detail, "" if thread is self.acting else self.naming.thread(thread))
        if not self.effects or self.effects[-1] != effect:
            self.effects.append(effect)


class Replay:
    """An execution under a schedule, with its trace so far."""

    def __init__(self, sandbox: Sandbox, program: Program, options: Options, visible: Visible) -> None:
        self.tracer = Tracer()
        self.execution = self.tracer.execution = Execution(sandbox, program, options, Shapes(), visible, self.tracer)
        self.naming = self.tracer.naming = Naming(self.execution)
        self.tracer.acting = self.execution.main
        self.trace: list[Event] = []
        self.schedule: list[Choice] = []
        self.execution.begin()
        self._note(Choice("main", "begin"), None)

    def step(self, step: Step) -> None:
        """Make one step and note it."""
        self.make(step, self.choice(step))

    def make(self, step: Step, choice: Choice) -> None:
        """Make one step, noted as `choice`."""
        place = None
        if step[0] != CLOCK:
            place = self._place(self.execution.controls[step[0]])
            self.tracer.acting = self.execution.controls[step[0]].thread
        self.execution.step(step)
        self.schedule.append(choice)
        self._note(choice, place)

    def choice(self, step: Step) -> Choice:
        """The step in words."""
        if step[0] == CLOCK:
            return Choice(CLOCK_NAME, TICK)
        control = self.execution.controls[step[0]]
        return Choice(self.naming.threads()[step[0]], self.naming.operation(control), step[1])

    def _note(self, choice: Choice, place: Place | None) -> None:
        state = "; ".join(monitor.shown() for monitor in self.execution.monitors)
        self.trace.append(Event(len(self.trace), choice, place, self.tracer.over(), state))

    def _place(self, control: Control) -> Place | None:
        return place_of(control.greenlet.gr_frame) if control.live else None

    def ending(self) -> list[Standing]:
        """Where each thread stands now."""
        standings = []
        for index, (control, name) in enumerate(zip(self.execution.controls, self.naming.threads(), strict=True)):
            operation = self.naming.operation(control)
            enabled = bool(control.live and self.execution.alternatives(index))
            call = str(control.thread.calls[-1]) if control.thread.calls else ""
            blocked = control.live and not enabled
            standings.append(
                Standing(
                    name,
                    operation,
                    enabled,
                    not control.live,
                    bool(control.thread._daemon),
                    self._place(control),
                    call,
                    self._waits_for(control) if blocked else "",
                )
            )
        return standings

    def _waits_for(self, control: Control) -> str:
        """Who could let the thread go on: the holder of the lock, or nobody in particular."""
        operation = control.pending
        holder = None
        if isinstance(operation, (Acquire, TryAcquire)):
            holder = operation.mutex._owner
        elif isinstance(operation, (Wait, Return)) and (isinstance(operation, Return) or operation.waiter.notified):
            holder = operation.condition._lock._owner
        elif isinstance(operation, Join):
            holder = operation.thread
        return self.naming.thread(holder) if holder is not None else ""

    def close(self) -> None:
        """End the execution."""
        self.execution.kill()


class _Everything(frozenset[Any]):
    """Contains everything: each access is a scheduling point, each aspect is observed."""

    def __contains__(self, item: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


def replay_words(sandbox: Sandbox, program: Program, options: Options, choices: Sequence[Choice]) -> tuple[Replay, str]:
    """Replay a schedule in words. Returns the replay, and what was not possible (empty: nothing)."""
    words = {choice.operation for choice in choices}
    fine = any(word.split(" ")[0] in ("read", "write", "release", "finish") for word in words)
    visible = Visible(_Everything(), _Everything()) if fine else Visible()
    replay = Replay(sandbox, program, options, visible)
    execution, naming = replay.execution, replay.naming

    def settle() -> None:
        """Let threads pass the points that were none when the schedule was recorded."""
        moved = True
        while moved and execution.stuck is None:
            moved = False
            for index, control in enumerate(execution.controls):
                operation = control.pending
                if isinstance(operation, (Touch, Release, Finish)) and naming.operation(control) not in words:
                    execution.step((index, GO))
                    moved = True

    settle()
    for number, choice in enumerate(choices, 1):
        step = _find(replay, choice)
        if isinstance(step, str):
            return replay, f"choice {number}, {choice.thread}: {choice.operation}, was not possible: {step}"
        try:
            replay.make(step, choice)
        except Diverged as diverged:
            return replay, f"choice {number}, {choice.thread}: {choice.operation}, was not possible: {diverged}"
        settle()
    return replay, ""


def _find(replay: Replay, choice: Choice) -> Step | str:
    """The step that the choice means, or why there is none."""
    if choice.thread == CLOCK_NAME:
        return (CLOCK, TICK)
    names = replay.naming.threads()
    if choice.thread not in names:
        return f"there is no thread {choice.thread!r}"
    index = names.index(choice.thread)
    control = replay.execution.controls[index]
    operation = replay.naming.operation(control)
    if operation != choice.operation:
        return f"the thread was about to {operation!r}"
    alternatives = replay.execution.alternatives(index)
    if choice.alternative not in alternatives:
        return f"it can go on by {', '.join(alternatives)}" if alternatives else "it was blocked"
    return (index, choice.alternative)
