"""The second engine counts only what CrossHair says it confirmed, and what is not vacuous."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest

pytest.importorskip("crosshair", reason="crosshair-tool does not install here: the second engine is missing")

from queueproof.unbounded import crosshair_engine, theorems
from queueproof.unbounded.crosshair_engine import confirm, refuted
from queueproof.unbounded.lemma import Lemma, variables
from queueproof.unbounded.theorem import Confirmed
from queuespec import broken, two_conditions
from queuespec.two_conditions import Counters


class One(NamedTuple):
    x: int


def test_a_true_lemma_is_confirmed() -> None:
    assert confirm(Lemma("positive", One, lambda c: c.x > 0, lambda c: c.x >= 1)) == ""


def test_a_false_lemma_is_not_confirmed_but_refuted() -> None:
    lemma = Lemma("needle", One, lambda c: c.x > 0, lambda c: c.x != 123_456_789)
    assert "EXEC_ERR" in confirm(lemma)
    assert refuted(lemma)


def test_a_lemma_that_nothing_meets_is_called_vacuous() -> None:
    lemma = Lemma("vacuous", One, lambda c: c.x < 0 and c.x > 0, lambda c: False)
    assert confirm(lemma).startswith("vacuous")
    assert not refuted(lemma)


def test_a_precondition_that_raises_is_not_confirmed() -> None:
    assert "ZeroDivisionError" in confirm(Lemma("raises", One, lambda c: 10 // c.x >= 0, lambda c: c.x != 0))


def test_no_answer_at_all_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crosshair_engine, "run_checkables", lambda _: [])
    assert "skipped" in confirm(Lemma("skipped", One, lambda c: True, lambda c: True))


def test_cannot_confirm_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crosshair_engine, "SECONDS", 0.5)
    lemma = Lemma("a loop", One, lambda c: c.x >= 0, lambda c: sum(1 for _ in range(c.x)) == c.x)
    assert "CANNOT_CONFIRM" in confirm(lemma)


class Counter(NamedTuple):
    capacity: int
    length: int


def test_a_case_is_any_values_at_all_not_only_those_that_some_calls_lead_to() -> None:
    """CrossHair makes an object by one call of its class; where that begins empty, full is never met."""
    full = Lemma(
        "a put never overruns", Counter, lambda c: 0 <= c.length <= c.capacity, lambda c: c.length + 1 <= c.capacity
    )
    assert refuted(full)


def cases(parts: Iterable[Any]) -> set[type[Any]]:
    return {part.lemma.case for part in parts if isinstance(part, Confirmed)}


def test_what_crosshair_confirms_speaks_of_nothing_but_integers() -> None:
    """Of symbolic sequences it raises false alarms, and of a class it takes for granted what the constructor does."""
    found = cases(part for theorem in theorems() for part in theorem.parts)
    assert len(found) >= 8
    for case in found:
        assert issubclass(case, tuple)
        assert "__new__" not in inspect.getsource(case)
        assert {kind for _, kind in variables(case)} == {int}


def wrongly_documented(x: int) -> int:
    """Return the same.

    post: __return__ > 0
    """
    return x


def wrongly_asserted(x: int) -> int:
    assert x > 0
    return x


@pytest.mark.parametrize("callee", [wrongly_documented, wrongly_asserted])
def test_a_wrong_contract_of_what_a_lemma_calls_is_not_believed(callee: Callable[[int], int]) -> None:
    lemma = Lemma("positive", One, lambda c: True, lambda c: callee(c.x) > 0)
    assert "EXEC_ERR" in confirm(lemma)
    assert refuted(lemma)


@pytest.mark.parametrize("variant", broken.VARIANTS, ids=lambda v: v.name)
def test_a_broken_rule_is_refuted(variant: Any) -> None:
    action = variant.system[variant.fails_at]
    lemma = Lemma(
        variant.name,
        Counters,
        lambda s: action.guard(s) and two_conditions.invariant(s),
        lambda s: two_conditions.invariant(action.effect(s)),
    )
    assert refuted(lemma)
