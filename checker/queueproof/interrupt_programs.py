"""Programs in which a signal handler raises KeyboardInterrupt in a queue's operation: once, at any place that is open.

CPython runs signal handlers in the main thread, after a call of C code and while it sleeps. So the main thread of each
program has its operation interrupted: the queue under check is given methods that do what theirs do and then leave open
(`treadle.choose`) whether the interrupt comes now. What sleeps may be interrupted as long as it sleeps: until the
choice is made the other threads go on.

Nothing may be lost but an item that the interrupted get had taken by itself, nothing may come twice, and nobody may be
left waiting, which is a deadlock of these programs.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

import boundedqueue
import treadle
from boundedqueue import fast
from boundedqueue.errors import Empty, Full
from queueproof.fast_programs import LockTurn

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Fuse:
    """Where the interrupt has struck; it strikes once, in the main thread, while that is in an operation."""

    def __init__(self) -> None:
        self.armed = False
        self.first: str | None = None
        self.struck: str | None = None

    def burn(self, after: str) -> None:
        """The interrupt may come here."""
        if threading.current_thread() is threading.main_thread() and self.armed:
            self.first = self.first or after
            if treadle.choose(2):
                self.armed = False
                self.struck = after
                raise KeyboardInterrupt

    def operate(self, operation: Callable[..., Any], *args: Any) -> Any:
        """Perform the operation, which may be interrupted."""
        self.armed = True
        try:
            return operation(*args)
        finally:
            self.armed = False

    @property
    def lost(self) -> bool:
        """Had the interrupted get taken an item by itself? At once, which is its first call then, or just now."""
        return self.struck is not None and "popleft" in (self.first, self.struck)


class OpenDeque(deque[Any]):
    """A deque; the interrupt may come after each call that the queue makes of it."""

    fuse: Fuse

    def popleft(self) -> Any:
        """Take the first."""
        item = super().popleft()
        self.fuse.burn("popleft")
        return item

    def append(self, item: Any) -> None:
        """Add one at the end."""
        super().append(item)
        self.fuse.burn("append")


class Interruptible(LockTurn, fast.FastQueue[Any]):
    """A fast queue that can be interrupted; with a lock for its turn, as in `queueproof.fast_programs`.

    The last thing that each of these methods does, if it does anything, is a call: the interrupt may come after it.
    Sleeping is all that a call in line does when it has given the turn back, so that is where it is interrupted asleep,
    or as it wakes.
    """

    __slots__ = ("fuse", "lock")

    def __init__(self, fuse: Fuse, capacity: int) -> None:
        super().__init__(capacity)
        self.fuse = fuse
        self.queue = OpenDeque()
        self.queue.fuse = fuse

    def _in_turn(self, action: Callable[[*Ts], R], *arguments: *Ts) -> R:
        result = super()._in_turn(action, *arguments)
        if result is True:  # it is in line
            self.fuse.burn("sleep")
        return result

    def _serve(self) -> None:
        super()._serve()
        self.fuse.burn("serve")

    def _admit(self, item: Any) -> None:
        super()._admit(item)
        self.fuse.burn("admit")

    def _enter(self, line: Any, waiter: Any, item: Any) -> bool:
        in_line = super()._enter(line, waiter, item)
        self.fuse.burn("enter")
        return in_line

    def _leave(self, line: Any, waiter: Any) -> None:
        super()._leave(line, waiter)
        self.fuse.burn("leave")


class OpenCondition(threading.Condition):
    """A condition; the interrupt may come when it has got its lock, and when a wait has ended."""

    fuse: Fuse
    entering: bool

    def __enter__(self) -> bool:
        """Take the lock: a method written in Python, which calls that of the lock."""
        taken = super().__enter__()
        if self.entering:
            self.fuse.burn("enter")
        return taken

    def wait(self, timeout: float | None = None) -> bool:
        """Wait; interrupted, it has its lock again and is in line no more."""
        notified = super().wait(timeout)
        self.fuse.burn("wait")
        return notified


def with_conditions(make: Callable[[int], Any], entering: bool) -> Callable[[Fuse, int], Any]:
    """Such queues with conditions that can be interrupted while they wait and, if so said, as they are entered."""

    def made(fuse: Fuse, capacity: int) -> Any:
        buffer = make(capacity)
        for name in ("not_empty", "not_full"):
            condition = OpenCondition(buffer.mutex)
            condition.fuse, condition.entering = fuse, entering
            setattr(buffer, name, condition)
        return buffer

    return made


KINDS: dict[str, Callable[[Fuse, int], Any]] = {
    "fast": Interruptible,
    "monitor": with_conditions(boundedqueue.MonitorQueue, False),
    "standard": with_conditions(queue.Queue, False),
    "standard, entered": with_conditions(queue.Queue, True),
}


def get_beside_put(kind: str, items: int) -> None:
    """A get is interrupted beside a producer; the rest is taken afterwards."""
    fuse = Fuse()
    buffer = KINDS[kind](fuse, 1)
    start(produce, buffer, items)
    taken = _try(fuse, Empty, buffer.get)
    while len(taken) < items - fuse.lost:
        taken.append(buffer.get())
    _account(buffer, taken, items - fuse.lost)


def get_beside_get(kind: str) -> None:
    """An impatient get is interrupted beside another one, with an item for one of them; what it takes is replaced."""
    fuse, others = Fuse(), list[Any]()
    buffer = KINDS[kind](fuse, 2)
    other = start(lambda: others.append(buffer.get()))
    start(produce, buffer, 1)
    taken = _try(fuse, Empty, buffer.get, True, 1)
    if taken or fuse.lost:
        buffer.put(object())
    other.join()
    _account(buffer, taken + others, len(taken) + 1)


def put_beside_get(kind: str) -> None:
    """A put into a full queue is interrupted beside a consumer of one item; the rest is taken afterwards."""
    fuse, taken = Fuse(), list[Any]()
    buffer = KINDS[kind](fuse, 1)
    buffer.put(object())
    consumer = start(lambda: taken.append(buffer.get()))
    done = _try(fuse, Full, buffer.put, object())
    consumer.join()
    while len(taken) < buffer.unfinished_tasks:
        taken.append(buffer.get())
    _account(buffer, taken, 2 if done else buffer.unfinished_tasks)


def put_beside_put(kind: str) -> None:
    """An impatient put is interrupted beside another one, with room for one of them; what it puts is taken."""
    fuse, taken = Fuse(), list[Any]()
    buffer = KINDS[kind](fuse, 1)
    buffer.put(object())
    other = start(buffer.put, object())
    consumer = start(lambda: taken.append(buffer.get()))
    done = _try(fuse, Full, buffer.put, object(), True, 1)
    for _ in done:
        taken.append(buffer.get())
    other.join()
    consumer.join()
    taken.append(buffer.get())
    _account(buffer, taken, 2 + len(done))


def start(target: Callable[..., None], *args: Any) -> threading.Thread:
    """Start a thread."""
    thread = threading.Thread(target=target, args=args)
    thread.start()
    return thread


def produce(buffer: Any, items: int) -> None:
    """Put so many new items."""
    for _ in range(items):
        buffer.put(object())


def _try(fuse: Fuse, refusal: type[Exception], operation: Callable[..., Any], *args: Any) -> list[Any]:
    """What the operation returned, in a list; nothing if it was interrupted or refused."""
    try:
        return [fuse.operate(operation, *args)]
    except (KeyboardInterrupt, refusal):
        return []


def _account(buffer: Any, taken: list[Any], items: int) -> None:
    """These are all items that were put and not lost, each of them once, and as many were counted."""
    assert len(taken) == items
    assert all(one is not other for n, one in enumerate(taken) for other in taken[:n]), "an item came twice"
    assert not buffer.queue, "an item came twice"
