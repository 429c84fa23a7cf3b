"""Run a Python function on *all* integers at once: one symbolic run for each path through its branches.

An integer is a term of Z3; a comparison yields a condition; asking a condition for its truth value is a
branch, and ``explore`` takes each feasible side in turn (King, "Symbolic execution and program testing",
1976). Only loop-free integer code is understood; whatever else is tried with a symbolic integer raises
TypeError, it never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import add, mul, sub
from typing import Any

import z3

Term = Any  # a term of Z3, which ships no types
Operator = Callable[[Term, Term], Term]
EFFORT = 100_000_000  # in units of Z3, about twenty seconds; unlike seconds the same on every machine


class UndecidedError(RuntimeError):
    """The solver gave up on a question: nothing is proved."""


@dataclass(frozen=True)
class Question:
    """A condition and its opposite, and whether it is true or false of all integers (None: of some)."""

    condition: Term
    opposite: Term
    constant: bool | None


@dataclass(frozen=True)
class Decision:
    """One branch of a path: the question, the side taken, and whether the other side is possible and still open.

    What is not ``assumed`` follows from the decisions before.
    """

    question: Question
    side: bool
    open: bool
    assumed: bool


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
    """The tree of decisions, explored depth-first; the solver holds what the present path assumes."""

    def __init__(self) -> None:
        self.solver = z3.SimpleSolver()  # many small questions: the tactics before the search cost more than they save
        self.solver.set("rlimit", EFFORT)
        self.questions: dict[int, Question] = {}
        self.trail: list[Decision] = []
        self.position = 0
        self.sides: dict[int, bool] = {}  # what this run has decided: a path decides a condition once
        self.example: Any = None  # a model of the present path, if one is known: it answers half of what is asked

    def feasible(self, term: Term) -> bool:
        answer = self.solver.check(term)
        if answer == z3.unknown:
            raise UndecidedError(self.solver.reason_unknown())
        return bool(answer == z3.sat)

    def find(self, term: Term) -> Any:
        if self.meets(term):
            return self.example
        return self.solver.model() if self.feasible(term) else None

    def meets(self, term: Term) -> bool | None:
        """Whether the example meets the condition; None if there is no telling."""
        if self.example is None:
            return None
        seen = self.example.eval(term, model_completion=True)
        return True if z3.is_true(seen) else False if z3.is_false(seen) else None

    def branch(self, condition: Callable[[], Term]) -> bool:
        question = self.ask(condition())
        key = question.condition.get_id()
        if key not in self.sides:
            if self.position == len(self.trail):
                self.take(self.decide(question))
            if self.trail[self.position].question is not question:
                raise AssertionError("the function does not repeat itself")
            self.sides[key] = self.trail[self.position].side
            self.position += 1
        return self.sides[key]

    def ask(self, condition: Term) -> Question:
        """The question about a condition, made once: many paths ask the same."""
        key = condition.get_id()
        if key not in self.questions:
            known = z3.simplify(condition)
            constant = True if z3.is_true(known) else False if z3.is_false(known) else None
            self.questions[key] = Question(condition, z3.Not(condition), constant)
        return self.questions[key]

    def decide(self, question: Question) -> Decision:
        """Which sides are possible; the path so far is, so at least one of them is."""
        if question.constant is not None:
            return Decision(question, question.constant, open=False, assumed=False)
        met = self.meets(question.condition)
        side = bool(met) or self.feasible(question.condition)
        if side and not met:
            self.example = self.solver.model()
        both = side and (met is False or self.feasible(question.opposite))
        return Decision(question, side, open=both, assumed=both)

    def take(self, decision: Decision) -> None:
        self.trail.append(decision)
        if decision.assumed:
            self.solver.push()
            self.solver.add(decision.question.condition if decision.side else decision.question.opposite)

    def turn(self) -> bool:
        """Go back to the last decision whose other side is open and take that; False if none is."""
        while self.trail:
            last, self.example = self.trail.pop(), None
            if last.assumed:
                self.solver.pop()
            if last.open:
                self.take(Decision(last.question, not last.side, open=False, assumed=True))
                return True
        return False

    def run(self, function: Callable[[], Any]) -> Path:
        global _explorer
        if _explorer is not None:
            raise RuntimeError("an exploration inside an exploration")
        _explorer, self.position, self.sides = self, 0, {}
        try:
            result = function()
        finally:
            _explorer = None
        if self.position != len(self.trail):
            raise AssertionError("the function does not repeat itself")
        return Path(tuple((d.question.condition, d.side) for d in self.trail), result, self.find)


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
    """Any integer: a term of Z3. Knows + - * and comparisons, nothing else.

    What was made of it is kept, so that a function that runs once for each path does not build the same terms anew.
    """

    __slots__ = ("made", "term")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, term: Term) -> None:
        self.term = term
        self.made: dict[tuple[object, ...], tuple[Any, object]] = {}

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __index__(self) -> int:
        raise TypeError("a symbolic integer has no single value")

    def __neg__(self) -> SymbolicInt:
        return SymbolicInt(-self.term)

    def __add__(self, other: object) -> SymbolicInt:
        return self._number(add, other)

    def __radd__(self, other: object) -> SymbolicInt:
        return self._number(_after(add), other)

    def __sub__(self, other: object) -> SymbolicInt:
        return self._number(sub, other)

    def __rsub__(self, other: object) -> SymbolicInt:
        return self._number(_after(sub), other)

    def __mul__(self, other: object) -> SymbolicInt:
        return self._number(mul, other)

    def __rmul__(self, other: object) -> SymbolicInt:
        return self._number(_after(mul), other)

    def __eq__(self, other: object) -> SymbolicBool:  # type: ignore[override]
        return self._condition(z3.ArithRef.__eq__, other)

    def __ne__(self, other: object) -> SymbolicBool:  # type: ignore[override]
        return self._condition(z3.ArithRef.__ne__, other)

    def __lt__(self, other: object) -> SymbolicBool:
        return self._condition(z3.ArithRef.__lt__, other)

    def __le__(self, other: object) -> SymbolicBool:
        return self._condition(z3.ArithRef.__le__, other)

    def __gt__(self, other: object) -> SymbolicBool:
        return self._condition(z3.ArithRef.__gt__, other)

    def __ge__(self, other: object) -> SymbolicBool:
        return self._condition(z3.ArithRef.__ge__, other)

    def _number(self, operator: Operator, other: object) -> SymbolicInt:
        made: SymbolicInt = self._made(operator, other, lambda term: SymbolicInt(operator(self.term, term)))
        return made

    def _condition(self, operator: Operator, other: object) -> SymbolicBool:
        made: SymbolicBool = self._made(
            operator, other, lambda term: SymbolicBool(cache(lambda: operator(self.term, term)))
        )
        return made

    def _made(self, operator: Operator, other: object, make: Callable[[Term], Any]) -> Any:
        key = (operator, type(other), id(other) if type(other) is SymbolicInt else other)
        if key not in self.made:
            self.made[key] = (make(_term(other)), other)  # the other is kept too: its id is in the key
        return self.made[key][0]


@cache
def _after(operator: Operator) -> Operator:
    """The operator with its sides exchanged."""
    return lambda left, right: operator(right, left)
