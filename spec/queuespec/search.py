"""Explicit-state search of the model: every state once, breadth-first, so a counterexample is a shortest one.

The model is tiny; the real code is explored elsewhere. Search gives what induction cannot: exact sets of
reachable states, and whether a counterexample to induction can really occur.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from queuespec.system import System

Trace = list[tuple[str, Any]]


def reachable(system: System, initial: Iterable[Any], limit: int = 1_000_000) -> set[Any]:
    """The set of reachable states; raises ``OverflowError`` when there are more than ``limit``."""
    frontier = list(initial)
    seen = set(frontier)
    while frontier:
        frontier = [after for state in frontier for _, after in system.steps(state) if _new(after, seen)]
        if len(seen) > limit:
            raise OverflowError(f"more than {limit} states")
    return seen


def shortest(
    system: System, initial: Iterable[Any], bad: Callable[[Any], bool], limit: int = 1_000_000
) -> Trace | None:
    """A shortest trace to a state where ``bad`` holds, as (action, state) pairs from "initially"; or None.

    Nothing beyond a bad state is explored. Raises ``OverflowError`` when more than ``limit`` states are seen.

    >>> from queuespec import two_conditions as two
    >>> trace = shortest(two.SYSTEM, [two.initial(1, 1, 1)], lambda s: s.waiting_getters == 1)
    >>> [name for name, _ in trace]
    ['initially', 'get_enter']
    """
    frontier = list(dict.fromkeys(initial))
    origin: dict[Any, tuple[str, Any]] = dict.fromkeys(frontier, ("initially", None))
    while frontier:
        for state in frontier:
            if bad(state):
                return _trace(origin, state)
        following = []
        for state in frontier:
            for name, after in system.steps(state):
                if after not in origin:
                    origin[after] = (name, state)
                    following.append(after)
        if len(origin) > limit:
            raise OverflowError(f"more than {limit} states")
        frontier = following
    return None


def length(trace: Trace | None) -> int | None:
    """The number of steps of a trace (its first entry is the initial state); None for None."""
    return None if trace is None else len(trace) - 1


def _new(state: Any, seen: set[Any]) -> bool:
    if state in seen:
        return False
    seen.add(state)
    return True


def _trace(origin: dict[Any, tuple[str, Any]], state: Any) -> Trace:
    steps: Trace = []
    while state is not None:
        name, before = origin[state]
        steps.append((name, state))
        state = before
    return steps[::-1]
