"""The final paragraph: each kind of story in its exact words."""

from __future__ import annotations

import pytest

from checker.report.samples import GET, LOOP, PUT, WAIT, Tale, assertion, deadlock, livelock, lost_wakeup
from treadle.report.explain import explain
from treadle.vocabulary.trace import Choice, Counterexample, Effect, Event
from treadle.vocabulary.verdict import Reason, Report

WAITS = "acquire q.mutex; read q.items; wait q.not_empty; release q.mutex"


def told(report: Report) -> str:
    assert report.counterexample is not None
    return explain(report.reason, report.counterexample)


def test_a_notify_that_went_to_another() -> None:
    assert told(lost_wakeup(3)) == (
        "consumer-2 waits on q.not_empty since step 2; the only notify on it (step 3, by producer-1) went "
        "to consumer-1, "
        "which woke at step 5 and returned 'tea' from get. With the state ['cake'], consumer-2 could "
        "finish get(), "
        "but nothing will ever wake it."
    )


def test_a_notify_that_nobody_waited_for() -> None:
    assert "(step 2, by producer-1) found nobody waiting, so it was lost: consumer-1 began to wait only at step 3." in (
        told(lost_wakeup(2))
    )


def test_a_condition_that_nobody_notifies() -> None:
    tale = Tale()
    tale.step("consumer-1", "acquire q.mutex in get", GET, WAITS)
    tale.finished("main")
    tale.stands("consumer-1", "wait q.not_empty in get", WAIT)
    assert told(tale.report("p", Reason.DEADLOCK, "")) == (
        "consumer-1 waits on q.not_empty since step 1; nothing in this execution notifies it. No thread can go on."
    )


def stolen_wakeup() -> Tale:
    tale = Tale()
    tale.step("consumer-1", "acquire q.mutex in get", GET, WAITS)
    tale.step(
        "producer-1",
        "acquire q.mutex in put",
        PUT,
        "acquire q.mutex; write q.items; notify q.not_empty -> consumer-1; release q.mutex; finish",
    )
    tale.step(
        "consumer-2",
        "acquire q.mutex in get",
        GET,
        "acquire q.mutex; read q.items; write q.items; release q.mutex; return get -> 1; finish",
    )
    tale.step("consumer-1", "wait q.not_empty in get", LOOP, WAITS)
    return tale


def test_a_stolen_wakeup_names_the_thief() -> None:
    tale = stolen_wakeup()
    tale.finished("producer-1", "consumer-2")
    tale.stands("consumer-1", "wait q.not_empty in get", WAIT)
    assert told(tale.report("p", Reason.DEADLOCK, "")) == (
        "consumer-1 waits on q.not_empty since step 4; the only notify on it (step 2, by producer-1) went "
        "to consumer-1, "
        "which woke at step 4, found that consumer-2 had meanwhile changed q.items (step 3), and waited "
        "again. "
        "No thread can go on."
    )


def test_several_waiters_and_notifies_are_told_together() -> None:
    tale = stolen_wakeup()
    tale.step("consumer-3", "acquire q.mutex in get", GET, WAITS)
    tale.step(
        "producer-2",
        "acquire q.mutex in put",
        PUT,
        "acquire q.mutex; notify q.not_empty -> consumer-4; release q.mutex",
    )
    tale.stands("consumer-1", "wait q.not_empty in get", WAIT)
    tale.stands("consumer-3", "wait q.not_empty in get", WAIT)
    text = told(tale.report("p", Reason.DEADLOCK, ""))
    assert text.startswith(
        "consumer-1 (since step 4) and consumer-3 (since step 5) wait on q.not_empty. "
        "Of the 2 notifies on it, the one at step 2 (by producer-1) went to consumer-1, which woke at step 4"
    )
    assert "; the one at step 6 (by producer-2) went to consumer-4, which has not gone on since." in text


