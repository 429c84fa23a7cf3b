"""Run a Python function on *all* integers at once: one symbolic run for each path through its branches.

An integer is a term of Z3; a comparison yields a condition; asking a condition for its truth value is a
branch, and ``explore`` takes each feasible side in turn (King, "Symbolic execution and program testing",
1976). Only loop-free integer code is understood; whatever else is tried with a symbolic integer raises
TypeError, it never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import z3

Term = Any  # a term of Z3, which ships no types
EFFORT = 100_000_000  # in units of Z3, about twenty seconds; unlike seconds the same on every machine


class UndecidedError(RuntimeError):
    """The solver gave up on a question: nothing is proved."""


@dataclass(frozen=True)
class Decision:
    """One branch of a path: the condition, the side taken, and whether the other side is still open."""

    condition: Term
    side: bool
    other: bool


@dataclass(frozen=True)
class Path:
    """One path through a function: its conditions, each with the side taken, and what the function returned.

    ``find`` gives a model of the path that meets a further condition, or None; ask before the next path
    begins.
    """

    conditions: tuple[tuple[Term, bool], ...]
    result: Any
    find: Callable[[Term], Any]


class _Explorer:
    """The tree of decisions, explored depth-first; the solver holds the conditions of the present path."""

    def __init__(self) -> None:
        self.solver = z3.SimpleSolver()  # many small questions: the tactics before the search cost more than they save
        self.solver.set("rlimit", EFFORT)
        self.trail: list[Decision] = []
        self.position = 0

    def feasible(self, term: Term) -> bool:
        answer = self.solver.check(term)
        if answer == z3.unknown:
            raise UndecidedError(self.solver.reason_unknown())
        return bool(answer == z3.sat)

    def find(self, term: Term) -> Any:
        return self.solver.model() if self.feasible(term) else None

    def branch(self, condition: Callable[[], Term]) -> bool:
        if self.position == len(self.trail):
            self.take(self.decide(condition()))
        self.position += 1
        return self.trail[self.position - 1].side

    def decide(self, condition: Term) -> Decision:
        known = z3.simplify(condition)
        if z3.is_true(known) or z3.is_false(known):
            return Decision(condition, bool(z3.is_true(known)), other=False)
        side = self.feasible(condition)  # the path so far is feasible, so one of the sides is
        return Decision(condition, side, other=side and self.feasible(z3.Not(condition)))

    def take(self, decision: Decision) -> None:
        self.trail.append(decision)
        self.solver.push()
        self.solver.add(decision.condition if decision.side else z3.Not(decision.condition))

    def turn(self) -> bool:
        """Go back to the last decision whose other side is open and take that; False if none is."""
        while self.trail:
            self.solver.pop()
            last = self.trail.pop()
            if last.other:
                self.take(Decision(last.condition, not last.side, other=False))
                return True
        return False

    def run(self, function: Callable[[], Any]) -> Path:
        global _explorer
        if _explorer is not None:
            raise RuntimeError("an exploration inside an exploration")
        _explorer, self.position = self, 0
        try:
            result = function()
        finally:
            _explorer = None
        if self.position != len(self.trail):
            raise AssertionError("the function does not repeat itself")
        return Path(tuple((d.condition, d.side) for d in self.trail), result, self.find)


_explorer: _Explorer | None = None  # the exploration under way; there is one at a time


def branch(condition: Callable[[], Term]) -> bool:
    """Decide a condition on the present path."""
    if _explorer is None:
        raise RuntimeError("a symbolic condition was asked for its truth outside an exploration")
    return _explorer.branch(condition)


def explore(function: Callable[[], Any]) -> Iterator[Path]:
    """Run the function once for each feasible path, and yield the paths.

    Raises ``UndecidedError`` when the solver cannot say whether a branch is feasible.
    """
    explorer = _Explorer()
    more = True
    while more:
        yield explorer.run(function)
        more = explorer.turn()


def _term(operand: object) -> Term:
    if type(operand) is SymbolicInt:
        return operand.term
    if type(operand) is int:
        return z3.IntVal(operand)
    raise TypeError(f"a symbolic integer meets {operand!r}")


class SymbolicBool:
    """A condition, built when it is needed; its truth value is a branch."""

    __slots__ = ("build",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, build: Callable[[], Term]) -> None:
        self.build = build

    def __bool__(self) -> bool:
        return branch(self.build)

    def __eq__(self, other: object) -> bool:
        raise TypeError("conditions are not compared; ask each for its truth")


class SymbolicInt:
    """Any integer: a term of Z3. Knows + - * and comparisons, nothing else."""

    __slots__ = ("term",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, term: Term) -> None:
        self.term = term

    def __bool__(self) -> bool:
        return branch(lambda: self.term != 0)

    def __index__(self) -> int:
        raise TypeError("a symbolic integer has no single value")

    def __neg__(self) -> SymbolicInt:
        return SymbolicInt(-self.term)

    def __add__(self, other: object) -> SymbolicInt:
        return SymbolicInt(self.term + _term(other))

    def __radd__(self, other: object) -> SymbolicInt:
        return SymbolicInt(_term(other) + self.term)

    def __sub__(self, other: object) -> SymbolicInt:
        return SymbolicInt(self.term - _term(other))

    def __rsub__(self, other: object) -> SymbolicInt:
        return SymbolicInt(_term(other) - self.term)

    def __mul__(self, other: object) -> SymbolicInt:
        return SymbolicInt(self.term * _term(other))

    def __rmul__(self, other: object) -> SymbolicInt:
        return SymbolicInt(_term(other) * self.term)

    def __eq__(self, other: object) -> SymbolicBool:  # type: ignore[override]
        return _compare(self.term.__eq__, other)

    def __ne__(self, other: object) -> SymbolicBool:  # type: ignore[override]
        return _compare(self.term.__ne__, other)

    def __lt__(self, other: object) -> SymbolicBool:
        return _compare(self.term.__lt__, other)

    def __le__(self, other: object) -> SymbolicBool:
        return _compare(self.term.__le__, other)

    def __gt__(self, other: object) -> SymbolicBool:
        return _compare(self.term.__gt__, other)

    def __ge__(self, other: object) -> SymbolicBool:
        return _compare(self.term.__ge__, other)


def _compare(compare: Callable[[Term], Term], other: object) -> SymbolicBool:
    term = _term(other)
    return SymbolicBool(lambda: compare(term))
