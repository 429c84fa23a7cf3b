"""The programs for the fast queue: those of `queueproof.programs`, with auxiliaries that change nothing.

*The turn is a lock.* The turn of the fast queue is an attribute that is there while nobody has it, and to the checker
that is an attribute like any other: every access that the turn protects would be a scheduling point. Here the turn is a
lock behind the same operations. That may stand for it because it is the same automaton: taking it succeeds in one
indivisible step exactly when it is free, and giving it back frees it. `turns` and `spinning` explore the real one.

*What cannot be seen is counted.* An item that goes straight to a getter is never seen among the items, and one that is
discarded looks like one that is taken. Auxiliary variables (Owicki and Gries, "An axiomatic proof technique for
parallel programs", 1976) count both, in the queue and in the specification, which is the bounded FIFO as before.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import treadle
from boundedqueue.errors import Full, ShutDown
from boundedqueue.fast import FastQueue
from queueproof.programs import consume, consume_impatiently, consume_until_shut, work
from queuespec.sequential import BoundedFifo, Result, State


class LockTurn:
    """A turn that is a lock, behind the same operations as the attribute that it stands for."""

    __slots__ = ()

    lock: Any
    queue: deque[Any]

    def __init__(self, *arguments: Any) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()  # the queue gives the turn free when it is made
        super().__init__(*arguments)

    @property
    def _turn(self) -> None:
        raise AttributeError

    @_turn.deleter
    def _turn(self) -> None:
        if not self.lock.acquire(False):
            raise AttributeError

    @_turn.setter
    def _turn(self, token: None) -> None:
        self.lock.release()

    def _take_turn(self) -> deque[Any]:
        self.lock.acquire()
        return self.queue


class Items(deque[Any]):
    """The items of a queue; they count those that were discarded, which only a shutdown does."""

    def __init__(self) -> None:
        super().__init__()
        self.discarded = 0

    def __delitem__(self, place: Any) -> None:
        super().__delitem__(place)
        self.discarded += 1


class Counting(LockTurn, FastQueue[Any]):
    """The fast queue; it counts the items that it hands over."""

    __slots__ = ("handed", "lock")

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.queue = Items()
        self.handed = 0

    def _admit(self, item: Any) -> None:
        if self._getters:
            self.handed += 1
        super()._admit(item)


class Endless(LockTurn, FastQueue[Any]):
    """The fast queue for threads that never end: nobody joins, so no task is counted, or the count would never end."""

    __slots__ = ("lock",)

    @property
    def unfinished_tasks(self) -> int:
        """No task is unfinished."""
        return 0

    @unfinished_tasks.setter
    def unfinished_tasks(self, count: int) -> None:
        pass


class Spinning(FastQueue[Any]):
    """The fast queue with its own turn; no call of these programs interrupts another."""

    __slots__ = ()

    def _is_reentrant(self) -> bool:
        return False


class Seen(NamedTuple):
    """What can be seen of a queue: its items; how many were handed over, and how many discarded."""

    items: tuple[Any, ...] = ()
    handed: int = 0
    discarded: int = 0


def seen(queue: Any) -> Seen:
    """What can be seen of a queue that counts."""
    return Seen(tuple(queue.queue), queue.handed, queue.queue.discarded)


class CountedState(NamedTuple):
    """A state of the queue: what can be seen of it, the state of the FIFO, and the item on its way from put to get."""

    items: Seen
    fifo: State
    hand: tuple[Any, ...] = ()


class CountedOutcome(NamedTuple):
    """One way in which a call can take effect."""

    result: Result
    state: CountedState
    timeout: bool = False


@dataclass(frozen=True)
class CountedFifo:
    """The bounded FIFO that counts: discarded items, and those whose put is followed at once by their get."""

    capacity: int

    methods: ClassVar[tuple[str, ...]] = BoundedFifo.methods

    def initial(self) -> CountedState:
        """The queue just after it was made."""
        return CountedState(Seen(), State(()))

    def outcomes(self, state: CountedState, method: str, args: Any = (), kwargs: Any = None) -> list[CountedOutcome]:
        """List the ways in which the call can take effect in `state`; the empty list: it must wait."""
        (items, handed, discarded), fifo, hand = state
        if hand:
            then = CountedState(Seen((), handed, discarded), fifo)
            return [CountedOutcome(("return", hand[0]), then)] if method == "get" else []
        found = []
        for result, after, timeout in BoundedFifo(self.capacity).outcomes(fifo, method, args, kwargs):
            gone = len(items) if method == "shutdown" and not after.items else 0
            then = CountedState(Seen(after.items, handed, discarded + gone), after)
            found.append(CountedOutcome(result, then, timeout))
            if method == "put" and not items and result == ("return", None):
                then = CountedState(Seen((), handed + 1, discarded), after._replace(items=()), (args[0],))
                found.append(CountedOutcome(result, then))
        return found


def make(capacity: int) -> Any:
    """A fast queue whose turn is a lock, watched against its specification."""
    return treadle.refines(Counting(capacity), CountedFifo(capacity), view=seen)


def start(target: Callable[..., None], *args: Any) -> None:
    """Start a thread."""
    threading.Thread(target=target, args=args).start()


def hand_over(producers: int, consumers: int, items: int, capacity: int) -> None:
    """P producers put N items each, C consumers get them all: as many each as can be, the last ones one less."""
    _start_all(make(capacity), producers, consumers, items)


def spinning(producers: int, consumers: int, items: int, capacity: int) -> None:
    """The same with the real turn, step by step; all that is judged is that nobody is left waiting."""
    _start_all(Spinning(capacity), producers, consumers, items)


def _start_all(buffer: Any, producers: int, consumers: int, items: int) -> None:
    for _ in range(producers):
        start(produce, buffer, items)
    share, rest = divmod(producers * items, consumers)
    for consumer in range(consumers):
        start(consume, buffer, share + (consumer < rest))


def loop(kind: str, producers: int, consumers: int, capacity: int) -> None:
    """Producers and consumers that never end."""
    assert kind == "FastQueue", "this is the only kind here"
    buffer = Endless(capacity)
    for _ in range(producers):
        start(_produce_for_ever, buffer)
    for _ in range(consumers):
        start(_consume_for_ever, buffer)


def _produce_for_ever(buffer: Any) -> None:
    while True:
        buffer.put("item")


def _consume_for_ever(buffer: Any) -> None:
    while True:
        buffer.get()


def timed_getter() -> None:
    """A getter whose patience may end races with one that waits for ever; what the first gets it hands on."""
    buffer = make(2)
    start(consume_impatiently, buffer)
    start(consume, buffer, 1)
    start(produce, buffer, 1)


def timed_putter() -> None:
    """A putter whose patience may end races with one that waits for ever; there is room for each in time."""
    buffer = make(1)
    start(produce_impatiently, buffer)
    start(produce, buffer, 1)
    start(consume, buffer, 1)


def closing(getters: int, items: int, immediate: bool) -> None:
    """Shutdown races with a putter of so many items, with getters and with each other's blocking."""
    buffer = make(1)
    for _ in range(getters):
        start(consume_until_shut, buffer)
    start(produce_until_shut, buffer, items)
    start(buffer.shutdown, immediate)


