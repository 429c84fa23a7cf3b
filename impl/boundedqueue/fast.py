"""The fast queue: puts take turns, gets do not, and an item goes straight to a getter that waits for it.

**The turn.** Whatever changes the queue, except taking an item that is there, is an *action*, performed by
the thread that has the turn. The turn is an attribute, `_turn`, which is there while nobody has it:
`del self._turn` takes it, or raises AttributeError while another thread has it; assigning it gives it back.
Nobody sleeps while having the turn and nobody has it for more than a few operations, so a thread that
finds it taken yields and tries again.

**Why it is right.** Between actions:

1. *Room does not shrink behind one's back.* Only the thread with the turn adds items, so "is there room?"
   and then "append" is exact, although gets take items meanwhile. A `put` takes effect at the append or
   hand-over, a `get` at the popleft or hand-over.
2. *While a getter waits there is no item.* A getter joins the line in an action that then looks for an item,
   and an action that adds an item gives it to the getter that waits longest. (A put need not ask for both: its
   `_shortcut`, which only actions change, is closed while a getter waits or the queue is full or shut down.)
3. *While a putter waits the queue is full, or a get is about to let it in.* A putter joins the line first
   and then looks for room once more; a get takes its item first and then looks at the line. In whatever
   order these four steps come, one of the two sees the other.
4. *Every action ends with `_serve`*, which answers each waiting call that has become possible; only the
   shortcut in `put` makes none possible. So no call waits that could be answered. It is the answer that
   counts, not how the wait ended: a call whose time is up looks, in an action, whether it was answered at
   the last moment.

**Why an interrupt does no harm**: an exception raised by a signal handler, such as KeyboardInterrupt,
anywhere. CPython runs signal handlers after a call of C code, at the start of a function and at a
backward jump, nowhere else; so not when a function written in Python returns. `del self._turn` is none of
these, so there is no moment at which the turn is taken and not yet guarded by `finally` (with
`lock.acquire()` there is one, and since Python 3.14 with `with lock` too). In an action, steps that
belong together stand in a row without a call; the call that ends the row has its effect before the
interrupt comes. If it comes in `_serve`, `_serve` is done once more. A get that is interrupted after it
was given an item puts it back at the head; there may be one item more than `maxsize` then. A get that is
interrupted after it has taken an item by itself loses that item, as in every queue. A second interrupt in
the same operation is not provided for.

**Re-entrance.** A signal handler or finalizer that calls `put` while its own thread has the turn can never
have it: the call raises RuntimeError at once. Who has the turn says so by a local variable, `items`, that names
the queue's items from just before it takes it to just after it has given it back, and a call that finds the turn
taken looks at the calls that it has interrupted. A `get` of an item that is there needs no turn unless it
makes room for somebody.

All this rests on the global interpreter lock: an operation of a deque, and taking the turn, is one
indivisible step, and all threads see all steps in the same order. Interpreters without it get the monitor
under the same name.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from math import inf
from threading import Lock
from time import sleep
from typing import Any, Final, Generic, TypeVar, TypeVarTuple

from boundedqueue.arguments import check_timeout, checked_maxsize
from boundedqueue.errors import Empty, Full, ShutDown
from boundedqueue.interface import QueueInterface

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

# What a waiting call is answered; a get is answered its item. Objects of their own, which nobody can put.
WAITING: Final = object()
DONE: Final = object()
SHUT_DOWN: Final = object()


class _Waiter(Generic[T]):
    """A call in line: what it is answered, its item if it is a put, and the lock that it sleeps on."""

    answer: Any = WAITING
    item: T
    wake: Lock


_Line = deque[_Waiter[T]]


class ReentrancyError(RuntimeError):
    """The call has interrupted one of its own thread that has the turn, so its turn would never come."""


class FastQueue(QueueInterface[T]):
    """A bounded blocking FIFO like Python 3.13's `queue.Queue`, but faster and proof against interrupts.

    `maxsize` is the capacity; zero or less means unbounded. Raises TypeError if it is no integer.

    >>> queue = FastQueue[str](2)
    >>> queue.put("tea"); queue.put("cake"); queue.full()
    True
    >>> queue.get(), queue.get(), queue.empty()
    ('tea', 'cake', True)
    """

    __slots__ = (
        "__weakref__",
        "_getters",
        "_joiners",
        "_maxsize",
        "_putters",
        "_room",
        "_shortcut",
        "_turn",
        "is_shutdown",
        "queue",
        "unfinished_tasks",
    )

    def __init__(self, maxsize: int = 0) -> None:
        self.queue: deque[T] = deque()
        self.unfinished_tasks = 0
        self.is_shutdown = False
        self._room: float = inf  # there is room while len(queue) < _room: the capacity, or -1 once shut down
        self._putters: _Line[T] = deque()
        self._getters: _Line[T] = deque()
        self._joiners: _Line[None] = deque()
        self._resize(checked_maxsize(maxsize))
        self._shortcut = self._room  # the same for a put that looks at nothing else: -1 while a getter waits, too
        self._turn = None  # there while nobody has it

    # The two operations that matter: a shortcut for the usual case, then the long way, in line.

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Append `item`, waiting while the queue is full: for ever, `timeout` seconds, or not at all.

        Raises Full when the wait is over and there is still no room, ShutDown once the queue is shut down,
        ValueError for a timeout that is negative or NaN, RuntimeError when called from a signal handler or
        finalizer that has interrupted an operation on this queue.
        """
        if timeout is not None and block:
            check_timeout(timeout)
        items = self.queue
        try:
            del self._turn
        except AttributeError:
            del items  # another thread has it
        else:
            try:
                if len(items) < self._shortcut:  # 1: and so it stays
                    self.unfinished_tasks += 1
                    items.append(item)
                    return
                if self._getters:  # 2: one that waits comes before the queue; the long way would find it, too
                    self._admit(item)
                    return
                if not block and not len(items) < self._room and not self.is_shutdown:
                    raise Full
            finally:
                self._turn = None
            del items
        self._wait(self._putters, item, timeout if block else 0, Full)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return the oldest item; wait while there is none: for ever, `timeout` seconds, or not.

        Raises Empty when the wait is over and there is still no item, ShutDown once the queue is shut down
        and empty, ValueError for a timeout that is negative or NaN, RuntimeError as `put` does, but only if
        there is no item or somebody waits for room.
        """
        if timeout is not None and block:
            check_timeout(timeout)
        try:
            item = self.queue.popleft()
            if self._putters:  # 3: it may have looked for room before there was any
                self._in_turn(self._serve)
            return item
        except IndexError:
            pass  # there is none
        except ReentrancyError:  # nobody can be let in now, so nothing must have happened
            self.queue.appendleft(item)
            raise
        except BaseException:  # an interrupt: the putter must be let in all the same
            self._in_turn(self._serve)
            raise
        if not block and not self.is_shutdown:  # nor was it when there was no item
            raise Empty
        given: T = self._wait(self._getters, None, timeout if block else 0, Empty)
        return given

    # Having the turn.

    def _take_turn(self) -> deque[T]:
        """Take the turn as soon as it is free. Raises ReentrancyError if this thread has it: then it never will be."""
        while True:
            items = self.queue
            try:
                del self._turn
                return items
            except AttributeError:
                del items
                if self._is_reentrant():
                    raise ReentrancyError("called while this thread operates on the same queue") from None
            sleep(0)

    def _is_reentrant(self) -> bool:
        """Has the call, a signal handler's or finalizer's, interrupted one that has the turn?"""
        frame = sys._getframe()
        while frame := frame.f_back:  # type: ignore[assignment]
            if frame.f_code in HAVE_TURNS and frame.f_locals.get("items") is self.queue:
                return True
        return False

    def _in_turn(self, action: Callable[[*Ts], R], *arguments: *Ts) -> R:
        """Take the turn, perform the action, answer the calls that it made possible, give the turn back."""
        items = self._take_turn()  # noqa: F841 - it has the turn
        try:
            result = action(*arguments)
        finally:
            try:
                self._serve()  # 4
            except BaseException:  # an interrupt: nobody must be left waiting because of it
                self._serve()
                raise
            finally:
                self._turn = None
        return result

    # Waiting, and being served.

    def _wait(self, line: _Line[Any], item: Any, timeout: float | None, refusal: type[Exception]) -> Any:
        """Wait in line until answered or until time is up; return the answer."""
        waiter: _Waiter[Any] = _Waiter()
        try:
            in_line = self._in_turn(self._enter, line, waiter, item)
            if in_line and not waiter.wake.acquire(True, -1.0 if timeout is None else float(timeout)):
                self._in_turn(self._leave, line, waiter)  # 4: unless it was answered at the last moment
            answer = waiter.answer
        except BaseException:
            self._in_turn(self._withdraw, line, waiter)
            raise
        if answer is WAITING or answer is SHUT_DOWN:
            raise refusal if answer is WAITING else ShutDown
        return answer

    def _serve(self) -> None:
        """Answer every waiting call that is possible now. Doing it again changes nothing."""
        items = self.queue
        while True:
            line: _Line[Any] = self._getters
            answer: object = DONE
            if line and items:  # it has just come, or an interrupted one has given its item back
                try:
                    answer = items.popleft()
                except IndexError:
                    continue  # a get was faster
            elif self._putters and len(items) < self._room:  # 3: looked for once it was in line
                line = self._putters
                self.unfinished_tasks += 1
                items += (line[0].item,)  # no call, so it is answered before an interrupt comes
            elif self._joiners and not self.unfinished_tasks:
                line = self._joiners
            elif self.is_shutdown and (line or self._putters):
                line, answer = line or self._putters, SHUT_DOWN
            else:
                break
            waiter = line[0]
            waiter.answer = answer
            del line[0]
            waiter.wake.release()
        self._shortcut = -1 if self._getters else self._room

    def _admit(self, item: T) -> None:
        """Let the item in: to the getter that waits longest, else to the end of the queue."""
        self.unfinished_tasks += 1
        if self._getters:
            getter = self._getters[0]
            getter.answer = item
            del self._getters[0]
            self._shortcut = -1 if self._getters else self._room
            getter.wake.release()
        else:
            self.queue.append(item)

    # The actions.

    def _enter(self, line: _Line[Any], waiter: _Waiter[Any], item: Any) -> bool:
        """Is the call in line now? A put that there is room for is not: its item must not wait beside a getter."""
        if line is self._putters and len(self.queue) < self._room:  # 2
            waiter.answer = DONE
            self._admit(item)
            return False
        waiter.item = item
        waiter.wake = Lock()
        waiter.wake.acquire()
        line.append(waiter)
        return True

    def _leave(self, line: _Line[Any], waiter: _Waiter[Any]) -> None:
        if waiter in line:  # else it was answered
            line.remove(waiter)

    def _withdraw(self, line: _Line[Any], waiter: _Waiter[Any]) -> None:
        """The call was interrupted. An item that it was given goes back to the head: nobody will ask for it."""
        self._leave(line, waiter)
        if line is self._getters and waiter.answer is not WAITING and waiter.answer is not SHUT_DOWN:
            self.queue.appendleft(waiter.answer)

    def _finish_task(self) -> None:
        if self.unfinished_tasks <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished_tasks -= 1

    def _shut_down(self, immediate: bool) -> list[T]:
        self.is_shutdown = True
        self._room = -1
        discarded: list[T] = []
        while immediate and self.queue:
            try:  # the newest first: then a get in between takes what came before the discarded ones
                discarded.append(self.queue[-1])
                del self.queue[-1]
            except IndexError:
                break  # a get was faster
            if self.unfinished_tasks > 0:  # `max` would be a call, and an interrupt after it would forget a task
                self.unfinished_tasks -= 1
        return discarded

    def _resize(self, maxsize: int) -> None:
        self._maxsize = maxsize
        if not self.is_shutdown:
            self._room = maxsize if maxsize > 0 else inf

    # The rest of the interface.

    def task_done(self) -> None:
        """Say that the work on one item taken earlier is complete.

        Raises ValueError when it is called more often than items were put.
        """
        self._in_turn(self._finish_task)

    def join(self) -> None:
        """Wait until `task_done` was called for every item put."""
        self._wait(self._joiners, None, None, Full)

    def shutdown(self, immediate: bool = False) -> None:
        """Make every further `put` raise ShutDown, and every `get` that finds the queue empty.

        `immediate` also discards the items that are queued now and counts them as done. Whoever is blocked
        wakes.
        """
        discarded = self._in_turn(self._shut_down, immediate)
        del discarded  # not while having the turn: an item's finalizer may use the queue

    def qsize(self) -> int:
        """Return the number of items; it may have changed by the time you look."""
        size = len(self.queue)
        if self.is_shutdown:  # an immediate shutdown may have been half done
            size = self._in_turn(len, self.queue)
        return size

    @property
    def maxsize(self) -> int:
        """The capacity; zero or less means unbounded. When it is made larger, blocked puts go on."""
        return self._maxsize

    @maxsize.setter
    def maxsize(self, maxsize: int) -> None:
        self._in_turn(self._resize, checked_maxsize(maxsize))

    def __reduce__(self) -> str:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object: other threads may be waiting on it")


HAVE_TURNS = (FastQueue.put.__code__, FastQueue._take_turn.__code__, FastQueue._in_turn.__code__)
"""Who has the turn while its variable `items` names the items of the queue."""
