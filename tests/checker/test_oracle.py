"""The oracle itself: exact outcomes of classical programs, exact numbers of schedules, agreement with itself.

The expectations are worked out by hand from the meaning of the programs, never taken from a run.
"""

from __future__ import annotations

import collections
import gc
import importlib
import random
import threading
import time
from collections.abc import Callable
from math import factorial, prod
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import greenlet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import OracleResult, Outcome, Refused, explore
from oracle.outcome import canonical
from oracle.programs import MIXED, PROFILES, Profile, random_program, threaded_programs

FRAME = """\
import threading


class World:
    pass


w = None
{helpers}

{threads}

def program():
    global w
    w = World()
{setup}
{starts}


def observe():
    return {observe}
"""


def module(*threads: str, setup: str, observe: str, helpers: str = "", joins: bool = True, options: str = "") -> str:
    """A program whose threads t0, t1, ... have these bodies."""
    names = range(len(threads))
    bodies = [f"def run_{i}():\n{indent(dedent(body), '    ')}\n\n" for i, body in zip(names, threads, strict=True)]
    starts = [f"    t{i} = threading.Thread(target=run_{i}, name='t{i}'{options})" for i in names]
    starts += [f"    t{i}.start()" for i in names] + [f"    t{i}.join()" for i in names if joins]
    return FRAME.format(
        threads="\n".join(bodies),
        setup=indent(dedent(setup), "    "),
        starts="\n".join(starts),
        observe=observe,
        helpers=dedent(helpers),
    )


def fine(*observations: object) -> set[Outcome]:
    return {Outcome(False, (), observation) for observation in observations}


def everywhere(source: str, spurious: bool = False) -> OracleResult:
    """Explore in the two reasonable ways; they must agree."""
    naive = explore(source, spurious=spurious)
    asleep = explore(source, sleep_sets=True, spurious=spurious)
    assert naive.complete
    assert asleep.complete
    assert naive.outcomes == asleep.outcomes
    assert asleep.executions <= naive.executions
    return naive


