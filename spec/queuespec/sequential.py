"""The sequential specification: what each call of a queue may do when it takes effect, one call at a time.

A queue is an immutable value. ``outcomes(state, method, args, kwargs)`` lists every way in which the call
can take effect *now*; the empty list says that the call has to wait. The behaviour is that of ``queue`` in
Python 3.13 (``shutdown`` included). Exceptions are given by name, so that ``queue.Full`` and anybody's own
``Full`` compare equal.

>>> fifo = BoundedFifo(capacity=1)
>>> [(result, full)] = [(o.result, o.state) for o in fifo.outcomes(fifo.initial(), "put", ("a",), {})]
>>> result, full.items
(('return', None), ('a',))
>>> fifo.outcomes(full, "put", ("b",), {})              # full: must wait
[]
>>> [o.result for o in fifo.outcomes(full, "put_nowait", ("b",), {})]
[('raise', 'Full')]
"""

from __future__ import annotations

from bisect import insort_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

Items = tuple[Any, ...]
Result = tuple[str, Any]


class State(NamedTuple):
    """All that a queue remembers: its items, the number of unfinished tasks, whether it was shut down."""

    items: Items
    unfinished: int = 0
    is_shutdown: bool = False


class Outcome(NamedTuple):
    """One way in which a call takes effect: ``("return", value)`` or ``("raise", name)``, and what is then.

    ``timeout`` marks an outcome that is permitted only because the call has a timeout; such a call may also
    wait.
    """

    result: Result
    state: State
    timeout: bool = False


def _returns(value: object, state: State) -> list[Outcome]:
    return [Outcome(("return", value), state)]


def _raises(name: str, state: State, *, timeout: bool = False) -> list[Outcome]:
    return [Outcome(("raise", name), state, timeout)]


def _cannot_proceed(name: str, state: State, block: bool, timeout: float | None) -> list[Outcome]:
    """A call that finds no room (``Full``) or no item (``Empty``): wait, time out, or fail at once."""
    if not block:
        return _raises(name, state)
    if timeout is None:
        return []
    return _raises(name, state, timeout=True)


def _negative(block: bool, timeout: float | None) -> bool:
    return bool(block) and timeout is not None and timeout < 0


@dataclass(frozen=True)
class BoundedFifo:
    """A first-in-first-out queue that holds at most ``capacity`` items; ``capacity <= 0`` means unbounded."""

    capacity: int

    methods: ClassVar[tuple[str, ...]] = (
        "put",
        "get",
        "put_nowait",
        "get_nowait",
        "qsize",
        "empty",
        "full",
        "task_done",
        "join",
        "shutdown",
    )

    def initial(self) -> State:
        """The queue just after it was made."""
        return State(())

    def outcomes(
        self, state: State, method: str, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> list[Outcome]:
        """List the ways in which the call can take effect in ``state``; the empty list: it must wait.

        Raises ``ValueError`` for a method that the specification does not know, ``TypeError`` for wrong
        arguments.
        """
        if method not in self.methods:
            raise ValueError(f"{type(self).__name__} has no method {method!r}")
        call: Callable[..., list[Outcome]] = getattr(self, f"_{method}")
        return call(state, *args, **(kwargs or {}))

    # What the kinds of queue differ in.

    def _added(self, items: Items, item: object) -> Items:
        return (*items, item)

    def _removals(self, items: Items) -> Iterable[tuple[object, Items]]:
        yield items[0], items[1:]

    # The methods, each a direct reading of the documentation.

    def _put(self, state: State, item: object, block: bool = True, timeout: float | None = None) -> list[Outcome]:
        if state.is_shutdown:
            return _raises("ShutDown", state)
        if self.capacity > 0:
            if _negative(block, timeout):
                return _raises("ValueError", state)
            if len(state.items) >= self.capacity:
                return _cannot_proceed("Full", state, block, timeout)
        return _returns(None, state._replace(items=self._added(state.items, item), unfinished=state.unfinished + 1))

    def _get(self, state: State, block: bool = True, timeout: float | None = None) -> list[Outcome]:
        if state.is_shutdown and not state.items:
            return _raises("ShutDown", state)
        if _negative(block, timeout):
            return _raises("ValueError", state)
        if not state.items:
            return _cannot_proceed("Empty", state, block, timeout)
        return [Outcome(("return", item), state._replace(items=rest)) for item, rest in self._removals(state.items)]

    def _put_nowait(self, state: State, item: object) -> list[Outcome]:
        return self._put(state, item, block=False)

    def _get_nowait(self, state: State) -> list[Outcome]:
        return self._get(state, block=False)

    def _qsize(self, state: State) -> list[Outcome]:
        return _returns(len(state.items), state)

    def _empty(self, state: State) -> list[Outcome]:
        return _returns(not state.items, state)

    def _full(self, state: State) -> list[Outcome]:
        return _returns(0 < self.capacity <= len(state.items), state)

    def _task_done(self, state: State) -> list[Outcome]:
        if state.unfinished == 0:
            return _raises("ValueError", state)
        return _returns(None, state._replace(unfinished=state.unfinished - 1))

    def _join(self, state: State) -> list[Outcome]:
        return [] if state.unfinished else _returns(None, state)

    def _shutdown(self, state: State, immediate: bool = False) -> list[Outcome]:
        if not immediate:
            return _returns(None, state._replace(is_shutdown=True))
        return _returns(None, State((), max(0, state.unfinished - len(state.items)), is_shutdown=True))


@dataclass(frozen=True)
class Lifo(BoundedFifo):
    """``queue.LifoQueue``: the newest item leaves first."""

    def _removals(self, items: Items) -> Iterable[tuple[object, Items]]:
        yield items[-1], items[:-1]


@dataclass(frozen=True)
class Priority(BoundedFifo):
    """``queue.PriorityQueue``: a least item leaves first; of several least items that differ, any one may.

    Items must be mutually comparable by ``<``.
    """

    def _added(self, items: Items, item: Any) -> Items:
        ordered = list(items)
        insort_right(ordered, item)
        return tuple(ordered)

    def _removals(self, items: Items) -> Iterable[tuple[object, Items]]:
        least = [item for item in items if not items[0] < item]
        return _each_once(least, items)


@dataclass(frozen=True)
class Bag(BoundedFifo):
    """A queue that promises no order at all: any item may leave. The weakest specification worth the name."""

    def _removals(self, items: Items) -> Iterable[tuple[object, Items]]:
        return _each_once(items, items)


@dataclass(frozen=True)
class Simple(BoundedFifo):
    """``queue.SimpleQueue``: unbounded, first in first out, no tasks, no shutdown; ``put`` never waits."""

    capacity: int = 0

    methods: ClassVar[tuple[str, ...]] = ("put", "get", "put_nowait", "get_nowait", "qsize", "empty")

    def _put(self, state: State, item: object, block: bool = True, timeout: float | None = None) -> list[Outcome]:
        return _returns(None, state._replace(items=self._added(state.items, item)))


def _each_once(candidates: Iterable[object], items: Items) -> Iterable[tuple[object, Items]]:
    """Each of the candidates that differs from the earlier ones, with the items that remain without it."""
    seen: list[object] = []
    for item in candidates:
        if item not in seen:
            seen.append(item)
            i = items.index(item)
            yield item, items[:i] + items[i + 1 :]
