"""The lemmas say enough: every small change of the specification is noticed, or changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from types import ModuleType

import pytest

pytest.importorskip("z3", reason="z3-solver has no wheel for this interpreter: nothing is proved here")
pytest.importorskip("cvc5", reason="cvc5 has no wheel for this interpreter: nothing is proved here")

from queueproof.unbounded.adequacy import LEMMAS, equivalent, noticed
from queueproof.unbounded.mutation import Mutant, mutants
from queuespec import contents, tickets, two_conditions, watched
from queuespec.search import reachable
from queuespec.system import System
from queuespec.two_conditions import Counters

# Mutants that no lemma notices although they are not equivalent, each with the reason.
HALF = "the other half of the invariant covers the states in which this bound is negative"
PICKS = "it only lists candidates for the search, which test_the_deadlock_law_agrees_with_search checks"
FEWER = "the schedule also works when fewer putters are left over from the round before"
MORE = "the schedule also works when more putters sleep than it needs"
FLAG = "the invariant makes it 0 or 1, so the comparisons agree"
BOUND = "another number that falls just as well: it only has to bound what is left"
BEHIND = "pills and apple are never more than what is in the queue, so the comparisons agree"
EMPTY_HAND = "no apple is in a hand while all getters are there, so the sums agree"
ZERO = "the schedule works for m = 0 too, which nobody asks for"
ALONE = "when the apple returns the queue is empty, so the sum and the difference agree"
SURVIVORS: dict[str, str] = {
    "apple: apple_returns: Sub to Add in after.length - a.queue.length": ALONE,
    "one_condition_fifo: types: 1 to 0 in 1": ZERO,
    "pill: one_putter_puts_them: Eq to LtE in p.over == 0": FLAG,
    "apple: one_putter_puts_it: Eq to LtE in a.over == 0": FLAG,
    "pill: _putting: Eq to GtE in p.over == 1": FLAG,
    "apple: _putting: Eq to GtE in a.over == 1": FLAG,
    "pill: completions_left: putters to getters in two.putters": BOUND,
    "apple: completions_left: putters to getters in two.putters": BOUND,
    "pill: completions_left: 2 to 3 in 2": BOUND,
    "apple: completions_left: 2 to 3 in 2": BOUND,
    "pill: _getting: Eq to LtE in p.queue.length == p.pills": BEHIND,
    "apple: _getting: Eq to LtE in a.queue.length == a.inside": BEHIND,
    "apple: before_the_end: Add to Sub in a.inside + a.to_put + a.in_hand": EMPTY_HAND,
    "one_condition: since_empty: 0 to -1 in 0": HALF,
    "one_condition: since_full: 0 to -1 in 0": HALF,
    "one_condition_fifo: on_schedule: Eq to LtE in s.first_putters == max(0, r.slept - s.wakes * s.capacity)": FEWER,
    "one_condition_fifo: on_schedule: Eq to GtE in "
    "s.last_putters == max(0, s.putters - max(0, woken - getters_left(r)))": MORE,
    "one_condition: picks: Add to Sub in woken(s) + 1": PICKS,
    "one_condition: picks: 1 to 2 in 1": PICKS,
    "one_condition: picks: 1 to 0 in 1": PICKS,
}


def short(module: ModuleType) -> str:
    return module.__name__.removeprefix("queuespec.")


def gaps(module: ModuleType, chosen: Iterator[Mutant]) -> set[str]:
    found = [m.name for m in chosen if not equivalent(module, m) and not noticed(module, m)]
    return {f"{short(module)}: {without_line(name)}" for name in found}


def without_line(name: str) -> str:
    """The name of a mutant without the line, which formatting may change."""
    return re.sub(r"\+\d+:", ":", name)


@pytest.mark.parametrize("module", LEMMAS, ids=short)
def test_a_sample_of_the_mutants_is_noticed_or_equivalent(module: ModuleType) -> None:
    sample = list(islice(mutants(module), 2, None, 150))
    assert sample
    assert gaps(module, iter(sample)) <= set(SURVIVORS)


@pytest.mark.slow
@pytest.mark.parametrize("module", LEMMAS, ids=short)
def test_every_mutant_is_noticed_or_equivalent_or_listed_with_its_reason(module: ModuleType) -> None:
    listed = {name for name in SURVIVORS if name.startswith(f"{short(module)}: ")}
    assert gaps(module, mutants(module)) == listed


@pytest.mark.parametrize("module", [contents, watched, tickets], ids=["contents", "watched", "tickets"])
def test_every_conjunct_of_a_small_invariant_is_needed(module: ModuleType) -> None:
    without = [m for m in mutants(module) if m.function in ("types", "invariant") and "without" in m.name]
    assert without
    assert gaps(module, iter(without)) == set()


def test_every_conjunct_of_the_invariant_of_two_conditions_is_needed() -> None:
    parts = ("types", "items_are_served", "slots_are_served", "invariant")
    without = [m for m in mutants(two_conditions) if m.function in parts and "without operand" in m.name]
    assert len(without) == 16
    assert all(noticed(two_conditions, m) for m in without)


def sane(s: Counters, most: int) -> bool:
    return all(0 <= count <= most for count in s) and s.length <= s.capacity


def can_be_reached(mutant: Mutant, case: Counters) -> bool:
    """From the empty queue with as many threads, by steps of the mutant, never leaving what a queue can be."""
    changed, most = mutant.load(two_conditions), sum(case)
    actions = [
        replace(a, guard=lambda s, guard=a.guard: sane(s, most) and guard(s))  # type: ignore[misc]
        for a in changed.SYSTEM.actions
    ]
    start = two_conditions.initial(case.capacity, two_conditions.putters(case), two_conditions.getters(case))
    return case in reachable(System("mutant", tuple(actions)), [start])


def fates(chosen: Iterator[Mutant]) -> Counter[str]:
    """What becomes of these mutants of the two conditions: the lemma fails of a state, and can that be reached?"""
    found: Counter[str] = Counter()
    for mutant in chosen:
        failure = noticed(two_conditions, mutant)
        if failure is None:
            found["equivalent" if equivalent(two_conditions, mutant) else "GAP"] += 1
        elif type(failure.case) is not Counters:
            found["no state"] += 1
        else:
            found["can be reached" if can_be_reached(mutant, failure.case) else "cannot be reached"] += 1
    return found


def test_without_a_conjunct_the_proof_fails_of_a_state_that_the_whole_invariant_excludes() -> None:
    """So none of them can be reached; but for no room at all, which is excluded by the beginning alone."""
    for mutant in mutants(two_conditions):
        if mutant.function in ("types", "invariant") and "without operand" in mutant.name:
            failure = noticed(two_conditions, mutant)
            assert failure is not None and type(failure.case) is Counters
            assert not two_conditions.invariant(failure.case)
            assert can_be_reached(mutant, failure.case) is (failure.case.capacity == 0)


@pytest.mark.parametrize(
    ("function", "number", "same"),
    [
        ("notify_not_empty", 16, 0),
        ("put_enter", 18, 1),
        pytest.param("get_recheck", 30, 1, marks=pytest.mark.slow),
    ],
)
def test_a_mutant_of_a_step_fails_of_a_state_and_it_is_known_whether_that_can_be_reached(
    function: str, number: int, same: int
) -> None:
    found = fates(m for m in mutants(two_conditions) if m.function == function)
    assert found["can be reached"] and found["cannot be reached"]
    assert found["can be reached"] + found["cannot be reached"] == number - same
    assert found["equivalent"] == same
    assert found.total() == number


def test_a_mutant_is_noticed_with_the_lemma_and_its_counterexample() -> None:
    (silent,) = (
        m for m in mutants(two_conditions) if without_line(m.name).startswith("put_enter: negated if in if s.length")
    )
    failure = noticed(two_conditions, silent)
    assert str(failure).startswith("put_enter keeps the invariant: false of Counters(")
    assert not equivalent(two_conditions, silent)


def test_a_change_that_changes_nothing_is_proved_equivalent() -> None:
    same = [
        m for m in mutants(two_conditions) if without_line(m.name).startswith("get_enter: Eq to LtE in s.length == 0")
    ]
    assert len(same) == 1
    assert equivalent(two_conditions, same[0])


def test_mutants_differ_from_the_original_and_from_each_other() -> None:
    sources = {mutant.load(contents).put.__code__.co_code for mutant in mutants(contents)}
    names = [mutant.name for mutant in mutants(contents) if mutant.function == "put"]
    assert len(sources) > 1
    assert names