class TestClassicalPrograms:
    def test_an_unprotected_increment_can_be_lost(self) -> None:
        source = module("w.x += 1", "w.x += 1", setup="w.x = 0", observe="w.x")
        assert everywhere(source).outcomes == fine(1, 2)

    def test_a_protected_increment_is_never_lost(self) -> None:
        body = "with w.m:\n    w.x += 1"
        source = module(body, body, setup="w.x = 0\nw.m = threading.Lock()", observe="w.x")
        assert everywhere(source).outcomes == fine(2)

    def test_two_loops_of_two_increments_can_lose_down_to_two(self) -> None:
        body = "for _ in range(2):\n    w.x += 1"
        source = module(body, body, setup="w.x = 0", observe="w.x")
        assert everywhere(source).outcomes == fine(2, 3, 4)

    def test_store_buffering_never_shows_two_zeros(self) -> None:
        source = module(
            "w.x = 1\nw.r = w.y",
            "w.y = 1\nw.s = w.x",
            setup="w.x = w.y = w.r = w.s = 0",
            observe="(w.r, w.s)",
        )
        assert everywhere(source).outcomes == fine((0, 1), (1, 0), (1, 1))

    def test_message_passing_never_shows_the_flag_without_the_message(self) -> None:
        source = module(
            "w.x = 1\nw.y = 1",
            "w.r = w.y\nw.s = w.x",
            setup="w.x = w.y = w.r = w.s = 0",
            observe="(w.r, w.s)",
        )
        assert everywhere(source).outcomes == fine((0, 0), (0, 1), (1, 1))

    def test_locks_in_opposite_order_can_deadlock(self) -> None:
        body = "with w.{}:\n    with w.{}:\n        w.x += 1"
        source = module(
            body.format("m", "n"),
            body.format("n", "m"),
            setup="w.x = 0\nw.m = threading.Lock()\nw.n = threading.Lock()",
            observe="w.x",
        )
        assert everywhere(source).outcomes == fine(2) | {Outcome(True, (), 0)}

    def test_a_daemon_that_waits_for_ever_is_no_deadlock(self) -> None:
        source = module(
            "w.m.acquire()",
            setup="w.m = threading.Lock()\nw.m.acquire()",
            observe="0",
            joins=False,
            options=", daemon=True",
        )
        assert everywhere(source).outcomes == fine(0)

    def test_an_uncaught_exception_ends_its_thread_only(self) -> None:
        source = module("w.l.pop()", "w.l.pop()", setup="w.l = [1]", observe="w.l")
        assert everywhere(source).outcomes == {
            Outcome(False, (("t0", "IndexError"),), ("list",)),
            Outcome(False, (("t1", "IndexError"),), ("list",)),
        }

    def test_a_failed_assertion_is_an_outcome_of_its_own(self) -> None:
        source = module("w.x = 1", "assert w.x == 0", setup="w.x = 0", observe="w.x")
        result = everywhere(source)
        assert result.outcomes == fine(1) | {Outcome(False, (("t1", "AssertionError"),), 1)}
        assert result.verdicts == {"ok", "assertion"}

    def test_a_lock_acquired_twice_deadlocks_unless_reentrant(self) -> None:
        body = "with w.m:\n    with w.m:\n        w.x = 1"
        for kind, expected in (("Lock", {Outcome(True, (), 0)}), ("RLock", fine(1))):
            source = module(body, setup=f"w.x = 0\nw.m = threading.{kind}()", observe="w.x")
            assert everywhere(source).outcomes == expected

    def test_an_augmented_assignment_of_a_nonlocal_and_a_global_can_be_lost(self) -> None:
        source = module(
            "w.bump()\nadd()",
            "w.bump()\nadd()",
            helpers="total = 0\n\ndef add():\n    global total\n    total += 1",
            setup="""\
                count = 0
                def bump():
                    nonlocal count
                    count += 1
                w.bump = bump
                w.count = lambda: count
            """,
            observe="(w.count(), total)",
        )
        assert everywhere(source).outcomes == fine((1, 1), (1, 2), (2, 1), (2, 2))

    def test_a_name_that_only_setting_up_stores_to_counts_as_shared_when_it_is_stored_late(self) -> None:
        source = module("w.r = (w.x, w.x)", setup="w.r = None\nw.x = 0", observe="w.r", joins=False)
        source = source.replace("    t0.start()\n", "    t0.start()\n    w.x = 1\n")
        assert everywhere(source).outcomes == fine((0, 0), (0, 1), (1, 1))


class TestLocks:
    def test_a_try_lock_succeeds_or_fails(self) -> None:
        taken = "if w.m.acquire(False):\n    w.x += 1\n    w.m.release()"
        source = module(taken, taken, setup="w.x = 0\nw.m = threading.Lock()", observe="w.x")
        assert everywhere(source).outcomes == fine(1, 2)

    def test_a_timed_acquire_waits_or_gives_up(self) -> None:
        holder = "with w.m:\n    w.x = 1"
        taker = "w.r = w.m.acquire(timeout=1) and w.x"
        source = module(holder, taker, setup="w.x = 0\nw.r = None\nw.m = threading.Lock()", observe="w.r")
        # Where the taker comes first it keeps the lock, and the holder never gets it.
        assert everywhere(source).outcomes == fine(1, ("bool", False)) | {Outcome(True, (), 0)}

    def test_a_timed_acquire_of_a_lock_that_stays_free_never_gives_up(self) -> None:
        source = module("w.r = w.m.acquire(timeout=1)", setup="w.r = 0\nw.m = threading.Lock()", observe="w.r")
        assert everywhere(source).outcomes == fine(("bool", True))

    @pytest.mark.parametrize("kind", ["Lock", "RLock"])
    def test_releasing_a_free_lock_is_an_error(self, kind: str) -> None:
        source = module("w.m.release()", setup=f"w.m = threading.{kind}()", observe="0")
        assert everywhere(source).outcomes == {Outcome(False, (("t0", "RuntimeError"),), 0)}

    def test_another_thread_may_release_a_lock_but_not_a_reentrant_one(self) -> None:
        for kind, failures in (("Lock", ()), ("RLock", (("t0", "RuntimeError"),))):
            source = module("w.m.release()", setup=f"w.m = threading.{kind}()\nw.m.acquire()", observe="0")
            assert everywhere(source).outcomes == {Outcome(False, failures, 0)}


