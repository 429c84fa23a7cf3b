"""Monitors: histories that can be explained by a sequential order of the calls, and histories that cannot.

H1 to H4 are the queue histories of Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects"
(1990), section 2.1: the first and the fourth can be linearized, the second and the third cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from treadle.properties.refinement import Call, Monitor, SpecificationViolated, plain


class Contents(NamedTuple):
    items: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Outcome:
    result: tuple[str, Any]
    state: Contents
    timeout: bool = False


class Queue:
    """A queue of at most `capacity` items: put, get, size, and put and get that may time out."""

    def __init__(self, capacity: int = 99) -> None:
        self.capacity = capacity

    def initial(self) -> Contents:
        return Contents()

    def outcomes(self, state: Contents, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Outcome]:
        items = state.items
        if method == "size":
            return [Outcome(("return", len(items)), state)]
        if method == "put":
            full = len(items) >= self.capacity
            return self._late(state, kwargs, "Full") if full else [Outcome(("return", None), Contents((*items, *args)))]
        if not items:
            return self._late(state, kwargs, "Empty")
        return [Outcome(("return", items[0]), Contents(items[1:]))]

    def _late(self, state: Contents, kwargs: dict[str, Any], name: str) -> list[Outcome]:
        return [Outcome(("raise", name), state, timeout=True)] if "timeout" in kwargs else []


class History:
    """Feeds a monitor: `+A put 1` begins a call of process A, `-A` ends it."""

    def __init__(self, specification: Queue, view: bool = False) -> None:
        self.items: list[Any] = []
        look = (lambda items: tuple(items)) if view else None
        self.monitor = Monitor(self.items, specification, look)
        self.calls: dict[str, Call] = {}

    def begin(self, process: str, method: str, *args: Any, **kwargs: Any) -> None:
        self.calls[process] = Call(method, args, kwargs)
        self.monitor.called(self.calls[process])

    def end(self, process: str, value: Any = None, kind: str = "return") -> None:
        self.monitor.returned(self.calls.pop(process), (kind, value))

    def follow(self, events: Iterable[str]) -> None:
        for event in events:
            process, *words = event.split()
            if process[0] == "+":
                self.begin(process[1:], words[0], *words[1:])
            else:
                self.end(process[1:], words[0] if words else None)


def linearizable(*events: str) -> bool:
    try:
        History(Queue()).follow(events)
    except SpecificationViolated:
        return False
    return True


H1 = "+A put x", "+B put y", "-B", "-A", "+B get", "-B x", "+A get", "-A y", "+A put z", "-A"
H2 = "+A put x", "-A", "+B put y", "+A get", "-B", "-A y"
H3 = "+A put x", "+B put y", "-A", "-B", "+A get", "+C get", "-A y", "-C y"
H4 = "+A put x", "+B put y", "-A", "-B", "+A get", "+C get", "-A y", "-C x"


@pytest.mark.parametrize(("history", "expected"), [(H1, True), (H2, False), (H3, False), (H4, True)])
def test_the_histories_of_herlihy_and_wing_are_judged_as_there(history: tuple[str, ...], expected: bool) -> None:
    assert linearizable(*history) == expected


def test_a_call_under_way_may_have_taken_effect_already() -> None:
    assert linearizable("+A put x", "+B get", "-B x", "-A")


def test_a_call_that_began_later_cannot_explain_an_earlier_result() -> None:
    assert not linearizable("+B get", "-B x", "+A put x", "-A")


def test_calls_one_after_another_keep_their_order() -> None:
    assert not linearizable("+A put x", "-A", "+A put y", "-A", "+B get", "-B y")


def test_an_item_is_handed_out_once() -> None:
    assert not linearizable("+A put x", "-A", "+B get", "+C get", "-B x", "-C x")


def test_a_size_between_two_puts_may_be_any_that_was() -> None:
    for size in (0, 1, 2):
        history = History(Queue())
        history.follow(("+A put x", "+B put y", "+C size"))
        history.end("C", size)
        history.follow(("-A", "-B"))
    history = History(Queue())
    history.follow(("+A put x", "+B put y", "+C size"))
    with pytest.raises(SpecificationViolated, match=r"size\(\) ended with return 3"):
        history.end("C", 3)


def test_a_timeout_is_explained_only_by_a_state_that_makes_the_call_wait() -> None:
    history = History(Queue())
    history.begin("A", "get", timeout=1)
    history.end("A", "Empty", kind="raise")
    history.follow(("+A put x", "-A"))
    history.begin("B", "get", timeout=1)
    with pytest.raises(SpecificationViolated):
        history.end("B", "Empty", kind="raise")


def test_an_object_that_changes_in_a_step_is_explained_by_a_call_under_way() -> None:
    history = History(Queue(), view=True)
    history.begin("A", "put", "x")
    history.items.append("x")
    history.monitor.stepped()
    assert history.monitor.state() == "Contents(items=('x',))"
    history.end("A")


def test_an_object_that_changes_without_a_call_violates() -> None:
    history = History(Queue(), view=True)
    history.items.append("x")
    with pytest.raises(SpecificationViolated, match=r"holds \('x',\) now, which no call under way explains"):
        history.monitor.stepped()


def test_a_call_that_returns_without_its_effect_violates() -> None:
    history = History(Queue(), view=True)
    history.begin("A", "put", "x")
    with pytest.raises(SpecificationViolated):
        history.end("A")


def test_a_timeout_may_be_explained_by_a_moment_that_has_passed() -> None:
    history = History(Queue(), view=True)
    history.begin("B", "get", timeout=1)
    history.begin("A", "put", "x")
    history.items.append("x")
    history.monitor.stepped()
    history.end("A")
    history.end("B", "Empty", kind="raise")


def test_a_timeout_is_not_explained_by_a_moment_before_the_call() -> None:
    history = History(Queue(), view=True)
    history.begin("A", "put", "x")
    history.items.append("x")
    history.monitor.stepped()
    history.end("A")
    history.begin("B", "get", timeout=1)
    with pytest.raises(SpecificationViolated):
        history.end("B", "Empty", kind="raise")


def test_who_must_wait_is_what_the_specification_says() -> None:
    history = History(Queue(capacity=1))
    history.begin("A", "get")
    history.begin("B", "get")
    calls = [history.calls["A"], history.calls["B"]]
    assert history.monitor.must_wait(calls)
    history.follow(("+C put x", "-C"))
    assert history.monitor.must_wait(calls[:1])  # the other one may have got the item
    assert not history.monitor.must_wait(calls)
    history.begin("D", "put", "y")
    assert history.monitor.must_wait([history.calls["D"]])


def test_a_call_that_was_given_up_explains_nothing_any_more() -> None:
    history = History(Queue())
    history.begin("A", "put", "x")
    history.monitor.abandoned(history.calls["A"])
    history.begin("B", "get")
    with pytest.raises(SpecificationViolated):
        history.end("B", "x")


def test_text_of_a_call_has_no_addresses() -> None:
    assert str(Call("put", (1, "a"), {"timeout": 2})) == "put(1, 'a', timeout=2)"
    assert "0x" not in plain(object())
