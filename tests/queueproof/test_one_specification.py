"""Each queue, when it is alone, does in every small state what the specification says, and nothing else.

So an action of the specification is what the readable reference does in one critical section, and the fast queue, each
of whose steps is an action of the specification, refines the reference.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from boundedqueue import FastQueue, MonitorQueue, fast
from queuespec.sequential import BoundedFifo, Result, State

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *(("put", ("new", *how), named) for how, named in [((), {}), ((False,), {}), ((), {"timeout": 0})]),
    *(("get", how, named) for how, named in [((), {}), ((False,), {}), ((), {"timeout": 0})]),
    ("put_nowait", ("new",), {}),
    *((name, (), {}) for name in ("get_nowait", "qsize", "empty", "full", "task_done", "join", "shutdown")),
    ("shutdown", (True,), {}),
]
STATES = [
    (capacity, State(tuple(range(items)), items + taken, shut))
    for capacity in (0, 1, 2)
    for items, taken, shut in itertools.product(range((capacity or 2) + 1), (0, 1, 2), (False, True))
]


class Waits(BaseException):
    """The call has to wait; alone, it would wait for ever."""


class NobodyWakes:
    """A lock for a call in line, which nobody will release."""

    def __init__(self) -> None:
        self.held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self.held and timeout < 0:
            raise Waits
        taken, self.held = not self.held, True
        return taken

    def release(self) -> None:
        self.held = False


def waits(timeout: float | None = None) -> bool:
    raise Waits


def in_state(make: Callable[[int], Any], capacity: int, state: State) -> Any:
    """A queue that has come to this state by its own methods."""
    queue = make(capacity)
    for _ in range(state.unfinished - len(state.items)):
        queue.put("taken")
        queue.get()
    for item in state.items:
        queue.put(item)
    if state.is_shutdown:
        queue.shutdown()
    return queue


def what_happens(queue: Any, call: tuple[str, tuple[Any, ...], dict[str, Any]]) -> tuple[Result, State] | None:
    """The result of the call and the state after it; None if it waits, which must change nothing."""
    name, arguments, named = call
    before = seen(queue)
    result: Result
    try:
        result = ("return", getattr(queue, name)(*arguments, **named))
    except Waits:
        assert seen(queue) == before
        return None
    except Exception as error:
        result = ("raise", type(error).__name__)
    return result, seen(queue)


def seen(queue: Any) -> State:
    return State(tuple(queue.queue), queue.unfinished_tasks, queue.is_shutdown)


@pytest.mark.parametrize("make", [MonitorQueue, FastQueue], ids=lambda make: make.__name__)
def test_a_queue_that_is_alone_does_what_the_specification_says(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "Lock", NobodyWakes)
    compared = 0
    for (capacity, state), call in itertools.product(STATES, CALLS):
        queue = in_state(make, capacity, state)
        for condition in ("not_empty", "not_full", "all_tasks_done"):
            if make is MonitorQueue:
                monkeypatch.setattr(getattr(queue, condition), "wait", waits)
        happened = what_happens(queue, call)
        allowed = [(outcome.result, outcome.state) for outcome in BoundedFifo(capacity).outcomes(state, *call)]
        assert ([happened] if happened else []) == allowed, (capacity, state, call)
        compared += 1
    assert compared == 48 * 15