CONDITION = "w.x = 0\nw.r = None\nw.c = threading.Condition()"
SET_AND_NOTIFY = "with w.c:\n    w.x = 1\n    w.c.notify()"


class TestConditions:
    def test_a_waiter_that_looks_first_is_always_woken(self) -> None:
        waiter = "with w.c:\n    while w.x == 0:\n        w.c.wait()\n    w.r = w.x"
        assert everywhere(module(waiter, SET_AND_NOTIFY, setup=CONDITION, observe="w.r")).outcomes == fine(1)

    def test_a_waiter_that_does_not_look_loses_an_early_wakeup(self) -> None:
        waiter = "with w.c:\n    w.c.wait()\n    w.r = w.x"
        result = everywhere(module(waiter, SET_AND_NOTIFY, setup=CONDITION, observe="w.r"))
        assert result.outcomes == fine(1) | {Outcome(True, (), None)}

    def test_looking_outside_of_the_lock_loses_the_wakeup(self) -> None:
        waiter = "if w.x == 0:\n    with w.c:\n        w.c.wait()\nw.r = 1"
        result = everywhere(module(waiter, SET_AND_NOTIFY, setup=CONDITION, observe="w.r"))
        assert result.outcomes == fine(1) | {Outcome(True, (), None)}

    def test_a_timed_wait_ends_both_ways(self) -> None:
        waiter = "with w.c:\n    w.r = (w.c.wait(1), w.x)"
        result = everywhere(module(waiter, SET_AND_NOTIFY, setup=CONDITION, observe="w.r"))
        true, false = ("bool", True), ("bool", False)
        # (false, 1): the timeout passed during the critical section of the notifier, or after being notified.
        assert result.outcomes == fine((true, 1), (false, 0), (false, 1))

    def test_a_timed_wait_that_no_one_notifies_only_times_out(self) -> None:
        waiter = "with w.c:\n    w.r = w.c.wait(1)"
        assert everywhere(module(waiter, setup=CONDITION, observe="w.r")).outcomes == fine(("bool", False))

    def test_a_late_timed_waiter_can_use_up_the_only_notification(self) -> None:
        timed = "with w.c:\n    w.n += 1\n    w.r = w.c.wait(1)"
        patient = "with w.c:\n    w.n += 1\n    w.c.wait()"
        notifier = "with w.c:\n    if w.n == 2:\n        w.c.notify()\n    else:\n        w.n = 9"
        result = everywhere(module(timed, patient, notifier, setup=CONDITION + "\nw.n = 0", observe="(w.n, w.r)"))
        assert Outcome(True, (), (2, ("bool", False))) in result.outcomes
        assert Outcome(True, (), (2, ("bool", True))) in result.outcomes
        assert Outcome(False, (), (2, ("bool", False))) in result.outcomes

    def test_the_longest_waiter_is_woken_first(self) -> None:
        waiter = "with w.c:\n    w.order.append({0})\n    w.c.wait()\n    w.woken.append({0})"
        notifier = "with w.c:\n    if len(w.order) == 2:\n        w.c.notify()"
        source = module(
            waiter.format(0),
            waiter.format(1),
            notifier,
            setup="w.order = []\nw.woken = []\nw.c = threading.Condition()",
            observe="(tuple(w.order), tuple(w.woken))",
        )
        woken = {outcome.observation for outcome in everywhere(source).outcomes}
        assert woken == {((0, 1), (0,)), ((1, 0), (1,)), ((0, 1), ()), ((1, 0), ())}

    def test_notify_all_wakes_all(self) -> None:
        waiter = "with w.c:\n    while w.x == 0:\n        w.c.wait()\n    w.x += 1"
        source = module(waiter, waiter, SET_AND_NOTIFY.replace("notify", "notify_all"), setup=CONDITION, observe="w.x")
        assert everywhere(source).outcomes == fine(3)

    def test_waiting_releases_a_reentrant_lock_altogether(self) -> None:
        waiter = "with w.c:\n    with w.c:\n        while w.x == 0:\n            w.c.wait()\n    w.r = w.x"
        assert everywhere(module(waiter, SET_AND_NOTIFY, setup=CONDITION, observe="w.r")).outcomes == fine(1)

    @pytest.mark.parametrize("call", ["wait()", "notify()", "notify_all()"])
    def test_a_condition_is_used_under_its_lock(self, call: str) -> None:
        source = module(f"w.c.{call}", setup=CONDITION, observe="0")
        assert everywhere(source).outcomes == {Outcome(False, (("t0", "RuntimeError"),), 0)}

    def test_spurious_wakeups_happen_only_when_asked_for(self) -> None:
        source = module("with w.c:\n    w.c.wait()\n    w.x = 1", setup=CONDITION, observe="w.x")
        assert everywhere(source).outcomes == {Outcome(True, (), 0)}
        assert everywhere(source, spurious=True).outcomes == fine(1)