def test_only_the_last_of_many_notifies_are_told() -> None:
    tale = Tale()
    for _ in range(6):
        tale.step("p", "acquire q.mutex in put", PUT, "notify q.not_empty: nobody waits")
    tale.step("c", "acquire q.mutex in get", GET, WAITS)
    tale.stands("c", "wait q.not_empty in get", WAIT)
    text = told(tale.report("p", Reason.DEADLOCK, ""))
    assert "Of the 6 notifies on it, the last: the one at step 3 (by p)" in text
    assert "step 2 (" not in text


def test_a_notify_spent_on_a_waiter_that_had_timed_out() -> None:
    tale = Tale()
    tale.step("c1", "acquire q.mutex in get", GET, WAITS)
    tale.step("c2", "acquire q.mutex in get", GET, WAITS)
    tale.step("c1", "wait q.not_empty in get", WAIT, "", way="timeout")
    tale.step(
        "p",
        "acquire q.mutex in put",
        PUT,
        "acquire q.mutex; write q.items; notify q.not_empty -> c1; release q.mutex",
    )
    tale.step("c1", "return q.not_empty in get", WAIT, "acquire q.mutex; release q.mutex; raise Empty")
    tale.stands("c2", "wait q.not_empty in get", WAIT)
    assert "went to c1, whose wait had already timed out (step 3) and then raised Empty." in (
        told(tale.report("p", Reason.LOST_WAKEUP, ""))
    )


def test_a_woken_thread_that_cannot_get_its_lock_back() -> None:
    tale = Tale()
    tale.step("c", "acquire q.mutex in get", GET, WAITS)
    tale.step("p", "acquire q.mutex in put", PUT, "acquire q.mutex; notify q.not_empty -> c; finish")
    tale.finished("p")
    tale.stands("c", "wait q.not_empty in get", WAIT)
    assert told(tale.report("p", Reason.DEADLOCK, "")) == (
        "c was notified (step 2) and waits to get q.mutex back, which p took at step 2 and never released. "
        "No thread can go on."
    )


def test_locks_taken_in_a_circle() -> None:
    assert told(deadlock(2)) == (
        "eater-1 waits for forks[2], which eater-2 holds (since step 2). eater-2 waits for forks[1], which "
        "eater-1 holds "
        "(since step 1). They wait for each other in a circle. No thread can go on."
    )


def test_a_circle_that_is_not_everybody_is_named() -> None:
    report = deadlock(2)
    assert report.counterexample is not None
    tale = Tale()
    tale.events, tale.ending = list(report.counterexample.trace), list(report.counterexample.ending)
    tale.stands("main", "join eater-1 in supper", (3, "one.join()"))
    assert told(tale.report("p", Reason.DEADLOCK, "")).endswith(
        "main waits for eater-1 to finish. eater-1 and eater-2 wait for each other in a circle. No thread can go on."
    )


def test_a_lock_taken_twice_by_the_same_thread() -> None:
    tale = Tale()
    tale.step("t", "acquire m in f", GET, "acquire m")
    tale.stands("t", "acquire m in f", GET)
    assert told(tale.report("p", Reason.DEADLOCK, "")) == (
        "t waits for m, which it holds itself (since step 1). No thread can go on."
    )


def test_a_failure_after_a_stolen_wakeup() -> None:
    assert told(assertion(3)) == (
        "At step 4 consumer-1 raised IndexError: pop from an empty deque in get. It had been woken by "
        "producer-1 "
        "(step 2), but before it went on (step 4) consumer-2 changed q.items (step 3)."
    )


def test_a_failure_after_a_lost_update() -> None:
    assert told(assertion(2)) == (
        "At step 5 main raised AssertionError: 1 counted, not 2 in count_all. counter-1 read tally.count "
        "at step 2 and "
        "wrote it at step 4, without having seen what main wrote in between (step 3)."
    )


def test_a_failure_of_a_thread_whose_knowledge_was_out_of_date() -> None:
    tale = Tale()
    tale.step("a", "acquire m in get", GET, "read q.items")
    tale.step("b", "acquire m in get", GET, "write q.items")
    tale.step("a", "acquire n in get", GET, "raise IndexError: pop from empty list")
    assert told(tale.report("p", Reason.EXCEPTION, "")) == (
        "At step 3 a raised IndexError: pop from empty list in get. a had read q.items at step 1; b "
        "changed it at "
        "step 2, so what it knew was out of date."
    )


