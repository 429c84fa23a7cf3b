"""Counterexamples written by hand, for any number of threads: what the reports are made of in these tests."""

from __future__ import annotations

import re
from collections.abc import Callable

from treadle.vocabulary.trace import Choice, Counterexample, Effect, Event, Place, Standing
from treadle.vocabulary.verdict import Reason, Report, Verdict

FILE = "examples/orders.py"


def effect(text: str) -> Effect:
    """The effect that a line such as `notify q.not_empty -> consumer-1` says."""
    kind, _, rest = text.partition(" ")
    name, detail = re.fullmatch(r"(\S*?)(?:(?: -> | = |: )(.*))?", rest).groups(default="")
    return Effect(kind, name, "" if detail == "nobody waits" else detail)


class Tale:
    """A trace in the making."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ending: list[Standing] = []

    def step(
        self,
        thread: str,
        operation: str,
        at: tuple[int, str] | None,
        effects: str = "",
        state: str = "",
        way: str = "go",
    ) -> None:
        function = operation.rpartition(" in ")[2] if " in " in operation else "run"
        place = Place(FILE, at[0], function, at[1]) if at else None
        told = tuple(effect(one.strip()) for one in effects.split(";") if one.strip())
        self.events.append(Event(len(self.events) + 1, Choice(thread, operation, way), place, told, state))

    def stands(
        self,
        thread: str,
        operation: str,
        at: tuple[int, str],
        call: str = "",
        enabled: bool = False,
        waits_for: str = "",
    ) -> None:
        function = operation.rpartition(" in ")[2] if " in " in operation else "run"
        place = Place(FILE, at[0], function, at[1])
        self.ending.append(Standing(thread, operation, enabled, False, False, place, call, waits_for))

    def finished(self, *threads: str) -> None:
        self.ending += [Standing(thread, "", False, True, False, None) for thread in threads]

    def report(self, program: str, reason: Reason, message: str, cycle_start: int | None = None) -> Report:
        schedule = tuple(event.choice for event in self.events)
        found = Counterexample(schedule, tuple(self.events), tuple(self.ending), cycle_start=cycle_start)
        return Report(
            f"{FILE}::{program}",
            Verdict.VIOLATED,
            reason,
            message,
            states=41,
            transitions=67,
            executions=12,
            steps=90,
            seconds=0.0123,
            counterexample=found,
            violations=1,
        )


def deadlock(threads: int) -> Report:
    """Each of `threads` holds a fork and wants the next."""
    tale = Tale()
    for number in range(1, threads + 1):
        tale.step(
            f"eater-{number}",
            f"acquire forks[{number}] in eat",
            (12, "with left:"),
            f"acquire forks[{number}]",
        )
    for number in range(1, threads + 1):
        tale.stands(f"eater-{number}", f"acquire forks[{number % threads + 1}] in eat", (13, "with right:"))
    return tale.report("supper", Reason.DEADLOCK, "no thread can go on")


LOOP = (31, "while not self.items:")
WAIT = (32, "self.not_empty.wait()")
GET = (30, "with self.mutex:")
PUT = (21, "with self.mutex:")


def lost_wakeup(threads: int) -> Report:
    """A producer tells the first consumer only; the others sleep beside their items."""
    tale = Tale()
    if threads == 2:
        tale.step(
            "consumer-1",
            "acquire q.mutex in get",
            GET,
            "acquire q.mutex; read q.items; release q.mutex",
            "[]",
        )
        tale.step(
            "producer-1",
            "acquire q.mutex in put",
            PUT,
            "acquire q.mutex; write q.items; notify q.not_empty: nobody waits; release q.mutex; finish",
            "['tea']",
        )
        tale.step(
            "consumer-1",
            "acquire q.gap in get",
            WAIT,
            "acquire q.gap; wait q.not_empty; release q.gap",
            "['tea']",
        )
        tale.finished("producer-1")
        tale.stands("consumer-1", "wait q.not_empty in get", WAIT, "get()")
        return tale.report("one_order", Reason.LOST_WAKEUP, "get() is blocked though the specification enables it")
    consumers = [f"consumer-{number}" for number in range(1, threads)]
    for name in consumers:
        tale.step(
            name,
            "acquire q.mutex in get",
            GET,
            "acquire q.mutex; read q.items; read q.items; wait q.not_empty; release q.mutex",
            "[]",
        )
    items: list[str] = []
    for number, _ in enumerate(consumers):
        items.append("tea" if number % 2 == 0 else "cake")
        notify = "notify q.not_empty -> consumer-1; " if number == 0 else ""
        tale.step(
            "producer-1",
            "acquire q.mutex in put",
            PUT,
            f"acquire q.mutex; read q.items; read q.capacity; write q.items; {notify}release q.mutex; return put",
            str(items),
        )
    tale.step(
        "consumer-1",
        "wait q.not_empty in get",
        WAIT,
        f"acquire q.mutex; read q.items; write q.items; release q.mutex; return get -> {items.pop(0)!r}; finish",
        str(items),
    )
    tale.finished("producer-1", "consumer-1")
    for name in consumers[1:]:
        tale.stands(name, "wait q.not_empty in get", WAIT, "get()")
    return tale.report("orders", Reason.LOST_WAKEUP, "get() is blocked though the specification enables it")


def assertion(threads: int) -> Report:
    """All read the counter before anyone writes it; with three: the woken consumer finds the item gone."""
    tale = Tale()
    if threads == 3:
        tale.step(
            "consumer-1",
            "acquire q.mutex in get",
            GET,
            "acquire q.mutex; read q.items; wait q.not_empty; release q.mutex",
            "[]",
        )
        tale.step(
            "producer-1",
            "acquire q.mutex in put",
            PUT,
            "acquire q.mutex; write q.items; notify q.not_empty -> consumer-1; release q.mutex; finish",
            "['tea']",
        )
        tale.step(
            "consumer-2",
            "acquire q.mutex in get",
            GET,
            "acquire q.mutex; read q.items; write q.items; release q.mutex; return get -> 'tea'; finish",
            "[]",
        )
        tale.step(
            "consumer-1",
            "wait q.not_empty in get",
            WAIT,
            "acquire q.mutex; read q.items; release q.mutex; raise IndexError: pop from an empty deque",
            "[]",
        )
        tale.finished("producer-1", "consumer-2", "consumer-1")
        return tale.report("if_for_while", Reason.EXCEPTION, "consumer-1 raised IndexError: pop from an empty deque")
    counters = ["main", *(f"counter-{number}" for number in range(1, threads))]
    add = (8, "tally.count += 1")
    for name in counters:
        tale.step(name, "read tally.count in add", add, "read tally.count -> 0")
    for name in counters:
        tale.step(
            name,
            "write tally.count in add",
            add,
            "write tally.count = 1" + ("" if name == "main" else "; finish"),
        )
    tale.step(
        "main",
        f"join {counters[-1]} in count_all",
        (15, "worker.join()"),
        f"read tally.count -> 1; raise AssertionError: 1 counted, not {threads}",
    )
    tale.finished(*counters)
    return tale.report("count_all", Reason.ASSERTION, f"main raised AssertionError: 1 counted, not {threads}")


def livelock(threads: int) -> Report:
    """All poll an empty list for ever."""
    tale = Tale()
    pollers = [f"getter-{number}" for number in range(1, threads + 1)]
    for name in pollers:
        tale.step(name, "start", (40, "while not self.orders:"), "read q.orders", "[]")
    for name in pollers:
        tale.step("clock", "tick", None, "", "[]")
        tale.step(name, "sleep in get", (41, "time.sleep(0.001)"), "read q.orders", "[]")
    for name in pollers:
        tale.stands(name, "sleep in get", (41, "time.sleep(0.001)"))
    return tale.report("polling", Reason.LIVELOCK, "threads run for ever without progress", cycle_start=threads)


SAMPLES: dict[str, Callable[[int], Report]] = {
    "deadlock": deadlock,
    "lost_wakeup": lost_wakeup,
    "assertion": assertion,
    "livelock": livelock,
}