class TestThreads:
    def test_joining_orders_what_follows_after_the_thread(self) -> None:
        source = module("w.x += 1", setup="w.x = 0", observe="w.x").replace("t0.join()", "t0.join()\n    w.x *= 10")
        assert everywhere(source).outcomes == fine(10)

    def test_not_joining_does_not(self) -> None:
        source = module("w.x = 1", setup="w.x = 0", observe="w.x", joins=False)
        source = source.replace("t0.start()", "t0.start()\n    w.x *= 10")
        assert everywhere(source).outcomes == fine(0, 1, 10)

    def test_a_thread_seen_unstarted_cannot_be_joined(self) -> None:
        starter = "t = threading.Thread(target=int)\nw.t = t\nw.t.start()"
        joiner = "if w.t is not None:\n    w.t.join()"
        with pytest.raises(Refused, match="no instruction"):
            explore(module(starter, joiner, setup="w.t = None", observe="0"))
        source = module(
            starter.replace("int", "run"), joiner, setup="w.t = None", observe="0", helpers="def run(): pass"
        )
        assert everywhere(source).outcomes == fine(0) | {Outcome(False, (("t1", "RuntimeError"),), 0)}

    def test_the_moment_of_a_threads_end_is_open(self) -> None:
        source = module("w.x = 1", setup="w.x = 0\nw.r = None", observe="w.r", joins=False)
        source = source.replace("t0.start()", "t0.start()\n    w.r = (w.x, t0.is_alive(), t0.is_alive())")
        true, false = ("bool", True), ("bool", False)
        assert everywhere(source).outcomes == fine(
            *((x, *alive) for x in (0, 1) for alive in ((true, true), (true, false), (false, false)))
        )

    def test_identities_tell_threads_apart(self) -> None:
        same = "w.{0} = threading.get_ident()\nw.{0}2 = threading.current_thread()"
        source = module(
            same.format("r"),
            same.format("s"),
            setup="w.r = w.s = w.r2 = w.s2 = 0",
            observe="(w.r == w.s, w.r2 is w.s2, w.r2.ident == w.r)",
        )
        assert everywhere(source).outcomes == fine((("bool", False), ("bool", False), ("bool", True)))


