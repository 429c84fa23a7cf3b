"""The lemmas say enough: every small change of the specification is noticed, or changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("z3", reason="z3-solver has no wheel for this interpreter: nothing is proved here")
pytest.importorskip("cvc5", reason="cvc5 has no wheel for this interpreter: nothing is proved here")

from queueproof.unbounded.adequacy import LEMMAS, equivalent, noticed
from queueproof.unbounded.mutation import Mutant, mutants
from queueproof.unbounded.reach import can_reach_in
from queueproof.unbounded.theorems import fifo
from queuespec import (
    apple,
    contents,
    environment,
    fine_grained,
    hand_over,
    one_condition,
    one_condition_fifo,
    pill,
    shutdown,
    tasks,
    tickets,
    two_conditions,
    watched,
)
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
    found = [m.name for m in chosen if not noticed(module, m) and not equivalent(module, m)]
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


def fate(module: ModuleType, mutant: Mutant) -> str:
    """What becomes of a mutant of a model: a lemma fails of a state, and can the mutant's steps reach that?"""
    failure = noticed(module, mutant)
    if failure is None:
        return "equivalent" if equivalent(module, mutant) else "listed"
    changed: Any = mutant.load(module)
    case = fifo.of(failure.case) if isinstance(failure.case, fifo.Instance) else failure.case
    try:
        found = goes_wrong(changed) if module is contents and case is None else can_reach_in(changed, case)
    except TypeError:
        return "no state"
    return "can" if found else "cannot"


def goes_wrong(changed: Any) -> bool:
    """What no sequence of items can do has no counterexample; but four puts and gets come to where it happens."""
    frontier = [changed.initial(2)]
    for _ in range(4):
        following = []
        for c in frontier:
            try:
                puts = [changed.put(c, len(c.all_put))] if changed.put_guard(c) else []
                gets = [changed.get(c)] if changed.get_guard(c) else []
            except (TypeError, IndexError):
                return True
            following += [*puts, *gets]
        if not all(contents.invariant(c) for c in following):
            return True
        frontier = following
    return False


def test_without_a_conjunct_the_proof_fails_of_a_state_that_the_whole_invariant_excludes() -> None:
    """So none of them can be reached; but for no room at all, which is excluded by the beginning alone."""
    for mutant in mutants(two_conditions):
        if mutant.function in ("types", "invariant") and "without operand" in mutant.name:
            failure = noticed(two_conditions, mutant)
            assert failure is not None and type(failure.case) is Counters
            assert not two_conditions.invariant(failure.case)
            assert fate(two_conditions, mutant) == ("can" if failure.case.capacity == 0 else "cannot")


FATES = {
    (two_conditions, "notify_not_empty"): (16, 0),
    (two_conditions, "put_enter"): (17, 1),
    (fine_grained, "put_appends"): (4, 0),
    (fine_grained, "get_locks_again"): (5, 0),
    (one_condition, "get_waits"): (5, 0),
    (shutdown, "shutdown"): (4, 0),
    (tickets, "put"): (8, 0),
    (tickets, "get_draws"): (4, 0),
    (tasks, "task_done"): (18, 1),
    (contents, "put"): (4, 0),
    (contents, "get"): (7, 0),
    (contents, "get_guard"): (4, 0),
    (watched, "after"): (11, 0),
    (watched, "just_asleep"): (4, 0),
    (environment, "put_is_cancelled"): (10, 0),
    (environment, "everybody_wakes"): (14, 0),
    (one_condition_fifo, "put"): (4, 0),
    (one_condition_fifo, "get_waits"): (5, 0),
    (hand_over, "getter_is_given_it_guard"): (3, 0),
}
SLOW_FATES = {
    (two_conditions, "get_recheck"): (29, 1),
    (shutdown, "get_enter"): (24, 2),
    (shutdown, "put_recheck"): (17, 1),
    (tasks, "join_recheck"): (21, 1),
    (pill, "_getting"): (16, 1),
    (apple, "apple_returns"): (5, 1),
    (hand_over, "put_returns"): (11, 0),
    (hand_over, "no_room_guard"): (16, 2),
    (one_condition_fifo, "notify"): (19, 0),
    (one_condition_fifo, "regroup"): (10, 0),
    (one_condition_fifo, "move"): (33, 6),
}
"""How many mutants of a function make a lemma fail of a state, and how many do not: they are equivalent, or listed.

Which state it is, is the solver's choice; whether that can be reached is always known.
"""


@pytest.mark.parametrize(
    ("module", "function"),
    [*FATES, *(pytest.param(*each, marks=pytest.mark.slow) for each in SLOW_FATES)],
    ids=lambda each: each if type(each) is str else short(each),
)
def test_a_mutant_of_a_step_fails_of_a_state_and_it_is_known_whether_that_can_be_reached(
    module: ModuleType, function: str
) -> None:
    found = Counter(fate(module, mutant) for mutant in mutants(module, lambda name: name == function))
    fails, passes = {**FATES, **SLOW_FATES}[module, function]
    assert found["can"] + found["cannot"] == fails
    assert found["equivalent"] + found["listed"] == passes
    assert found.total() == fails + passes


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
