"""The counterexample of a broken model and that of the broken code are one: they correspond step by step.

Both ways. *The code follows the model*: some schedule of the real code goes through exactly the states of the model's
shortest counterexample, in their order. *The model explains the code*: each step of the code's own shortest
counterexample is an action of the broken model, or changes nothing that the model sees, and it ends where the model
says that something is wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from queueproof import abstractions
from queueproof.bridge import Mismatch, whole_sections
from queueproof.extraction import Extracted, Size, Step, extract
from queueproof.unbounded.theorem import Finding
from queueproof.unbounded.theorems import rules
from queuespec import one_condition, two_conditions
from queuespec.search import Trace, length, shortest
from queuespec.system import System

Abstraction = Callable[[Extracted, int], Any]
Initial = Callable[[int, int, int], Any]


@dataclass(frozen=True)
class Followed:
    """A schedule of the code beside a run of the model: the steps of the code, and what each is there."""

    steps: tuple[Step, ...]
    told: tuple[str, ...]
    """For each step the action; empty for a stutter."""
    states: tuple[Any, ...]
    """The model's states, one more than there are actions."""


@dataclass(frozen=True)
class Corresponds:
    """One rule that is broken in a class and in a model, in the smallest configuration that shows it."""

    rule: str
    kind: str
    size: Size
    system: System
    bad: Callable[[Any], bool]
    initial: Initial = two_conditions.initial
    abstraction: Abstraction = abstractions.in_counters
    program: str = "loop"
    engine: str = field(default="treadle, search", init=False)

    @property
    def name(self) -> str:
        """What is shown."""
        return f"{self.rule}: {self.kind.rpartition('.')[2]} and the model, {self.size}"

    def start(self) -> Any:
        """The state in which the model begins."""
        return self.initial(self.size.capacity, self.size.putters, self.size.getters)

    def model(self) -> Trace:
        """The model's shortest counterexample. Raises `LookupError` if there is none."""
        trace = shortest(self.system, [self.start()], self.bad)
        if trace is None:
            raise LookupError(f"{self.system.name}: nothing goes wrong with {self.size}")
        return trace

    def extracted(self) -> Extracted:
        """All that the code does."""
        return extract(self.kind, self.size, program=self.program)

    def check(self) -> Finding:
        """Show it."""
        extracted, model = self.extracted(), self.model()
        followed = self.follow(extracted, model)
        if followed is None:
            return Finding(False, states=len(extracted.states), detail="no schedule of the code follows the model")
        try:
            explained = self.explain(extracted)
        except Mismatch as mismatch:
            return Finding(False, states=len(extracted.states), detail=str(mismatch))
        if explained is None:
            return Finding(False, states=len(extracted.states), detail="the code never does what the model does wrong")
        actions = [told for told in explained.told if told]
        if len(actions) != length(model):
            return Finding(False, states=len(extracted.states), detail=f"code and model differ: {actions}")
        return Finding(True, states=len(extracted.states), detail=" -> ".join(name for name, _ in model[1:]))

    def follow(self, extracted: Extracted, model: Trace) -> Followed | None:
        """A shortest schedule of the code that goes through the model's states, in their order."""
        wanted = [state for _, state in model]

        def goes_on(step: Step, at: int) -> int | None:
            if at + 1 < len(wanted) and self._is(extracted, step, wanted[at], wanted[at + 1]):
                return at + 1
            failed = (step.before, step.choice) in extracted.failed
            return at if not failed and self.abstraction(extracted, step.after) == wanted[at] else None

        if self.abstraction(extracted, 0) != wanted[0]:
            return None
        found = _search(extracted, goes_on, len(wanted) - 1)
        if found is None:
            return None
        told = tuple(model[after][0] if after > before else "" for _, before, after in found)
        return Followed(tuple(step for step, _, _ in found), told, tuple(wanted))

    def explain(self, extracted: Extracted) -> Followed | None:
        """The code's shortest counterexample as a run of the model. Raises `Mismatch` for a step that is none."""
        goal = _search(extracted, lambda step, at: 1 if at or self._wrong(extracted, step) else 0, 1)
        if goal is None:
            return None
        told, states = [], [self.abstraction(extracted, 0)]
        for step, _, _ in goal:
            action, state = self._explained(extracted, step, states[-1])
            told.append(action)
            states += [state] if action else []
        return Followed(tuple(step for step, _, _ in goal), tuple(told), tuple(states))

    def _wrong(self, extracted: Extracted, step: Step) -> bool:
        failed = (step.before, step.choice) in extracted.failed
        return failed or bool(self.bad(self.abstraction(extracted, step.after)))

    def _is(self, extracted: Extracted, step: Step, before: Any, after: Any) -> bool:
        """Does the step lead from one of these states of the model to the other?"""
        if self.abstraction(extracted, step.before) != before:
            return False
        if (step.before, step.choice) in extracted.failed:  # what raises in the code is out of bounds in the model
            return bool(self.bad(after))
        return bool(self.abstraction(extracted, step.after) == after)

    def _explained(self, extracted: Extracted, step: Step, state: Any) -> tuple[str, Any]:
        after = self.abstraction(extracted, step.after)
        failed = (step.before, step.choice) in extracted.failed
        if not failed and after == state:
            return "", state
        part = "" if step.stand is None else {"putter": "put", "getter": "get"}[step.stand.part]
        for name, reached in self.system.steps(state):
            if name.startswith(part) and (self.bad(reached) if failed else reached == after):
                return name, reached
        raise Mismatch(extracted, step, f"no action of the model leads from {state} to {after}")