class TestCodeCalledFromC:
    def test_a_sort_that_calls_back_can_be_interrupted_and_shows_an_emptied_list(self) -> None:
        source = module(
            "w.l.sort(key=look)",
            "w.r = len(w.l)",
            setup="w.l = [2, 1]\nw.x = 0\nw.r = None",
            observe="w.r",
            helpers="def look(item):\n    w.x = item\n    return item",
        )
        assert everywhere(source).outcomes == fine(0, 2)

    def test_a_sum_over_a_generator_sees_each_item_at_its_own_time(self) -> None:
        source = module(
            "w.r = sum(item for item in w.l)", "w.l[1] = 10", setup="w.l = [1, 2]\nw.r = None", observe="w.r"
        )
        assert everywhere(source).outcomes == fine(3, 11)

    def test_a_sum_over_a_list_sees_all_items_at_once(self) -> None:
        source = module("w.r = sum(w.l)", "w.l[0] = 10\nw.l[1] = 20", setup="w.l = [1, 2]\nw.r = None", observe="w.r")
        assert everywhere(source).outcomes == fine(3, 12, 30)

    def test_slices_are_assigned_in_one_step(self) -> None:
        source = module("w.l[:] = [3, 4]", "w.r = tuple(w.l)", setup="w.l = [1]\nw.r = None", observe="w.r")
        assert everywhere(source).outcomes == fine((1,), (3, 4))


class TestEveryWayOfReadingAContainer:
    @pytest.mark.parametrize(
        "expression",
        [
            "1 if w.l else 0",
            "not w.l",
            "w.l == [1]",
            "1 in w.l",
            "len(w.l)",
            "sum(w.l)",
            "tuple(w.l)",
            "tuple(w.l[:])",
            "tuple(w.l + [])",
            "tuple([item for item in w.l])",
            "(*w.l,)",
            "f'{w.l}'",
            "w.l.count(1)",
            "max(w.l, default=0)",
        ],
    )
    def test_is_a_step_of_its_own(self, expression: str) -> None:
        # The second thread writes only after the first one's first step, which must not include the reading.
        source = module(
            f"w.x = 1\nw.r = {expression}",
            "if w.x == 1:\n    w.l.append(1)",
            setup="w.x = 0\nw.l = []\nw.r = None",
            observe="w.r",
        )
        assert len(everywhere(source).outcomes) == 2


class TestNumberOfSchedules:
    @pytest.mark.parametrize("lengths", [(1, 1), (3, 2), (4, 4), (1, 1, 1), (3, 2, 2), (1, 1, 1, 2)])
    def test_independent_straight_lines_interleave_in_multinomially_many_ways(self, lengths: tuple[int, ...]) -> None:
        threads = ["\n".join(f"w.x{i}_{k} = 1" for k in range(length)) for i, length in enumerate(lengths)]
        source = module(*threads, setup="pass", observe="0")
        result = explore(source)
        assert result.complete
        assert result.executions == factorial(sum(lengths)) // prod(factorial(length) for length in lengths)

    @pytest.mark.parametrize("lengths", [(4, 4), (3, 2, 2)])
    def test_sleep_sets_leave_one_execution_of_independent_steps(self, lengths: tuple[int, ...]) -> None:
        threads = ["\n".join(f"w.x{i}_{k} = 1" for k in range(length)) for i, length in enumerate(lengths)]
        assert explore(module(*threads, setup="pass", observe="0"), sleep_sets=True).executions == 1

    @pytest.mark.parametrize(("writers", "classes"), [(2, 2), (3, 6), (4, 24)])
    def test_sleep_sets_keep_every_order_of_writes_to_one_location(self, writers: int, classes: int) -> None:
        threads = [f"w.x = {i}" for i in range(writers)]
        result = explore(module(*threads, setup="w.x = None", observe="w.x"), sleep_sets=True)
        assert result.executions == classes
        assert result.outcomes == fine(*range(writers))

    def test_every_bytecode_that_can_touch_shared_data_is_a_point_at_opcode_granularity(self) -> None:
        source = module("w.x = 1", "w.y = 1", setup="pass", observe="0", joins=False)
        assert explore(source).executions == 2
        # t0 loads w, stores x; the main thread loads `start`, calls it and starts t1, which takes two steps.
        assert explore(source, granularity="opcode").executions == factorial(7) // (factorial(2) * factorial(5))

    def test_a_bound_that_is_hit_is_admitted(self) -> None:
        source = module("w.x += 1", "w.x += 1", setup="w.x = 0", observe="w.x")
        assert not explore(source, max_executions=2).complete
        assert not explore(source, max_steps=3).complete
        assert explore(source, max_executions=6).complete


