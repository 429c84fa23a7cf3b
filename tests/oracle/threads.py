"""The oracle's own threading module: locks, conditions, threads that ask the running execution what is next.

Every operation is a handful of lines: say what it touches and how it could go on, be suspended, then do it in
the way that was chosen. It shares nothing with the checker that it checks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Protocol

import greenlet

from oracle.footprints import Footprint, writes
from oracle.outcome import Refused

GO = ("go",)
TIMEOUT = ("timeout",)
Alternatives = tuple[str, ...]


def always() -> Alternatives:
    """How an operation goes on that never blocks."""
    return GO


class Pending:
    """What a suspended thread does next: label, what it touches, ways in which it can go on (none: blocked).

    `invisible`: no other thread can tell when it happens, so that it happens at once.
    """

    __slots__ = ("alternatives", "footprint", "invisible", "label")

    def __init__(
        self,
        label: str,
        footprint: Footprint,
        alternatives: Callable[[], Alternatives] = always,
        invisible: bool = False,
    ) -> None:
        self.label = label
        self.footprint = footprint
        self.alternatives = alternatives
        self.invisible = invisible


class Execution(Protocol):
    """What the primitives need of the running execution."""

    thread: Thread | None
    threads: list[Thread]
    killing: bool
    spurious: bool
    handles_shared: bool

    def count(self, kind: str) -> int:
        """How many of this kind were counted before in this execution."""

    def suspend(self, pending: Pending) -> str:
        """Give way to the scheduler; return the alternative that it chose."""

    def begin(self, thread: Thread) -> None:
        """Let a new thread run from now on."""


running: Execution | None = None


def execution() -> Execution:
    """The running execution."""
    if running is None:
        raise Refused("a synchronisation primitive was used outside of an execution")
    return running


def current_thread() -> Thread:
    """The thread that runs."""
    thread = execution().thread
    if thread is None:
        raise Refused("a synchronisation primitive was used where no thread runs")
    return thread


class Lock:
    """A lock that any thread may release."""

    reentrant = False

    def __init__(self) -> None:
        self._owner: Thread | None = None
        self._depth = 0
        self._touched = writes(("lock", execution().count("lock")))

    def _free_for(self, thread: Thread) -> bool:
        return self._depth == 0 or (self.reentrant and self._owner is thread)

    def _ways_in(self, thread: Thread) -> Alternatives:
        return GO if self._free_for(thread) else ()

    def _take(self, thread: Thread, depth: int = 1) -> None:
        self._owner = thread
        self._depth += depth

    def _leave(self) -> int:
        depth, self._owner, self._depth = self._depth, None, 0
        return depth

    def _held_by(self, thread: Thread) -> bool:
        """What Condition asks: for a plain Lock, whether anyone holds it, as CPython does."""
        return self._depth > 0 and (self._owner is thread or not self.reentrant)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: wait for it, wait for at most so long, or try once."""
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        me = current_thread()

        def alternatives() -> Alternatives:
            if not blocking or self._free_for(me):
                return GO
            return () if timeout == -1 else TIMEOUT

        label = "acquire" if blocking and timeout == -1 else "timed acquire" if blocking else "try-lock"
        execution().suspend(Pending(label, self._touched, alternatives))
        if not self._free_for(me):
            return False
        self._take(me)
        return True

    def release(self) -> None:
        """Leave the lock once."""
        if execution().killing:
            return
        me = current_thread()
        execution().suspend(Pending("release", self._touched))
        if self._depth == 0 or (self.reentrant and self._owner is not me):
            raise RuntimeError("cannot release un-acquired lock" if self.reentrant else "release unlocked lock")
        self._depth -= 1
        if self._depth == 0:
            self._owner = None

    def locked(self) -> bool:
        """Does any thread hold the lock?"""
        execution().suspend(Pending("locked", self._touched))
        return self._depth > 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


class RLock(Lock):
    """A lock that its owner may take again."""

    reentrant = True


