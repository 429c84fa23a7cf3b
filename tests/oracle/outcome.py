"""What one execution of a program ended in, and what the oracle found out about all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

Observation = Hashable


class Refused(BaseException):
    """The program is outside of what the oracle understands; an answer would be a guess.

    Not an `Exception`, so that the program under exploration cannot catch it by accident.
    """


@dataclass(frozen=True)
class Outcome:
    """How an execution ended.

    `deadlocked`: some non-daemon thread is unfinished and no thread can go on. `failures`: for each thread
    that an uncaught exception ended, its name and the name of the exception's type, sorted. `observation`:
    what `observe()` returned, in canonical form.
    """

    deadlocked: bool
    failures: tuple[tuple[str, str], ...]
    observation: Observation

    @property
    def verdict(self) -> str:
        """`ok`, `assertion`, `exception` or `deadlock`; a failure takes precedence over a deadlock."""
        if self.failures:
            return "assertion" if all(kind == "AssertionError" for _, kind in self.failures) else "exception"
        return "deadlock" if self.deadlocked else "ok"

    def without_names(self) -> Outcome:
        """The same outcome without the names of the threads, for checkers that treat threads alike."""
        return Outcome(self.deadlocked, tuple(sorted(("", kind) for _, kind in self.failures)), self.observation)


@dataclass(frozen=True)
class OracleResult:
    """All outcomes of a program.

    `executions` ended; `pruned` were given up because sleep sets proved them redundant; `complete` says that
    no bound was hit. `witnesses` holds, for each outcome, the steps of the first execution that ended in it.
    """

    outcomes: frozenset[Outcome]
    executions: int
    pruned: int
    complete: bool
    witnesses: Mapping[Outcome, tuple[str, ...]]

    @property
    def observations(self) -> frozenset[Observation]:
        """What `observe()` returned in some execution."""
        return frozenset(outcome.observation for outcome in self.outcomes)

    @property
    def verdicts(self) -> frozenset[str]:
        """The verdicts of all outcomes."""
        return frozenset(outcome.verdict for outcome in self.outcomes)


def canonical(value: Any) -> Observation:
    """A hashable stand-in for a plain value: equal exactly for equal values of the same types."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return (
            value
            if isinstance(value, (int, str, type(None))) and not isinstance(value, bool)
            else (type(value).__name__, value)
        )
    if isinstance(value, tuple):
        return tuple(canonical(item) for item in value)
    if isinstance(value, (list, deque)):
        return (type(value).__name__, *(canonical(item) for item in value))
    if isinstance(value, dict):
        return ("dict", *((canonical(key), canonical(item)) for key, item in value.items()))
    if isinstance(value, (set, frozenset)):
        return ("set", frozenset(canonical(item) for item in value))
    raise Refused(f"observe() returned a {type(value).__name__}; plain values only")
