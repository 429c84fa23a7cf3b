"""Real classes: each critical section of the reference queue, and of the interpreter's own, is the
specification's.

For all states: any capacity, any contents, any number of threads anywhere. That locks and conditions behave
as modelled is assumed; that the class uses them as it should is what is shown.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from types import ModuleType

import boundedqueue.monitor
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.real_class import HEAD, ITEM, TIMEOUT, After, Section, private_copy, run
from queueproof.unbounded.theorem import EVERY_WAKE_UP, PROVED, Theorem, both
from queuespec import environment, two_conditions
from queuespec.two_conditions import Counters

Expected = Callable[[Counters, After], bool]


def put_went_well(s: Counters, after: After) -> bool:
    """It fell asleep and appended nothing, or returned None and appended exactly its item."""
    if s.length == s.capacity:
        return after.result == ("sleep", None) and after.appended == ()
    return after.result == ("return", None) and after.appended == (ITEM,)


def get_went_well(s: Counters, after: After) -> bool:
    """It fell asleep, or returned the first item; it appended nothing."""
    if s.length == 0:
        return after.result == ("sleep", None) and after.appended == ()
    return after.result == ("return", HEAD) and after.appended == ()


def sections() -> Iterator[tuple[str, Section, Callable[[Counters], bool], Expected]]:
    """Name, critical section, precondition and what must follow, for calls that exist on every
    interpreter.
    """
    put, get = (ITEM,), ()
    yield (
        "put enters",
        Section("put", put),
        two_conditions.put_enter_guard,
        lambda s, a: a.counters == two_conditions.put_enter(s) and put_went_well(s, a),
    )
    yield (
        "put looks again",
        Section("put", put, woken=True),
        two_conditions.put_recheck_guard,
        lambda s, a: a.counters == two_conditions.put_recheck(s) and put_went_well(s, a),
    )
    yield (
        "get enters",
        Section("get", get),
        two_conditions.get_enter_guard,
        lambda s, a: a.counters == two_conditions.get_enter(s) and get_went_well(s, a),
    )
    yield (
        "get looks again",
        Section("get", get, woken=True),
        two_conditions.get_recheck_guard,
        lambda s, a: a.counters == two_conditions.get_recheck(s) and get_went_well(s, a),
    )
    yield from timed_sections()
    yield from immediate_sections()


def timed_sections() -> Iterator[tuple[str, Section, Callable[[Counters], bool], Expected]]:
    """A call with a timeout that wakes after its time looks again before it gives up."""

    def put_late(s: Counters, a: After) -> bool:
        if s.length == s.capacity:
            gave_up = a.result == ("raise", "Full") and a.appended == ()
            return gave_up and a.counters == environment.put_times_out(s)
        return a.counters == two_conditions.put_recheck(s) and put_went_well(s, a)

    def get_late(s: Counters, a: After) -> bool:
        if s.length == 0:
            return a.result == ("raise", "Empty") and a.counters == environment.get_times_out(s)
        return a.counters == two_conditions.get_recheck(s) and get_went_well(s, a)

    put, get = (ITEM, True, 2 * TIMEOUT), (True, 2 * TIMEOUT)
    yield "put wakes late", Section("put", put, True, True), two_conditions.put_recheck_guard, put_late
    yield "get wakes late", Section("get", get, True, True), two_conditions.get_recheck_guard, get_late


def immediate_sections() -> Iterator[tuple[str, Section, Callable[[Counters], bool], Expected]]:
    """A call that may not wait fails, and changes nothing."""

    def put_now(s: Counters, a: After) -> bool:
        if s.length == s.capacity:
            return a.result == ("raise", "Full") and a.counters == s and a.appended == ()
        return a.counters == two_conditions.put_enter(s) and put_went_well(s, a)

    def get_now(s: Counters, a: After) -> bool:
        if s.length == 0:
            return a.result == ("raise", "Empty") and a.counters == s
        return a.counters == two_conditions.get_enter(s) and get_went_well(s, a)

    yield "put_nowait", Section("put_nowait", (ITEM,)), two_conditions.put_enter_guard, put_now
    yield "get_nowait", Section("get_nowait"), two_conditions.get_enter_guard, get_now


def closing_sections() -> Iterator[tuple[str, Section, Callable[[Counters], bool], Expected]]:
    """Shutdown wakes everybody; a put that finds the queue closed is refused, a get only if it is empty
    too.
    """

    def refused(s: Counters, a: After) -> bool:
        return a.result == ("raise", "ShutDown") and a.counters == s and a.appended == ()

    def refused_again(s: Counters, a: After) -> bool:
        left = s._replace(woken_putters=s.woken_putters - 1, running_putters=s.running_putters + 1)
        return a.result == ("raise", "ShutDown") and a.counters == left and a.appended == ()

    def get_closed(s: Counters, a: After) -> bool:
        if s.length == 0:
            return refused(s, a)
        return a.counters == two_conditions.get_enter(s) and get_went_well(s, a)

    def get_closed_again(s: Counters, a: After) -> bool:
        if s.length == 0:
            left = s._replace(woken_getters=s.woken_getters - 1, running_getters=s.running_getters + 1)
            return a.result == ("raise", "ShutDown") and a.counters == left
        return a.counters == two_conditions.get_recheck(s) and get_went_well(s, a)

    def wakes_all(s: Counters, a: After) -> bool:
        return a.result == ("return", None) and a.closed and a.counters == environment.everybody_wakes(s)

    two = two_conditions
    yield "put is refused", Section("put", (ITEM,), closed=True), two.put_enter_guard, refused
    yield (
        "put is refused when it looks again",
        Section("put", (ITEM,), woken=True, closed=True),
        two.put_recheck_guard,
        refused_again,
    )
    yield "get drains", Section("get", closed=True), two.get_enter_guard, get_closed
    yield (
        "get drains when it looks again",
        Section("get", woken=True, closed=True),
        two.get_recheck_guard,
        get_closed_again,
    )
    yield "shutdown wakes everybody", Section("shutdown"), environment.always, wakes_all


def dropping_sections() -> Iterator[tuple[str, Section, Callable[[Counters], bool], Expected]]:
    """An immediate shutdown drops the items too."""

    def drops(s: Counters, a: After) -> bool:
        return a.result == ("return", None) and a.closed and a.counters == environment.queue_is_emptied(s)

    yield "shutdown drops the items", Section("shutdown", (True,)), environment.always, drops


def lemmas(module: ModuleType, name: str, can_close: bool, loop_free: bool) -> Iterator[Lemma]:
    """Each critical section of a class does what the specification says, from any state."""
    chosen = list(sections())
    if can_close:
        chosen += closing_sections()
    if can_close and loop_free:
        chosen += dropping_sections()
    for what, section, guard, expected in chosen:
        yield Lemma(
            f"{name}: {what}",
            Counters,
            lambda s, guard=guard: guard(s) and two_conditions.types(s),  # type: ignore[misc]
            lambda s, section=section, expected=expected: expected(s, run(module, name, section, s)),  # type: ignore[misc]
        )


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    ours = lemmas(private_copy(boundedqueue.monitor), "MonitorQueue", can_close=True, loop_free=True)
    theirs = lemmas(private_copy(queue), "Queue", hasattr(queue, "ShutDown"), loop_free=False)
    return [
        Theorem(
            "reference-class",
            "Every critical section of boundedqueue's MonitorQueue is the specification's, from every state, "
            "for all K, P and C.",
            PROVED,
            both(ours),
            EVERY_WAKE_UP,
        ),
        Theorem(
            "standard-library-class",
            "Every critical section of put and get of this interpreter's own queue.Queue is the "
            "specification's, from every state, for all K, P and C.",
            PROVED,
            both(theirs),
            EVERY_WAKE_UP,
        ),
    ]