class Condition:
    """A condition variable whose waiters are woken first in, first out."""

    def __init__(self, lock: Lock | None = None) -> None:
        self._lock = RLock() if lock is None else lock
        self._waiting: deque[Thread] = deque()
        self._touched = self._lock._touched | writes(("condition", execution().count("condition")))
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Release the lock and wait, in one step; be woken or give up; take the lock again."""
        me = current_thread()
        execution().suspend(Pending("wait", self._touched))
        if not self._lock._held_by(me):
            raise RuntimeError("cannot wait on un-acquired lock")
        depth = self._lock._leave()
        self._waiting.append(me)

        def alternatives() -> Alternatives:
            if me not in self._waiting:  # notified
                return GO if self._lock._free_for(me) else ()
            return (TIMEOUT if timeout is not None else ()) + (("spurious",) if execution().spurious else ())

        way = execution().suspend(Pending("wake up", self._touched, alternatives))
        if me in self._waiting:  # it leaves the queue only when it has the lock back: until then a notify may pick it
            execution().suspend(Pending("acquire after waiting", self._touched, lambda: self._lock._ways_in(me)))
        if me in self._waiting:
            self._waiting.remove(me)
        self._lock._take(me, depth)
        return way != "timeout"

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        """Wait until the predicate holds."""
        if timeout is not None:
            raise Refused("wait_for with a timeout needs a clock; the oracle has none")
        result = predicate()
        while not result:
            self.wait()
            result = predicate()
        return result

    def notify(self, n: int = 1) -> None:
        """Wake the `n` that wait longest."""
        me = current_thread()
        execution().suspend(Pending("notify", self._touched))
        if not self._lock._held_by(me):
            raise RuntimeError("cannot notify on un-acquired lock")
        for _ in range(min(n, len(self._waiting))):
            self._waiting.popleft()

    def notify_all(self) -> None:
        """Wake all that wait."""
        self.notify(len(execution().threads))


class Thread:
    """A thread: a greenlet that the execution resumes."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        self.index = execution().count("thread")
        self.target, self.args, self.kwargs = target, tuple(args), dict(kwargs or {})
        creator = execution().thread
        self.daemon: bool = daemon if daemon is not None else creator is not None and creator.daemon
        self.name = name or f"Thread-{1 + execution().count('name')}" + (f" ({target.__name__})" if target else "")
        self.started = self.finished = False
        self.seen_dead = False  # has anyone been told that it ended?
        self.watched = False  # has any instruction of it been reported?
        self.pending: Pending | None = None
        self.chosen = ""
        self.greenlet: greenlet.greenlet | None = None
        self.location = ("thread", self.index)

    @property
    def ident(self) -> int | None:
        """A number that no other thread has; None before the start."""
        return 1000 + self.index if self.started else None

    def run(self) -> None:
        """What the thread does."""
        if self.target is not None:
            self.target(*self.args, **self.kwargs)

    def start(self) -> None:
        """Let the thread run."""
        if execution().handles_shared:
            execution().suspend(Pending("start", writes(self.location)))
        if self.started:
            raise RuntimeError("threads can only be started once")
        self.started = True
        execution().begin(self)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has finished, or for at most so long."""
        if self is current_thread():
            raise RuntimeError("cannot join current thread")

        def alternatives() -> Alternatives:
            if self.finished or not self.started:
                return GO if timeout is None or self.seen_dead or not self.started else GO + TIMEOUT
            return () if timeout is None else TIMEOUT

        invisible = timeout is None and not execution().handles_shared
        way = execution().suspend(Pending("join", writes(self.location), alternatives, invisible))
        if not self.started:
            raise RuntimeError("cannot join thread before it is started")
        self.seen_dead |= way == "go"

    def is_alive(self) -> bool:
        """Has the thread been started and not ended?

        Between a thread's last access to shared data and its end lies a moment that nothing else can tell;
        whether it is over is decided here, when someone asks.
        """

        def alternatives() -> Alternatives:
            return ("dead", "alive") if self.finished and not self.seen_dead else GO

        way = execution().suspend(Pending("is_alive", writes(self.location), alternatives))
        self.seen_dead |= way == "dead"
        return self.started and (way == "alive" or not self.finished)