def joining(workers: int) -> None:
    """Whoever joins is let go exactly when every item has been dealt with."""
    buffer = make(2)
    for _ in range(workers):
        start(work, buffer)
    for _ in range(workers):
        buffer.put(object())
    buffer.join()
    assert buffer.unfinished_tasks == 0


def produce(buffer: Any, items: int) -> None:
    """Put so many new items, which no two alike describe themselves alike."""
    for _ in range(items):
        buffer.put(object())


def produce_impatiently(buffer: Any) -> None:
    """Put an item within a second, or give up."""
    with contextlib.suppress(Full):
        buffer.put(object(), timeout=1)


def produce_until_shut(buffer: Any, items: int) -> None:
    """Put so many items, as long as the queue is not shut down."""
    with contextlib.suppress(ShutDown):
        produce(buffer, items)


def turns(threads: int, times: int) -> None:
    """Threads take the real turn, at once or by waiting for it: never two have it, and each has it in the end."""
    queue, inside = Spinning(1), [0]
    for _ in range(threads):
        start(take_turns, queue, inside, times)


def take_turns(queue: Any, inside: list[int], times: int) -> None:
    """Take the turn and give it back, so many times."""
    for _ in range(times):
        try:
            del queue._turn
        except AttributeError:
            queue._take_turn()
        inside[0] += 1
        assert inside[0] == 1
        inside[0] -= 1
        queue._turn = None
