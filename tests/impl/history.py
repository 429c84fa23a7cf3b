"""Judge a history of calls: is there an order of them that a sequential queue explains?

Each call takes effect at one moment between its begin and its end (linearizability; Herlihy and Wing,
TOPLAS 1990), found by the search of Wing and Gong (JPDC 1993). A call may be left waiting only if the queue
would make it wait. An interrupted call may have had its effect or not; an interrupted get may have taken
the head and put it back later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from boundedqueue.errors import Empty, Full, ShutDown


class Interrupt(BaseException):
    """What a signal handler raises."""


@dataclass
class Call:
    """A call in the history: when it began and ended (None: it waits), and what it returned or raised."""

    thread: int
    name: str
    argument: Any
    began: int
    ended: int | None = None
    outcome: object = None


State = tuple[tuple[Any, ...], int, bool, int]  # items, unfinished tasks, shut down, maxsize


def results(call: Call, state: State, loss: bool) -> Iterator[tuple[State, Call | None]]:
    """The states in which `call` may leave `state` with its outcome, and what it has still to do."""
    items, unfinished, down, maxsize = state
    full, name, outcome = 0 < maxsize <= len(items), call.name.split("_")[0], call.outcome
    interrupted = outcome is Interrupt
    if interrupted:
        yield state, None
    if name == "put":
        if down:
            if outcome is ShutDown:
                yield state, None
        elif outcome is Full and full and call.name != "put":
            yield state, None
        elif (interrupted or outcome == ("returned", None)) and not full:
            yield ((*items, call.argument), unfinished + 1, down, maxsize), None
    elif name == "get":
        if items and interrupted:
            back = Call(call.thread, "back", items[0], call.began, call.ended, ("returned", None))
            yield (items[1:], unfinished, down, maxsize), back
            if loss:
                yield (items[1:], unfinished, down, maxsize), None
        elif items and outcome == ("returned", items[0]):
            yield (items[1:], unfinished, down, maxsize), None
        elif not items and ((outcome is ShutDown and down) or (outcome is Empty and not down and call.name != "get")):
            yield state, None
    elif name == "back":
        yield ((call.argument, *items), unfinished, down, maxsize), None
    elif (name == "qsize" and (interrupted or outcome == ("returned", len(items)))) or (
        name == "join" and unfinished == 0
    ):
        yield state, None
    elif name == "task":
        yield (items, unfinished - 1, down, maxsize), None
    elif name == "resize":
        yield (items, unfinished, down, call.argument), None
    elif name == "shutdown":
        if call.name == "shutdown":
            yield (items, unfinished, True, maxsize), None
        else:
            yield ((), unfinished - len(items), True, maxsize), None
            if interrupted:
                for left in range(1, len(items) + 1):
                    yield (items[:left], unfinished - (len(items) - left), True, maxsize), None


def enabled(call: Call, state: State) -> bool:
    items, unfinished, down, maxsize = state
    if call.name.startswith("put"):
        return down or not 0 < maxsize <= len(items)
    if call.name.startswith("get"):
        return down or bool(items)
    return call.name != "join" or unfinished == 0


def explained(history: list[Call], start: State, end: tuple[Any, ...], loss: bool) -> bool:
    """Does a sequential queue explain the calls in some order, from `start` to the items and count `end`?"""
    waiting = [call for call in history if call.ended is None]
    seen: set[tuple[State, tuple[int, ...]]] = set()

    def search(state: State, left: tuple[Call, ...]) -> bool:
        if not left:
            return state[:2] == end and not any(enabled(call, state) for call in waiting)
        key = (state, tuple(id(call) if call.name != "back" else call.began for call in left))
        if key in seen:
            return False
        seen.add(key)
        horizon = min(call.ended for call in left if call.ended is not None)
        for call in left:
            if call.began <= horizon:
                rest = tuple(other for other in left if other is not call)
                for after, more in results(call, state, loss):
                    if search(after, (*rest, more) if more else rest):
                        return True
        return False

    return search(start, tuple(call for call in history if call.ended is not None))