def test_the_step_that_broke_an_invariant() -> None:
    tale = Tale()
    tale.step("a", "acquire m in put", PUT, "", "[1]")
    tale.step("b", "acquire m in put", PUT, "", "[1, 2]")
    assert told(tale.report("p", Reason.INVARIANT, "")) == (
        "The last step (2, by b), in put, is the one that broke it. The state went from [1] to [1, 2]."
    )


def test_a_livelock_names_who_runs_and_who_is_blocked_meanwhile() -> None:
    assert told(livelock(2)) == (
        "Steps 3 to 6 repeat for ever: getter-1 (in get) and getter-2 (in get) go round and round and "
        "nothing is achieved."
    )


def test_a_starved_thread() -> None:
    tale = Tale()
    tale.step("c1", "acquire q.mutex in get", GET, WAITS)
    tale.step("p", "acquire q.mutex in put", PUT, "release q.mutex")
    tale.stands("c1", "wait q.not_empty in get", WAIT)
    tale.stands("p", "acquire q.mutex in put", PUT, enabled=True)
    assert told(tale.report("p", Reason.STARVATION, "", cycle_start=1)) == (
        "Steps 2 to 2 repeat for ever: p goes on, and c1 never does."
    )


def test_a_race_names_both_accesses() -> None:
    tale = Tale()
    tale.stands("a", "write q.items in put", PUT, enabled=True)
    tale.stands("b", "read q.items in get", GET, enabled=True)
    assert told(tale.report("p", Reason.DATA_RACE, "")) == (
        "Nothing orders the accesses to q.items: a is about to write it and b is about to read it, and "
        "either may "
        "come first."
    )


def test_a_lock_that_is_held_at_the_end() -> None:
    tale = Tale()
    tale.step("t", "acquire m in f", GET, "acquire m; finish")
    tale.finished("main", "t")
    assert told(tale.report("p", Reason.LEAK, "")) == "m, taken by t at step 1, is never released."


@pytest.mark.parametrize("reason", [None, *Reason])
def test_an_empty_counterexample_is_no_trouble(reason: Reason | None) -> None:
    assert explain(reason, Counterexample((), ())) in ("", "No thread can go on.")


def test_a_circle_that_goes_through_a_join() -> None:
    tale = Tale()
    tale.step("main", "acquire m in f", GET, "acquire m; start t")
    tale.stands("main", "join t in f", GET, waits_for="t")
    tale.stands("t", "acquire m in g", PUT, waits_for="main")
    assert told(tale.report("p", Reason.DEADLOCK, "")) == (
        "main waits for t to finish. t waits for m, which main holds (since step 1). They wait for each "
        "other in a "
        "circle. No thread can go on."
    )


def test_a_lock_whose_taking_is_not_in_the_trace_is_held_by_whom_the_ending_names() -> None:
    tale = Tale()
    tale.stands("t", "acquire m in g", PUT, waits_for="main")
    assert "t waits for m, which main holds. " in told(tale.report("p", Reason.DEADLOCK, ""))


def test_a_write_that_fails_is_told_as_knowledge_out_of_date() -> None:
    tale = Tale()
    tale.step("a", "read q in get", GET, "read q")
    tale.step("b", "write q in get", GET, "write q")
    tale.step("a", "write q in get", GET, "write q; raise IndexError: pop from empty list")
    assert told(tale.report("p", Reason.EXCEPTION, "")).endswith(
        "a had read q at step 1; b changed it at step 2, so what it knew was out of date."
    )


def test_what_a_new_thread_does_in_its_starters_step_is_its_own() -> None:
    effects = (
        Effect("start", "t"),
        Effect("raise", "IndexError", "no", thread="t"),
        Effect("finish", thread="t"),
    )
    found = Counterexample((), (Event(0, Choice("main", "begin"), None, effects),))
    assert explain(Reason.EXCEPTION, found) == "At step 0 t raised IndexError: no."
    assert [effect.text for effect in effects] == ["start t", "t: raise IndexError: no", "t: finish"]
