"""Every schedule of a program: depth-first over the choices, each execution performed from the beginning.

No state is kept, compared or merged. Sleep sets (Godefroid, Partial-Order Methods for the Verification of
Concurrent Systems, LNCS 1032, 1996, chapter 5) are an option: after a step has been explored from some state,
it need not be explored again after steps from that same state that are independent of it. They lose no final
state.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, Literal

from oracle.execution import Execution, Transition
from oracle.footprints import Footprint, dependent, writes
from oracle.outcome import OracleResult, Outcome, Refused
from oracle.points import Module

Granularity = Literal["opcode", "access"]
Sleep = dict[tuple[int, str], Footprint]


class Node:
    """A choice on the current schedule: the transitions, those still to be explored, and those asleep."""

    __slots__ = ("sleep", "todo", "transitions")

    def __init__(self, transitions: list[Transition], sleep: Sleep) -> None:
        self.transitions = transitions
        self.sleep = sleep
        self.todo = [index for index, one in enumerate(transitions) if one[:2] not in sleep]
        self.todo.reverse()

    @property
    def taken(self) -> int:
        """The transition on the current schedule."""
        return self.todo[-1]


class Search:
    """The exploration of all schedules of one module."""

    def __init__(self, module: Module, name: str, *, sleep_sets: bool, spurious: bool, max_steps: int) -> None:
        self.module = module
        self.name = name
        self.sleep_sets = sleep_sets
        self.spurious = spurious
        self.max_steps = max_steps
        self.path: list[Node] = []
        self.depth = 0
        self.executions = 0
        self.pruned = 0
        self.cut = False
        self.witnesses: dict[Outcome, tuple[str, ...]] = {}
        self.late: set[str] = set()

    def run(self, max_executions: int) -> bool:
        """Explore; False if the bound on executions was hit."""
        while self.executions + self.pruned < max_executions:
            self._execute()
            if self.late - self.module.stored:
                return False
            if not self._backtrack():
                return not self.cut
        return False

    def _execute(self) -> None:
        self.depth = 0
        execution = Execution(self.module, self.name, self._choose, self.spurious, self.max_steps)
        outcome = execution.run()
        self.late |= execution.late
        self.cut |= execution.cut
        if outcome is None:
            self.pruned += 1
            return
        self.executions += 1
        if outcome not in self.witnesses:
            names = {thread.index: thread.name for thread in execution.threads}
            self.witnesses[outcome] = tuple(f"{names[i]}: {label} ({way})" for i, way, label in execution.steps)

    def _choose(self, transitions: list[Transition]) -> int | None:
        """Follow the current path; beyond its end, take the first transition that is not asleep."""
        if self.depth < len(self.path):
            node = self.path[self.depth]
            if node.transitions != transitions:
                raise Refused("the same schedule led elsewhere: the program is not deterministic")
        else:
            node = Node(transitions, self._sleeping())
            if not node.todo:
                return None
            self.path.append(node)
        self.depth += 1
        return node.taken

    def _sleeping(self) -> Sleep:
        if not self.sleep_sets or not self.path:
            return {}
        parent = self.path[-1]
        step = _step(parent.transitions[parent.taken])
        return {key: footprint for key, footprint in parent.sleep.items() if not dependent(footprint, step)}

    def _backtrack(self) -> bool:
        """Move on to the next path; False if there is none."""
        while self.path:
            node = self.path[-1]
            done = node.transitions[node.todo.pop()]
            if self.sleep_sets:
                node.sleep[done[:2]] = _step(done)
            if node.todo:
                return True
            self.path.pop()
        return False


def _step(transition: Transition) -> Footprint:
    """What a step touches: what its operation touches, and its own thread."""
    index, _, footprint, _ = transition
    return footprint | writes(("thread", index))


def explore(
    program: str | Callable[[], Any],
    *,
    granularity: Granularity = "access",
    max_executions: int = 100_000,
    sleep_sets: bool = False,
    spurious: bool = False,
    max_steps: int = 2_000,
) -> OracleResult:
    """All outcomes of a program, under every schedule.

    `program` is the text of a module with the functions `program()` and `observe()`, or a function of such a
    module. `granularity` says where threads may be switched (see `oracle.points`). Where `max_executions`
    (pruned ones included) or `max_steps` (of one execution) is hit, the result is not complete.

    Raises:
        Refused: the program uses what the oracle does not know, or is not deterministic.
    """
    name = "program"
    if not isinstance(program, str):
        name = program.__name__
        program = inspect.getsource(sys.modules[program.__module__])
    written: frozenset[str] = frozenset()
    while True:
        module = Module(program, granularity, written)
        search = Search(module, name, sleep_sets=sleep_sets, spurious=spurious, max_steps=max_steps)
        complete = search.run(max_executions)
        if not search.late - module.stored:
            break
        written |= search.late
    outcomes = frozenset(search.witnesses)
    return OracleResult(outcomes, search.executions, search.pruned, complete, search.witnesses)
