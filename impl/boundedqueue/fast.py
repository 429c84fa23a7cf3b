"""The fast queue: puts take turns, gets do not, and an item goes straight to a getter that waits for it.

**The turn.** Whatever changes the queue, except taking an item that is there, is an *action*, performed by
the thread that has the turn. The turn is a deque with one token: `del turn[0]` takes it, or raises
IndexError while another thread has it. Nobody sleeps while having the turn and nobody has it for more than
a few operations, so a thread that finds it taken yields and tries again.

**Why it is right.** Between actions:

1. *Room does not shrink behind one's back.* Only the thread with the turn adds items, so "is there room?"
   and then "append" is exact, although gets take items meanwhile. A `put` takes effect at the append or
   hand-over, a `get` at the popleft or hand-over.
2. *While a getter waits there is no item.* A getter begins to wait in an action that has seen that there is
   none, and an action that adds an item gives it to the getter that waits longest.
3. *While a putter waits the queue is full, or a get is about to let it in.* A putter joins the line first
   and then looks for room once more; a get takes its item first and then looks at the line. In whatever
   order these four steps come, one of the two sees the other.
4. *Every action ends with `_serve`*, which answers each waiting call that has become possible; only the
   shortcut in `put` makes none possible. It is the answer that counts, not how the wait ended: a call whose
   time is up looks, in an action, whether it was answered at the last moment.

**Why an interrupt does no harm**: an exception raised by a signal handler, such as KeyboardInterrupt,
anywhere. CPython runs signal handlers after a call of C code, at the start of a function and at a
backward jump, nowhere else; so not when a function written in Python returns. `del turn[0]` is none of
these, so there is no moment at which the turn is taken and not yet guarded by `finally` (with
`lock.acquire()` there is one, and since Python 3.14 with `with lock` too). In an action, steps that
belong together stand in a row without a call; the call that ends the row has its effect before the
interrupt comes. If it comes in `_serve`, `_serve` is done once more. A get that is interrupted after it
was given an item puts it back at the head; there may be one item more than `maxsize` then. A get that is
interrupted after it has taken an item by itself loses that item, as in every queue. A second interrupt in
the same operation is not provided for.

**Re-entrance.** A signal handler or finalizer that calls `put` while its own thread has the turn can never
have it: the call raises RuntimeError at once. A `get` of an item that is there needs no turn.

All this rests on the global interpreter lock: an operation of a deque is one indivisible step, and all
threads see all steps in the same order. Interpreters without it get the monitor under the same name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from threading import Lock, get_ident
from time import sleep
from typing import Any, Generic, TypeVar, TypeVarTuple

from boundedqueue.arguments import checked_maxsize, is_patient
from boundedqueue.errors import Empty, Full, ShutDown
from boundedqueue.interface import QueueInterface

T = TypeVar("T")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

SERVED = "served"
Answer = tuple[str, Any]  # what a call is told, and the item that a get is given
WAITING: Answer = ("waiting", None)
DONE: Answer = (SERVED, None)
SHUT_DOWN: Answer = ("shut down", None)


class Turn(deque[None]):
    """A lock that no interrupt can leave taken: a deque with one token.

    `del turn[0]` takes it and raises IndexError while another thread has it; `turn.append(None)` gives it back.
    """

    __slots__ = ("owner",)

    def __init__(self) -> None:
        self.append(None)
        self.owner: int | None = None  # the thread that has it: recorded after taking it, forgotten before giving it

    def take(self) -> None:
        """Take the turn as soon as it is free. Raises RuntimeError if this thread has it: then it never will be."""
        me = get_ident()
        while True:
            try:
                del self[0]
                self.owner = me
                return
            except IndexError:
                if self.owner == me:
                    raise RuntimeError("called while this thread operates on the same queue") from None
            sleep(0)


class _Waiter(Generic[T]):
    """A call that needs the turn: what it is answered and, once in line, its item and the lock it sleeps on."""

    answer: Answer = WAITING
    item: T
    wake: Lock


_Line = deque[_Waiter[T]]
_Action = Callable[[_Waiter[T], T, bool], bool]


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
        self._turn = Turn()
        self._putters: _Line[T] = deque()
        self._getters: _Line[T] = deque()
        self._joiners: _Line[None] = deque()
        self._resize(checked_maxsize(maxsize))

    # The two operations that matter: a shortcut for the usual case, then the long way through actions.

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Append `item`, waiting while the queue is full: for ever, `timeout` seconds, or not at all.

        Raises Full when the wait is over and there is still no room, ShutDown once the queue is shut down,
        ValueError for a timeout that is negative or NaN, RuntimeError when called from a signal handler or
        finalizer that has interrupted an operation on this queue.
        """
        if timeout is not None and block:
            block = is_patient(timeout)
        turn, me = self._turn, get_ident()
        try:
            del turn[0]
        except IndexError:
            pass  # another thread has it
        else:
            turn.owner = me
            try:
                if len(self.queue) < self._room:  # 1: and so it stays
                    if self._getters:  # 2: one that waits comes before the queue
                        self._accept(_Waiter(), item)
                    else:
                        self.unfinished_tasks += 1
                        self.queue.append(item)
                    return
            finally:
                turn.owner = None
                turn.append(None)
        self._call(self._offer, self._putters, item, block, timeout, Full)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return the oldest item; wait while there is none: for ever, `timeout` seconds, or not.

        Raises Empty when the wait is over and there is still no item, ShutDown once the queue is shut down
        and empty, ValueError for a timeout that is negative or NaN.
        """
        if timeout is not None and block:
            block = is_patient(timeout)
        try:
            if self.queue:
                item = self.queue.popleft()
                if self._putters:  # 3: it may have looked for room before there was any
                    self._in_turn(_nothing)
                return item
        except IndexError:
            pass  # another get was faster
        except BaseException:  # an interrupt: the putter must be let in all the same
            self._in_turn(_nothing)
            raise
        given: T = self._call(self._ask, self._getters, None, block, timeout, Empty)
        return given

    def _in_turn(self, action: Callable[[*Ts], R], *arguments: *Ts) -> R:
        """Take the turn, perform the action, answer the calls that it made possible, give the turn back."""
        self._turn.take()
        try:
            result = action(*arguments)
        finally:
            try:
                self._serve()  # 4
            except BaseException:  # an interrupt: nobody must be left waiting because of it
                self._serve()
                raise
            finally:
                self._turn.owner = None
                self._turn.append(None)
        return result

    # Waiting, and being served.

    def _call(
        self, action: Any, line: _Line[Any], item: Any, block: bool, timeout: float | None, refusal: type[Exception]
    ) -> Any:
        """Perform the action; if it puts the call in line, sleep until that is answered or time is up."""
        waiter: _Waiter[Any] = _Waiter()
        try:
            in_line = self._in_turn(action, waiter, item, block)
            if in_line and not waiter.wake.acquire(True, -1.0 if timeout is None else float(timeout)):
                self._in_turn(self._leave, line, waiter)  # 4: unless it was answered at the last moment
            answer = waiter.answer
        except BaseException:
            self._in_turn(self._withdraw, line, waiter)
            raise
        if answer is WAITING or answer is SHUT_DOWN:
            raise refusal if answer is WAITING else ShutDown
        return answer[1]

    def _join(self, line: _Line[Any], waiter: _Waiter[Any], item: Any) -> bool:
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
        if line is self._getters and waiter.answer[0] is SERVED:
            self.queue.appendleft(waiter.answer[1])

    def _serve(self) -> None:
        """Answer every waiting call that is possible now. Doing it again changes nothing."""
        while (
            (self._getters and self._serve_getter())
            or (self._putters and self._serve_putter())
            or (self._joiners and self._serve_joiner())
        ):
            pass

    def _serve_putter(self) -> bool:
        putter = self._putters[0]
        if putter.answer is WAITING:  # else an interrupt came after it was accepted and before it was woken
            if self.is_shutdown:
                putter.answer = SHUT_DOWN
            elif len(self.queue) < self._room:  # 3: looked for once it was in line
                self._accept(putter, putter.item)
            else:
                return False
        del self._putters[0]
        putter.wake.release()
        return True

    def _accept(self, putter: _Waiter[T], item: T) -> None:
        """Let the item in: to the getter that waits longest, else to the end of the queue."""
        self.unfinished_tasks += 1
        putter.answer = DONE
        if self._getters:
            getter = self._getters[0]
            del self._getters[0]
            getter.answer = (SERVED, item)
            getter.wake.release()
        else:
            self.queue.append(item)

    def _serve_getter(self) -> bool:
        """Usually `_accept` does it; there is an item when an interrupted getter has given one back."""
        if not self.queue and not self.is_shutdown:
            return False
        getter = self._getters[0]
        try:
            getter.answer = (SERVED, self.queue.popleft())
        except IndexError:
            if not self.is_shutdown:
                return False
            getter.answer = SHUT_DOWN
        del self._getters[0]
        getter.wake.release()
        return True

    def _serve_joiner(self) -> bool:
        if self.unfinished_tasks:
            return False
        joiner = self._joiners[0]
        del self._joiners[0]
        joiner.answer = DONE
        joiner.wake.release()
        return True

    # The actions; those of calls that may wait tell whether the call is in line now.

    def _offer(self, putter: _Waiter[T], item: T, block: bool) -> bool:
        if self.is_shutdown:
            putter.answer = SHUT_DOWN
        elif len(self.queue) < self._room:
            self._accept(putter, item)
        elif block:
            return self._join(self._putters, putter, item)
        return False

    def _ask(self, getter: _Waiter[T], item: None, block: bool) -> bool:
        try:
            getter.answer = (SERVED, self.queue.popleft())
        except IndexError:  # 2: it may wait, for there is no item, and none comes without the turn
            if self.is_shutdown:
                getter.answer = SHUT_DOWN
            elif block:
                return self._join(self._getters, getter, item)
        return False

    def _await_tasks(self, joiner: _Waiter[None], item: None, block: bool) -> bool:
        if self.unfinished_tasks:
            return self._join(self._joiners, joiner, item)
        joiner.answer = DONE
        return False

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
        self._call(self._await_tasks, self._joiners, None, True, None, Full)

    def shutdown(self, immediate: bool = False) -> None:
        """Make every further `put` raise ShutDown, and every `get` that finds the queue empty.

        `immediate` also discards the items that are queued now and counts them as done. Whoever is blocked
        wakes.
        """
        discarded = self._in_turn(self._shut_down, immediate)
        del discarded  # not while having the turn: an item's finalizer may use the queue

    def qsize(self) -> int:
        """Return the number of items; it may have changed by the time you look."""
        self._turn.take()  # without it one could see an immediate shutdown half done
        try:
            size = len(self.queue)
        finally:
            self._turn.owner = None
            self._turn.append(None)
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


def _nothing() -> None:
    """The action that changes nothing; the turn is taken for what follows every action."""