def _search(
    extracted: Extracted, goes_on: Callable[[Step, int], int | None], goal: int
) -> list[tuple[Step, int, int]] | None:
    """A shortest schedule along which a number, 0 at first, comes to the goal: each step, the number around it."""
    following: dict[int, list[Step]] = {}
    for step in whole_sections(extracted):
        following.setdefault(step.before, []).append(step)
    origin: dict[tuple[int, int], tuple[tuple[int, int], Step] | None] = {(0, 0): None}
    frontier = deque(origin)
    while frontier:
        here = frontier.popleft()
        if here[1] == goal:
            found: list[tuple[Step, int, int]] = []
            back = origin[here]
            while back is not None:
                found.append((back[1], back[0][1], here[1]))
                here = back[0]
                back = origin[here]
            return found[::-1]
        for step in following.get(here[0], ()):
            at = goes_on(step, here[1])
            if at is not None and (step.after, at) not in origin:
                origin[step.after, at] = (here, step)
                frontier.append((step.after, at))
    return None


Code = tuple[str, str, Abstraction]

SAY_ENOUGH = {
    "if-in-get": "if_instead_of_while.IfInsteadOfWhileInGetQueue",
    "if-in-put": "if_instead_of_while.IfInsteadOfWhileInPutQueue",
    "put-never-notifies": "notify_forgotten.PutForgetsNotifyQueue",
    "get-never-notifies": "notify_forgotten.GetForgetsNotifyQueue",
    "wrong-condition": "wrong_condition_notified.WrongConditionNotifiedQueue",
    "notify-on-edge": "notify_only_on_empty_to_nonempty.EdgeNotifyQueue",
}
"""The classes in `boundedqueue.broken` of which the counters say enough."""

CODE: dict[str, Code] = {
    **{rule: (f"broken.{kind}", "loop", abstractions.in_counters) for rule, kind in SAY_ENOUGH.items()},
    "timeout-without-look": (
        "broken.timed_out_waiter_leaves_without_recheck.TimedOutWaiterLeavesQueue",
        "impatient_loop",
        abstractions.in_counters,
    ),
    "check-and-sleep-apart": (
        "broken.check_and_wait_not_atomic.CheckAndWaitNotAtomicQueue",
        "loop",
        abstractions.gapped,
    ),
    "no-lock": ("naive.NaiveQueue", "loop", abstractions.polled),
    "look-before-lock": ("broken.size_read_outside_lock.SizeReadOutsideLockQueue", "loop", abstractions.looked),
    "notify-before-change": (
        "broken.notify_before_change_without_lock.NotifyBeforeChangeQueue",
        "loop",
        abstractions.announced,
    ),
    "item-before-look": (
        "broken.item_taken_before_check.ItemTakenBeforeCheckQueue",
        "insisting_loop",
        abstractions.mislaid,
    ),
    "shutdown-forgets-getters": (
        "broken.shutdown_forgets_getters.ShutdownForgetsGettersQueue",
        "shut_loop",
        abstractions.closable,
    ),
    "count-without-lock": (
        "broken.task_done_lost_update.TaskDoneLostUpdateQueue",
        "finishing",
        abstractions.split,
    ),
}
"""The class that breaks the rule that a variant of the model breaks, the program that shows it, and how it is read."""


def pairs() -> list[Corresponds]:
    """Every rule that is broken, in a class and in a model."""
    found = []
    for variant in rules.VARIANTS:
        capacity, putters, getters = variant.configuration
        kind, program, abstraction = CODE[variant.name]
        size = Size(putters, getters, capacity)
        found.append(
            Corresponds(
                variant.name, kind, size, variant.system, variant.goes_wrong, variant.initial, abstraction, program
            )
        )
    shared = Corresponds(
        "one-condition",
        "broken.one_condition.OneConditionQueue",
        Size(1, 2, 1),
        one_condition.SYSTEM,
        one_condition.deadlock,
        one_condition.initial,
        abstractions.shared,
    )
    return [*found, shared]
