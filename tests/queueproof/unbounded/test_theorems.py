"""Every theorem is established; the chapters' tables, which are tested too, have the exact sizes."""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

import pytest

from queueproof.unbounded import EXHAUSTED, PROVED, REFUTED, Outcome, Theorem, missing_engines, theorems
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import Confirmed, Disproved, Finding, Proved, Searched

MISSING = missing_engines()
needs_engines = pytest.mark.skipif(
    bool(MISSING), reason=f"NOT PROVED HERE: {', '.join(MISSING)} cannot be installed for this interpreter"
)


def names() -> list[str]:
    return [theorem.name for theorem in theorems()]


@pytest.mark.parametrize("name", names())
def test_the_theorem_is_established(name: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[name].ok, outcomes[name].detail


def test_names_are_unique_and_say_how_each_theorem_is_established() -> None:
    assert len(set(names())) == len(names())
    assert {theorem.established for theorem in theorems()} == {PROVED, EXHAUSTED, REFUTED}
    for theorem in theorems():
        assert theorem.parts
        assert theorem.claim.endswith(".")
        kinds = {type(part) for part in theorem.parts}
        if theorem.established == EXHAUSTED:
            assert kinds == {Searched}
        if theorem.established == PROVED:
            assert Proved in kinds
            assert kinds <= {Proved, Confirmed}


class One(NamedTuple):
    x: int


def theorem_of(*parts: Proved | Confirmed | Disproved | Searched) -> Theorem:
    return Theorem("a-theorem", "A claim.", PROVED, parts)


TRUE = Lemma("true", One, lambda c: c.x > 0, lambda c: c.x >= 1)
FALSE = Lemma("false", One, lambda c: c.x > 0, lambda c: c.x > 1)


@needs_engines
def test_one_part_that_fails_is_enough_and_its_reason_is_given() -> None:
    outcome = theorem_of(Proved(TRUE), Proved(FALSE)).prove()
    assert not outcome.ok
    assert outcome.detail == "false (Z3 + cvc5): false of One(x=1)"
    assert not theorem_of(Confirmed(FALSE)).prove().ok


@needs_engines
def test_a_refutation_needs_a_counterexample() -> None:
    assert theorem_of(Disproved(FALSE)).prove().detail == "false fails of One(x=1)"
    assert theorem_of(Disproved(TRUE)).prove().detail == "not: true (Z3): no counterexample: it holds"


def test_a_theorem_without_parts_is_not_established() -> None:
    assert not theorem_of().prove().ok


def test_progress_is_told_before_each_part_and_engines_are_named_once() -> None:
    told: list[str] = []
    finding = Finding(True, states=3)
    theorem = theorem_of(Searched("first", lambda: finding), Searched("second", lambda: finding))
    assert theorem.prove(told.append).size == "2 parts, 6 states"
    assert told == ["a-theorem: first (search)", "a-theorem: second (search)"]
    assert theorem.engines == "search"


def test_a_missing_engine_is_a_failure_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("proof", "certificate", "crosshair_engine"):
        monkeypatch.setitem(sys.modules, f"queueproof.unbounded.{module}", None)
    for part in (Proved(TRUE), Confirmed(TRUE), Disproved(FALSE)):
        finding = part.check()
        assert not finding.ok
        assert finding.detail.startswith(f"not checked: {part.engine} cannot be imported here")


@needs_engines
def test_seconds_are_measured() -> None:
    started = time.perf_counter()
    seconds = theorem_of(Proved(TRUE)).prove().seconds
    assert 0 < seconds <= time.perf_counter() - started
