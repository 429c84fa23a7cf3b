"""The concurrent model, executed and searched: exact sets of states, exact shortest schedules."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from queuespec import (
    apple,
    broken,
    broken_calls,
    contents,
    environment,
    fine_grained,
    hand_over,
    one_condition,
    one_condition_fifo,
    pill,
    shutdown,
    tasks,
    threads,
    tickets,
    two_conditions,
    unlocked,
    watched,
)
from queuespec.search import length, reachable, shortest
from queuespec.system import Action, System, action

SMALL = list(product((1, 2, 3), (1, 2, 3), (1, 2, 3)))


def all_states(system: System, initial: Any, configurations: Any = SMALL) -> list[Any]:
    return [s for c in configurations for s in reachable(system, [initial(*c)])]


def test_the_two_condition_queue_has_exactly_these_states() -> None:
    assert len(all_states(two_conditions.SYSTEM, two_conditions.initial)) == 1_361
    assert len(reachable(two_conditions.SYSTEM, [two_conditions.initial(3, 3, 3)])) == 126


@pytest.mark.parametrize(
    ("system", "initial", "invariant", "bad"),
    [
        (two_conditions.SYSTEM, two_conditions.initial, two_conditions.invariant, two_conditions.lost_wakeup),
        (two_conditions.SYSTEM, two_conditions.initial, two_conditions.invariant, two_conditions.deadlock),
        (
            environment.STEADY_SYSTEM,
            two_conditions.initial,
            two_conditions.invariant,
            two_conditions.lost_wakeup,
        ),
        (fine_grained.SYSTEM, fine_grained.initial, fine_grained.invariant, fine_grained.lost_wakeup),
        (shutdown.SYSTEM, shutdown.initial, shutdown.invariant, shutdown.stuck),
        (pill.SYSTEM, pill.initial, pill.invariant, pill.stuck),
        (apple.SYSTEM, apple.initial, apple.invariant, apple.stuck),
        (hand_over.SYSTEM, hand_over.initial, hand_over.invariant, hand_over.lost_wakeup),
    ],
    ids=["lost wakeup", "deadlock", "hostile world", "fine-grained", "shutdown", "pill", "apple", "hand-over"],
)
def test_every_reachable_state_meets_the_invariant_and_none_is_bad(
    system: System, initial: Any, invariant: Any, bad: Any
) -> None:
    states = all_states(system, initial)
    assert all(map(invariant, states))
    assert not any(map(bad, states))


def test_the_fine_grained_queue_seen_coarsely_is_the_coarse_one_with_spurious_wakeups() -> None:
    wakes = [a for a in environment.STEADY if a.name in ("putter_wakes", "getter_wakes")]
    coarse = System("coarse", (*two_conditions.SYSTEM.actions, *wakes))
    for c in SMALL:
        fine = reachable(fine_grained.SYSTEM, [fine_grained.initial(*c)])
        assert {fine_grained.coarse(f) for f in fine} == reachable(coarse, [two_conditions.initial(*c)])


def test_named_threads_in_order_reach_exactly_the_states_of_the_counters() -> None:
    for c in SMALL:
        named = reachable(threads.SYSTEM, [threads.initial(*c)])
        expected = reachable(two_conditions.SYSTEM, [two_conditions.initial(*c)])
        assert {threads.counters(t) for t in named} == expected


def test_the_deadlock_law_agrees_with_search_for_notify_one_to_three() -> None:
    for k, p, c, m in product((1, 2, 3), range(1, 6), range(1, 6), (1, 2, 3)):
        initial = one_condition.initial(k, p, c, m)
        found = shortest(one_condition.SYSTEM, [initial], one_condition.deadlock) is not None
        assert found == (2 * m * k < p + c), (k, p, c, m)
        assert found == one_condition.can_deadlock(initial)


def test_the_invariant_of_the_law_is_exactly_the_reachable_set_for_notify_one() -> None:
    for k, p, c in product((1, 2, 3, 4), range(1, 6), range(1, 6)):
        if 2 * k >= p + c:
            everything = (
                one_condition.Shared(k, 1, n, p, c, wp, wc)
                for n, wp, wc in product(range(k + 1), range(p + 1), range(c + 1))
            )
            expected = {s for s in everything if one_condition.invariant(s)}
            assert reachable(one_condition.SYSTEM, [one_condition.initial(k, p, c)]) == expected


def test_the_repairs_of_the_shared_condition_never_deadlock() -> None:
    for system in (one_condition.AIMED, one_condition.NOTIFY_ALL):
        states = all_states(system, one_condition.initial)
        assert not any(map(one_condition.deadlock, states))


def line_word(s: one_condition_fifo.Line) -> str:
    groups = (s.first_getters, s.first_putters, s.last_getters, s.last_putters)
    return "".join(kind * count for kind, count in zip("gpgp", groups, strict=True))


def test_the_strategy_reaches_a_deadlock_whenever_the_law_allows_one_and_its_line_is_a_line() -> None:
    for k, p, c, m in product(range(1, 5), range(1, 8), range(1, 8), (1, 2)):
        r = one_condition_fifo.initial(k, p, c, m)
        if not one_condition_fifo.can_deadlock(r.line):
            continue
        word = ""
        while not one_condition_fifo.deadlock(r.line):
            assert one_condition_fifo.on_schedule(r)
            assert one_condition_fifo.move_is_legal(r)
            after = one_condition_fifo.move(r)
            assert one_condition_fifo.rank(after) < one_condition_fifo.rank(r)
            word = {0: word, 1: word[m:], -1: word[m:]}[after.line.length - r.line.length]
            slept = sum(after.line[5:]) - len(word)
            if slept:
                word += "p" if r.phase == one_condition_fifo.SLEEP_PUTTERS else "g"
            assert line_word(after.line) == word
            r = after


def test_a_deadlock_of_the_shared_condition_needs_seven_steps() -> None:
    trace = shortest(one_condition.SYSTEM, [one_condition.initial(1, 1, 2)], one_condition.deadlock)
    assert trace is not None
    assert [name for name, _ in trace] == [
        "initially",
        "get_waits",
        "get_waits",
        "put",
        "put_waits",
        "get",
        "get_waits",
        "get_waits",
    ]
    assert trace[-1][1] == one_condition.Shared(1, 1, 0, 1, 2, 1, 2)


BROKEN = (*broken.VARIANTS, broken.GAP, *unlocked.VARIANTS, *broken_calls.VARIANTS)


@pytest.mark.parametrize("variant", BROKEN, ids=lambda v: v.name)
def test_a_broken_rule_goes_wrong_in_its_smallest_configuration(variant: broken.Variant) -> None:
    trace = shortest(variant.system, [variant.initial(*variant.configuration)], variant.goes_wrong)
    assert length(trace) == variant.steps
    corrupted = variant.goes_wrong in (broken.corrupt, unlocked.corrupt)
    for c in product(*(range(1, n + 1) for n in variant.configuration)):
        if c != variant.configuration:
            assert shortest(variant.system, [variant.initial(*c)], variant.goes_wrong) is None or corrupted


def test_with_the_lock_held_from_look_to_act_nothing_is_out_of_date_and_nobody_is_overlooked() -> None:
    locked = System(
        "the lock is held",
        (
            Action("put", unlocked.put_may, lambda s: unlocked.put_puts(unlocked.put_looks(s))),
            action(unlocked.put_must_wait, unlocked.put_waits),
            action(unlocked.get_may, unlocked.get),
            action(unlocked.get_must_wait, unlocked.get_waits),
        ),
    )
    states = all_states(locked, unlocked.initial)
    assert all(map(unlocked.invariant, states))
    assert not any(unlocked.corrupt(s) or unlocked.overlooked(s) for s in states)


def test_a_whole_get_loses_nothing_a_whole_shutdown_forgets_nobody_and_a_count_under_the_lock_ends() -> None:
    whole_get = broken_calls.ITEM_BEFORE_LOOK.changed(
        "whole get",
        get_recheck=Action(
            "get_recheck",
            broken_calls.get_recheck_guard,
            lambda m: m._replace(queue=two_conditions.get_recheck(m.queue)),
        ),
    )
    counting = broken_calls.COUNT_WITHOUT_LOCK.changed(
        "counting under the lock",
        get_reads=Action(
            "get_reads",
            lambda s: broken_calls.get_reads_guard(s) and s.first == 0,
            broken_calls.get_reads,
        ),
    )
    assert not any(map(broken_calls.item_lost, all_states(whole_get, broken_calls.mislaid_initial)))
    assert not any(map(broken_calls.forgotten, all_states(shutdown.SYSTEM, shutdown.initial)))
    assert not any(map(broken_calls.never_finished, all_states(counting, broken_calls.split_initial)))


def test_whoever_joins_is_let_go_when_all_is_done() -> None:
    few = tasks.SYSTEM.changed("few tasks", put=Action("put", lambda t: t.open < 3, tasks.put))
    states = reachable(few, [tasks.initial(3)])
    assert len(states) == 34
    assert not any(map(tasks.lost_wakeup, states))
    assert all(tasks.join_enter(t) == t for t in states if t.open == 0)


def test_a_deadlock_detector_misses_two_of_the_bugs() -> None:
    by_name = {variant.name: variant for variant in broken.VARIANTS}
    for name in ("notify-on-edge", "timeout-without-look"):
        for c in SMALL:
            states = reachable(by_name[name].system, [two_conditions.initial(*c)])
            assert not any(map(two_conditions.deadlock, states))
    for name in ("put-never-notifies", "get-never-notifies"):
        start = two_conditions.initial(1, 1, 1)
        found = shortest(by_name[name].system, [start], two_conditions.deadlock)
        assert length(found) == by_name[name].steps + 1


def test_check_and_sleep_apart_loses_a_wakeup_in_three_steps() -> None:
    trace = shortest(broken.GAPPED, [broken.gapped_initial(1, 1, 1)], broken.gapped_lost_wakeup)
    assert trace is not None
    assert [name for name, _ in trace[1:]] == ["get_enter", "put_enter", "get_sleeps"]


@pytest.mark.parametrize(("spec", "rest"), [(pill, 0), (apple, 1)], ids=["pill", "apple"])
def test_the_work_ends_with_all_getters_gone_and_nothing_left(spec: Any, rest: int) -> None:
    for c in SMALL:
        states = reachable(spec.SYSTEM, [spec.initial(*c)])
        last = [s for s in states if not list(spec.SYSTEM.steps(s))]
        assert last
        assert all(spec.ended(s) and s.queue.length == rest for s in last)


def test_after_shutdown_everybody_is_refused_at_last() -> None:
    for c in SMALL:
        for s in reachable(shutdown.SYSTEM, [shutdown.initial(*c)]):
            sections = [a for a in shutdown.SYSTEM.actions if not a.name.startswith("shutdown")]
            if s.closed == 1 and not any(list(a.successors(s)) for a in sections):
                assert (s.refused_putters, s.refused_getters) == c[1:]


def test_a_watched_getter_stands_where_the_line_of_named_threads_says() -> None:
    t = threads.initial(1, 1, 3)
    for who in (-1, -2, -3):
        t = threads.get(t, who)
    w = watched.Watched(threads.counters(t), t.not_empty.index(-3))
    for _ in range(2):
        put = two_conditions.put_enter(w.queue)
        w, t = watched.after(w, put), threads.put(t, 1)
        assert w.ahead == t.not_empty.index(-3)
        taker = min(t.woken, key=abs)
        t = threads.get(t, taker)
        w = watched.after(w, two_conditions.get_recheck(w.queue))
        assert w.queue == threads.counters(t)


def test_tickets_are_served_in_turn() -> None:
    states = set()
    frontier = [tickets.initial(2, 2, 2)]
    while frontier:
        t = frontier.pop()
        if t in states or t.put_drawn > 4 or t.get_drawn > 4:
            continue
        states.add(t)
        assert tickets.types(t)
        frontier += [after for _, after in tickets.SYSTEM.steps(t)]
    assert len(states) == 76


def test_the_contents_are_first_in_first_out() -> None:
    c = contents.initial(2)
    c = contents.put(contents.put(c, "a"), "b")
    assert not contents.put_guard(c)
    c = contents.get(c)
    assert c == contents.Contents(2, ("a", "b"), ("a",), ("b",))
    assert contents.invariant(c)
    assert not contents.invariant(c._replace(all_got=("b",)))


def test_no_lost_wakeup_alone_is_not_inductive() -> None:
    before = two_conditions.Counters(3, 1, 0, 1, 1, 1, 1, 1)
    assert not two_conditions.lost_wakeup(before)
    assert not two_conditions.invariant(before)
    assert two_conditions.lost_wakeup(two_conditions.put_recheck(before))


def goes_without_looking(h: hand_over.Handing) -> hand_over.Handing:
    s = h.queue
    return h._replace(took=h.took - 1, queue=s._replace(running_getters=s.running_getters + 1))


NOBODY_LOOKS = {
    "whether a putter waits": Action("get_looks", hand_over.get_looks_guard, goes_without_looking),
    "for an item": Action("no_item", lambda h: h.turn == hand_over.SERVING, hand_over.no_item),
    "for room": Action("no_room", lambda h: h.turn == hand_over.LOOKED, hand_over.no_room),
}


@pytest.mark.parametrize(("what", "steps"), [("whether a putter waits", 8), ("for an item", 7), ("for room", 4)])
def test_where_nobody_looks_a_wakeup_is_lost_in_the_queue_that_hands_over(what: str, steps: int) -> None:
    careless = NOBODY_LOOKS[what]
    faulty = hand_over.SYSTEM.changed(f"nobody looks {what}", **{careless.name: careless})
    assert length(shortest(faulty, [hand_over.initial(1, 1, 1)], hand_over.lost_wakeup)) == steps


def test_systems_know_their_actions_and_search_its_limits() -> None:
    assert two_conditions.SYSTEM["put_enter"].name == "put_enter"
    with pytest.raises(KeyError):
        two_conditions.SYSTEM["put_away"]
    without = two_conditions.SYSTEM.changed("without", put_enter=None)
    assert [a.name for a in without.actions] == ["put_recheck", "get_enter", "get_recheck"]
    with pytest.raises(OverflowError):
        reachable(environment.OPEN_SYSTEM, [two_conditions.initial(1, 1, 1)], limit=100)
    with pytest.raises(OverflowError):
        start = [two_conditions.initial(1, 1, 1)]
        shortest(environment.OPEN_SYSTEM, start, lambda s: s.length < 0, limit=100)
    assert length(None) is None
