"""A counterexample to induction is reported with whether it can be reached, and that is so."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("z3", reason="z3-solver has no wheel for this interpreter")

from queueproof.unbounded.reach import can_reach, can_reach_in
from queueproof.unbounded.theorem import Disproved
from queueproof.unbounded.theorems import rules
from queuespec import (
    apple,
    broken,
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
from queuespec.contents import Contents
from queuespec.one_condition_fifo import Line
from queuespec.search import reachable
from queuespec.two_conditions import Counters
from queuespec.watched import Watched

REACHED = {
    "rule-if-in-get": False,
    "rule-if-in-put": False,
    "rule-put-never-notifies": True,
    "rule-get-never-notifies": True,
    "rule-wrong-condition": True,
    "rule-notify-on-edge": True,
    "rule-timeout-without-look": False,
    "rule-check-and-sleep-apart": False,
    "rule-no-lock": True,
    "rule-look-before-lock": False,
    "rule-notify-before-change": True,
    "rule-item-before-look": False,
    "rule-shutdown-forgets-getters": False,
    "rule-count-without-lock": True,
}


def test_each_rule_says_whether_its_counterexample_to_induction_can_be_reached() -> None:
    found = {}
    for theorem in rules.theorems():
        for part in theorem.parts:
            if isinstance(part, Disproved):
                told = part.check().detail
                assert told.endswith((", which can be reached", ", which cannot be reached"))
                found[theorem.name] = told.endswith(", which can be reached")

    assert found == REACHED


def test_what_a_schedule_leads_to_can_be_reached_and_what_no_schedule_leads_to_cannot() -> None:
    start = two_conditions.initial(2, 1, 2)
    asleep = two_conditions.get_enter(start)

    assert can_reach(two_conditions.SYSTEM, two_conditions.initial, asleep)
    assert not can_reach(two_conditions.SYSTEM, two_conditions.initial, asleep._replace(length=1))


def test_beyond_a_corrupt_state_nothing_is_looked_at() -> None:
    (variant,) = (v for v in broken.VARIANTS if v.name == "if-in-get")
    below = Counters(1, -1, 1, 0, 0, 2, 0, 0)

    assert can_reach(variant.system, two_conditions.initial, below)
    assert not can_reach(variant.system, two_conditions.initial, below._replace(length=-2))


def states(module: Any, *arguments: int) -> set[Any]:
    return reachable(module.SYSTEM, [module.initial(*arguments)])


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        (two_conditions, (1, 2, 1)),
        (fine_grained, (1, 1, 1)),
        (one_condition, (1, 1, 2)),
        (shutdown, (1, 1, 1)),
        (pill, (1, 1, 2)),
        (apple, (1, 1, 1)),
        (hand_over, (1, 1, 1)),
    ],
    ids=lambda each: each.__name__ if isinstance(each, ModuleType) else "",
)
def test_every_state_of_a_model_can_be_reached(module: Any, arguments: tuple[int, ...]) -> None:
    assert all(can_reach(module.SYSTEM, module.initial, state) for state in states(module, *arguments))


@pytest.mark.parametrize(
    ("module", "state"),
    [
        (fine_grained, fine_grained.initial(1, 1, 1)._replace(inside=fine_grained.PUT_APPENDED)),
        (one_condition, one_condition.Shared(1, 1, 0, 1, 1, 1, 1)),
        (shutdown, shutdown.put_enter(shutdown.initial(1, 1, 1))._replace(refused_getters=1)),
        (pill, pill.initial(1, 1, 2)._replace(pills=1)),
        (apple, apple.initial(1, 1, 1)._replace(inside=1)),
        (tickets, tickets.initial(1, 1, 1)._replace(length=1)),
        (tasks, tasks.Tasks(0, 0, 0, 1, 0)),
        (hand_over, hand_over.initial(1, 1, 1)._replace(turn=hand_over.GIVING)),
    ],
    ids=lambda each: each.__name__ if isinstance(each, ModuleType) else "",
)
def test_what_no_step_of_a_model_leads_to_cannot_be_reached(module: Any, state: Any) -> None:
    assert not can_reach(module.SYSTEM, module.initial, state)


def test_how_a_state_begins_that_is_none_of_a_model_is_not_guessed() -> None:
    with pytest.raises(TypeError, match="it is not known how int begins"):
        can_reach(two_conditions.SYSTEM, two_conditions.initial, 1)


ASLEEP = two_conditions.get_enter(two_conditions.initial(2, 1, 2))
WATCHED = watched.just_asleep(ASLEEP)
FULL = contents.put(contents.put(contents.initial(2), "tea"), "cake")
ROUND = one_condition_fifo.initial(1, 1, 2)


def stuck() -> one_condition_fifo.Round:
    """Where the strategy ends."""
    r = ROUND
    while not one_condition_fifo.deadlock(r.line):
        r = one_condition_fifo.move(r)
    return r


@pytest.mark.parametrize(
    ("module", "state"),
    [
        (contents, FULL),
        (contents, contents.get(FULL)),
        (environment, ASLEEP._replace(woken_getters=1)),
        (environment, two_conditions.put_enter(ASLEEP)._replace(running_putters=0)),
        (watched, WATCHED),
        (watched, watched.after(WATCHED, two_conditions.put_enter(ASLEEP))),
        (one_condition_fifo, stuck()),
        (one_condition_fifo, stuck().line),
    ],
)
def test_where_the_model_is_no_system_from_one_beginning_what_happens_can_be_reached(module: Any, state: Any) -> None:
    assert can_reach_in(module, state)


@pytest.mark.parametrize(
    ("module", "state"),
    [
        (contents, Contents(2, ("tea", "cake"), ("cake",), ("tea",))),
        (contents, Contents(1, ("tea", "cake"), (), ("tea", "cake"))),
        (environment, ASLEEP._replace(length=1)),
        (watched, WATCHED._replace(ahead=1)),
        (watched, Watched(two_conditions.initial(2, 1, 1), 0)),
        (one_condition_fifo, ROUND._replace(slept=1)),
        (one_condition_fifo, Line(1, 1, 0, 1, 1, 1, 1, 0, 0)),
    ],
)
def test_and_what_does_not_happen_cannot(module: Any, state: Any) -> None:
    assert not can_reach_in(module, state)