class TestAnswers:
    def test_each_outcome_comes_with_the_steps_that_lead_to_it(self) -> None:
        source = module("w.x += 1", "w.x += 1", setup="w.x = 0", observe="w.x")
        lost = explore(source).witnesses[Outcome(False, (), 1)]
        assert [step.split()[0] + " " + step.split()[3] for step in lost] in (
            ["t0: LOAD_ATTR", "t1: LOAD_ATTR", "t0: STORE_ATTR", "t1: STORE_ATTR"],
            ["t0: LOAD_ATTR", "t1: LOAD_ATTR", "t1: STORE_ATTR", "t0: STORE_ATTR"],
        )

    def test_a_function_stands_for_the_module_that_it_is_in(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = module("w.x += 1", "w.x += 1", setup="w.x = 0", observe="w.x")
        (tmp_path / "program_of_the_oracle_test.py").write_text(source.replace("def program", "def race"))
        monkeypatch.syspath_prepend(tmp_path)
        loaded = importlib.import_module("program_of_the_oracle_test")
        assert explore(loaded.race).outcomes == explore(source).outcomes

    def test_values_are_equal_only_if_their_types_are(self) -> None:
        values = (1, True, 1.0, "1", (1,), [1], {1}, {1: 1}, None, 0, False)
        assert len({canonical(value) for value in values}) == len(values)
        with pytest.raises(Refused):
            canonical(object())


class TestRefusal:
    @pytest.mark.parametrize(
        "body",
        [
            "globals()['w'] = 1",
            "setattr(w, 'x', 1)",
            "w.__dict__['x'] = 1",
            "threading.Barrier(2)",
            "import queue",
        ],
        ids=["globals", "setattr", "__dict__", "unknown primitive", "unknown module"],
    )
    def test_what_is_not_understood_is_refused(self, body: str) -> None:
        with pytest.raises(Refused):
            explore(module(body, setup="w.x = 0", observe="0"))

    def test_hidden_nondeterminism_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(collections, "executions_seen", [], raising=False)
        helpers = "import collections"
        body = "seen = collections.executions_seen\nseen.append(1)\nif len(seen) == 1:\n    w.y = 1\nw.x = 1"
        with pytest.raises(Refused, match="not deterministic"):
            explore(module(body, "w.x = 2", setup="pass", observe="0", helpers=helpers))

    def test_an_endless_execution_is_refused(self) -> None:
        with pytest.raises(Refused, match="without an end"):
            explore(module("while True:\n    pass", setup="pass", observe="0"))

    def test_abandoned_threads_are_ended_at_once(self) -> None:
        body = "try:\n    with w.c:\n        w.c.wait()\nfinally:\n    with w.c:\n        w.x = 5"
        before = suspended()
        gc.disable()
        try:
            result = explore(module(body, body, setup=CONDITION, observe="w.x"))
            assert suspended() == before
        finally:
            gc.enable()
        assert result.outcomes == {Outcome(True, (), 0)}


def suspended() -> int:
    """How many greenlets are suspended somewhere in the middle."""
    return sum(isinstance(one, greenlet.greenlet) and bool(one) for one in gc.get_objects())


def agree(source: str, *, bound: int) -> None:
    """All ways of exploring a program give the same outcomes, as far as they complete."""
    ways: list[Callable[[], OracleResult]] = [
        lambda: explore(source, max_executions=bound),
        lambda: explore(source, max_executions=bound, sleep_sets=True),
        lambda: explore(source, max_executions=bound, sleep_sets=True, granularity="opcode"),
        lambda: explore(source, max_executions=bound, granularity="opcode"),
    ]
    results = [way() for way in ways]
    complete = {result.outcomes for result in results if result.complete}
    assert len(complete) <= 1
    for outcomes in complete:
        for result in results:
            assert result.outcomes <= outcomes


class TestGeneratedPrograms:
    @pytest.mark.parametrize("profile", sorted(PROFILES))
    def test_sleep_sets_and_granularities_agree(self, profile: str) -> None:
        for seed in range(8):
            agree(random_program(seed, Profile(PROFILES[profile].protected, schedules=30)), bound=120)

    @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    @given(threaded_programs(Profile(protected=50, schedules=40)))
    def test_drawn_programs_agree_too(self, source: str) -> None:
        agree(source, bound=60)

    @given(st.integers(0, 10_000), st.sampled_from(sorted(PROFILES)))
    @settings(max_examples=50, deadline=None, derandomize=True, database=None)
    def test_a_seed_always_gives_the_same_program(self, seed: int, profile: str) -> None:
        source = random_program(seed, PROFILES[profile])
        assert source == random_program(seed, PROFILES[profile])
        compile(source, "generated", "exec")

    def test_most_programs_are_small_enough_and_many_are_interesting(self) -> None:
        results = [explore(random_program(seed, MIXED), sleep_sets=True, max_executions=500) for seed in range(40)]
        assert sum(result.complete for result in results) >= 38
        assert sum(len(result.outcomes) > 1 for result in results) >= 15
        assert {verdict for result in results for verdict in result.verdicts} == {
            "ok",
            "deadlock",
            "assertion",
            "exception",
        }

    @pytest.mark.slow
    @pytest.mark.parametrize("profile", sorted(PROFILES))
    def test_sleep_sets_and_granularities_agree_on_many(self, profile: str) -> None:
        for seed in range(100, 125):
            agree(random_program(seed, Profile(PROFILES[profile].protected, schedules=100)), bound=500)


def perform_for_real(source: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Perform a program with real threads, which give way at random accesses to the world's attributes."""
    chance = random.Random(seed)
    failures: list[tuple[str, str]] = []

    class GivingWay:
        def __getattribute__(self, name: str) -> Any:
            if chance.random() < 0.5:
                time.sleep(0)
            return object.__getattribute__(self, name)

    monkeypatch.setattr(threading, "excepthook", lambda call: failures.append(("", call.exc_type.__name__)))
    names: dict[str, Any] = {"__name__": "real", "GivingWay": GivingWay}
    exec(source.replace("class World:", "class World(GivingWay):"), names)
    before = set(threading.enumerate())
    try:
        names["program"]()
    except Exception as error:
        failures.append(("", type(error).__name__))
    deadline = time.monotonic() + 20
    while set(threading.enumerate()) - before:
        assert time.monotonic() < deadline
        time.sleep(0.0001)
    return Outcome(False, tuple(sorted(failures)), canonical(names["observe"]()))


class TestReality:
    """What real threads do, on the same text, is among the outcomes."""

    @pytest.mark.parametrize("profile", sorted(PROFILES))
    def test_every_outcome_of_real_threads_is_known(self, profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = 0
        for seed in range(40):
            source = random_program(seed, PROFILES[profile])
            if any(word in source.split("def work_0")[1] for word in ("wait", "timeout", "daemon")):
                continue  # would take real time, or might not end
            result = explore(source, sleep_sets=True, max_executions=2_000)
            if not result.complete or any(outcome.deadlocked for outcome in result.outcomes):
                continue
            known = {outcome.without_names() for outcome in result.outcomes}
            real = {perform_for_real(source, run, monkeypatch) for run in range(8)}
            assert real <= known
            seen += 1
        assert seen >= 8
