"""Virtual locks and conditions: what CPython's `threading` promises, one operation at a time.

A blocking acquire is a scheduling point always; a release is one only if some thread can find out without
blocking whether the lock is held (then the moment of release is observable). Waiting on a condition releases the
lock and enlists in one indivisible step; being woken and getting the lock back is another. Woken are the threads
that wait longest, as in CPython, or any, if the host says so.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from treadle.sandbox import runtime
from treadle.sandbox.places import raise_refused
from treadle.vocabulary.instant import Deadline
from treadle.vocabulary.operation import FAIL, GO, SPURIOUS, TIMEOUT, Operation, Primitive, Status

TIMEOUT_MAX = 9223372036.0


def host() -> runtime.Host:
    """The running execution; a primitive that blocks outside of one is a mistake of the program."""
    if runtime.current is None and runtime.looking:
        raise_refused("an invariant, a view or a specification may only look: it must neither wait nor start a thread")
    if runtime.current is None:
        raise_refused("this may block, which a module must not do while it is loaded; do it inside of the program")
    return runtime.current


def deadline_after(seconds: float | None) -> Deadline | None:
    """The moment at which a wait of so many seconds, begun now, may give up; None for never."""
    return None if seconds is None else Deadline(host().now + max(0.0, float(seconds)))


def expired(remaining: object) -> bool:
    """Has a deadline passed, given the seconds that remain (None: there is none)?"""
    return remaining is not None and remaining <= 0  # type: ignore[operator]


class Content:
    """An attribute of a primitive that is part of its content: whoever reads or writes it, the step depends on it.

    It stands in the place of the slot whose name it is given; see `watch_content`.
    """

    __slots__ = ("_get", "_set")

    def __init__(self, slot: Any) -> None:
        self._get, self._set = slot.__get__, slot.__set__

    def __get__(self, obj: Any, cls: type | None = None) -> Any:
        if obj is None:
            return self
        if runtime.current is not None:
            runtime.current.depends_on(obj)
        return self._get(obj)

    def __set__(self, obj: Any, value: object) -> None:
        if runtime.current is not None:
            runtime.current.depends_on(obj)
        self._set(obj, value)


P = TypeVar("P", bound=type[Primitive])


def watch_content(*names: str) -> Callable[[P], P]:
    """Decorate a primitive: these slots are its content."""

    def watched(cls: P) -> P:
        for name in names:
            setattr(cls, name, Content(vars(cls)[name]))
        return cls

    return watched


@watch_content("_depth", "_owner")
class Mutex(Primitive):
    """What Lock and RLock share: an owner, a depth, and the ways to take and leave it."""

    __slots__ = ("__weakref__", "_depth", "_owner")

    reentrant: ClassVar[bool] = False

    def __init__(self) -> None:
        self._owner: Any = None
        self._depth = 0

    def status(self) -> Status:
        return (self._depth,)

    def links(self) -> tuple[object, ...]:
        return (self._owner,)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; see `threading.Lock.acquire`."""
        limit = _checked_timeout(blocking, timeout)
        running = runtime.current
        if running is None or (self.reentrant and self._owner is running.thread and self._depth):
            return self._take_unwatched(running)
        if blocking and limit is None:
            running.perform(Acquire(self, None))
            return True
        if not blocking and self._surely_mine(running):
            return False  # one's own lock: nothing is learned about another thread
        running.observe(self, "held")
        return bool(running.perform(Acquire(self, deadline_after(limit)) if blocking else TryAcquire(self)))

    __enter__ = acquire

    def _take_unwatched(self, running: runtime.Host | None) -> bool:
        if running is None and self._depth and not self.reentrant:
            raise_refused("a lock is acquired twice while a module is loaded, which blocks for ever; release it")
        self.take(running.thread if running else None, self._depth + 1)
        return True

    def _surely_mine(self, running: runtime.Host) -> bool:
        """Does this thread hold it? Others may release a plain lock meanwhile: if any does, this is looked at."""
        if self._depth and self._owner is running.thread and not self.reentrant:
            running.access(self, "holder", False)
        return self._depth > 0 and self._owner is running.thread

    def take(self, owner: Any, depth: int = 1) -> None:
        """Make `owner` the holder, so many levels deep."""
        if self._depth == 0 and owner is not None:
            owner.held.append(self)
            host().event("acquire", self)
        self._owner, self._depth = owner, depth

    def release(self) -> None:
        """Leave the lock; see `threading.Lock.release`."""
        running = runtime.current
        if (
            running is not None and not self.reentrant and self._owner is not running.thread
        ):  # it finds out whether the lock is held
            running.observe(self, "held")
            running.access(self, "holder", True)
        if running is not None and self._depth <= 1 and running.observed(self, "held"):
            running.perform(Release(self))
        self._check_release(running)
        if self._depth > 1:
            self._depth -= 1
        else:
            self.leave()

    def _check_release(self, running: runtime.Host | None) -> None:
        if not self._depth:
            raise RuntimeError("release unlocked lock")

    def leave(self) -> int:
        """Give it up whatever its depth, which is returned."""
        depth, owner = self._depth, self._owner
        if owner is not None:
            owner.held.remove(self)
            host().event("release", self)
        self._owner, self._depth = None, 0
        return depth

    def __exit__(self, *exception: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Is it held by anyone?"""
        running = runtime.current
        if running is not None and not self._surely_mine(running):
            running.observe(self, "held")
            running.perform(Look(self))
        return self._depth > 0

    def _is_owned(self) -> bool:
        running = runtime.current
        return self._depth > 0 and (running is None or self._owner is running.thread)

    def _at_fork_reinit(self) -> None:
        self._owner, self._depth = None, 0

    def __repr__(self) -> str:
        state = "locked" if self._depth else "unlocked"
        return f"<{state} {self._described()} at virtual address>"

    def _described(self) -> str:
        return "_thread.lock object"


class Lock(Mutex):
    """`threading.Lock`: whoever holds it, any thread may release it."""

    __slots__ = ()

    acquire_lock = Mutex.acquire
    release_lock = Mutex.release
    locked_lock = Mutex.locked

    def _is_owned(self) -> bool:
        # As CPython's Condition asks of a plain lock: held by anyone counts.
        running = runtime.current
        return self._depth > 0 if running is None else self.locked()


class RLock(Mutex):
    """`threading.RLock`: its owner may take it again, and only its owner may release it."""

    __slots__ = ()

    reentrant: ClassVar[bool] = True

    def _check_release(self, running: runtime.Host | None) -> None:
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")

    def _release_save(self) -> tuple[int, Any]:
        self._check_release(runtime.current)
        owner = self._owner
        return self.leave(), owner

    def _acquire_restore(self, saved: tuple[int, Any]) -> None:
        host().perform(Acquire(self, None))
        self._depth = saved[0]

    def _recursion_count(self) -> int:
        return self._depth if self._is_owned() else 0

    def _described(self) -> str:
        return f"_thread.RLock object owner={'a thread' if self._owner else 0} count={self._depth}"


def _checked_timeout(blocking: bool, timeout: float) -> float | None:
    """The seconds to wait at most, None for ever; errors as CPython's."""
    if timeout != timeout:
        raise ValueError("Invalid value NaN (not a number)")
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return None
    if timeout == -1:
        return None
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class MutexOperation(Operation):
    """An operation on one lock."""

    __slots__ = ("mutex",)

    def __init__(self, mutex: Mutex) -> None:
        self.mutex = mutex

    def targets(self) -> tuple[object, ...]:
        return (self.mutex,)


class Acquire(MutexOperation):
    """Wait until the lock is free, or until the deadline, and take it."""

    __slots__ = ("deadline",)
    kind = "acquire"

    def __init__(self, mutex: Mutex, deadline: Deadline | None) -> None:
        super().__init__(mutex)
        self.deadline = deadline

    def fields(self) -> Status:
        return (self.deadline,)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        if not statuses[0][0]:
            return (GO,)
        return (TIMEOUT,) if expired(fields[0]) else ()

    def perform(self, alternative: str) -> bool:
        if alternative == GO:
            self.mutex.take(host().thread)
        return alternative == GO


class TryAcquire(MutexOperation):
    """Take the lock if it is free; never wait."""

    __slots__ = ()
    kind = "try-acquire"

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        return (FAIL,) if statuses[0][0] else (GO,)

    perform = Acquire.perform


class Release(MutexOperation):
    """Leave a lock whose being held can be observed."""

    __slots__ = ()
    kind = "release"


class Look(MutexOperation):
    """Find out whether a lock is held."""

    __slots__ = ()
    kind = "look"


@watch_content("after", "before", "notified")
class Waiter(Primitive):
    """One thread's place in the queue of a condition, between its neighbours."""

    __slots__ = ("after", "before", "notified", "thread")

    def __init__(self, thread: Any) -> None:
        self.notified = False
        self.before: Waiter | None = None
        self.after: Waiter | None = None
        self.thread = thread
        """Who waits; for reports only, and so no part of the content."""

    def status(self) -> Status:
        return (self.notified,)

    def links(self) -> tuple[object, ...]:
        return (self.before, self.after)


@watch_content("_counted", "_first", "_last", "_lock")
class Condition(Primitive):
    """`threading.Condition`: a lock and the queue of those who wait.

    The queue is a chain, so that who joins it looks at its end and who notifies at its beginning, however long it is.
    """

    __slots__ = ("__dict__", "__weakref__", "_counted", "_first", "_last", "_lock")

    def __init__(self, lock: Mutex | None = None) -> None:
        if lock is None:
            lock = RLock()
        if not isinstance(lock, Mutex):
            raise_refused(
                f"threading.Condition over a lock of type {type(lock).__name__} cannot be virtualised; "
                "use a Lock or an RLock, or --primitives stdlib"
            )
        self._lock = lock
        self._first: Waiter | None = None
        self._last: Waiter | None = None
        self._counted = False
        """Is there a choice which of the waiters wakes? Then their number matters."""

    @property
    def _waiters(self) -> deque[Waiter]:
        """Those who wait, the longest first."""
        found: deque[Waiter] = deque()
        waiter = self._first
        while waiter is not None:
            found.append(waiter)
            waiter = waiter.after
        return found

    def _enlist(self, waiter: Waiter) -> None:
        last = self._last
        if last is None:
            self._first = waiter
        else:
            last.after, waiter.before = waiter, last
        self._last = waiter

    def _leave_queue(self, waiter: Waiter) -> None:
        before, after = waiter.before, waiter.after
        if before is None:
            self._first = after
        else:
            before.after = after
        if after is None:
            self._last = before
        else:
            after.before = before
        waiter.before = waiter.after = None

    @property
    def acquire(self) -> Callable[..., bool]:
        """The lock's own `acquire`."""
        return self._lock.acquire

    @property
    def release(self) -> Callable[[], None]:
        """The lock's own `release`."""
        return self._lock.release

    def status(self) -> Status:
        return (len(self._waiters),) if self._counted else ()

    def links(self) -> tuple[object, ...]:
        return (self._lock, self._first, self._last)

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()

    def locked(self) -> bool:
        """Is the lock held by anyone?"""
        return self._lock.locked()

    def _is_owned(self) -> bool:
        return self._lock._is_owned()

    def wait(self, timeout: float | None = None) -> bool:
        """Release the lock and wait to be notified, in one step; take the lock back; False if it timed out."""
        if not self._lock._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        if timeout is not None and timeout != timeout and sys.version_info >= (3, 14):
            raise ValueError("Invalid value NaN (not a number)")
        running = host()
        deadline = deadline_after(timeout)
        if running.observed(self._lock, "held"):
            running.perform(Release(self._lock))
        waiter = Waiter(running.thread)
        self._enlist(waiter)
        running.event("wait", self)
        depth = self._lock.leave()
        if running.perform(Wait(self, waiter, depth, deadline, running.spurious)):
            return True
        running.perform(Return(self, waiter, depth))
        return False

    def notify(self, n: int = 1) -> None:
        """Wake up to `n` of those who wait; nobody, if nobody waits."""
        if not self._lock._is_owned():
            raise RuntimeError("cannot notify on un-acquired lock")
        running = host()
        if self._first is None:
            running.event("notify", self)
        for _ in range(n):
            waiter = self._next_to_wake(running)
            if waiter is None:
                return
            self._leave_queue(waiter)
            waiter.notified = True
            running.event("notify", self, waiter.thread)

    def _next_to_wake(self, running: runtime.Host) -> Waiter | None:
        first = self._first
        if first is None or not running.any_waiter or first.after is None:
            return first
        self._counted = True
        return self._waiters[running.perform(Wake(self))]

    def notify_all(self) -> None:
        """Wake all who wait."""
        self.notify(len(self._waiters))

    notifyAll = notify_all  # noqa: N815 - the old name is part of the interface

    def _release_save(self) -> Any:
        return self._lock._release_save() if isinstance(self._lock, RLock) else self._lock.release()

    def _acquire_restore(self, saved: Any) -> None:
        if isinstance(self._lock, RLock):
            self._lock._acquire_restore(saved)
        else:
            self._lock.acquire()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()
        self._first = self._last = None

    def forget(self, waiter: Waiter) -> None:
        """The waiter leaves the queue without having been notified."""
        if not waiter.notified:
            self._leave_queue(waiter)

    def __repr__(self) -> str:
        return f"<Condition({self._lock!r}, {len(self._waiters)})>"


class Wait(Operation):
    """Wait to be notified and for the lock, and take it."""

    __slots__ = ("condition", "deadline", "depth", "spurious", "waiter")
    kind = "wait"

    def __init__(
        self, condition: Condition, waiter: Waiter, depth: int, deadline: Deadline | None, spurious: bool
    ) -> None:
        self.condition, self.waiter, self.depth = condition, waiter, depth
        self.deadline, self.spurious = deadline, spurious

    def targets(self) -> tuple[object, ...]:
        return (self.condition, self.waiter, self.condition._lock)

    def fields(self) -> Status:
        return (self.deadline, self.spurious, self.depth)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        (notified,), free = statuses[1], not statuses[2][0]
        if notified:
            return (GO,) if free else ()
        timeout = (TIMEOUT,) if expired(fields[0]) else ()
        return (*timeout, SPURIOUS) if fields[1] and free else timeout

    def perform(self, alternative: str) -> bool:
        if alternative == TIMEOUT:
            return False
        if alternative == SPURIOUS:
            self.condition.forget(self.waiter)
        self.condition._lock.take(host().thread, self.depth)
        return True


class Return(Operation):
    """Come back from a wait that timed out: take the lock, and only then leave the queue, as CPython does.

    Until then a notify may still pick this thread; that notification is used up.
    """

    __slots__ = ("condition", "depth", "waiter")
    kind = "return"

    def __init__(self, condition: Condition, waiter: Waiter, depth: int) -> None:
        self.condition, self.waiter, self.depth = condition, waiter, depth

    def targets(self) -> tuple[object, ...]:
        return (self.condition, self.waiter, self.condition._lock)

    def fields(self) -> Status:
        return (self.depth,)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        return () if statuses[2][0] else (GO,)

    def perform(self, alternative: str) -> None:
        self.condition._lock.take(host().thread, self.depth)
        self.condition.forget(self.waiter)


class Wake(Operation):
    """Choose which waiter a notify wakes."""

    __slots__ = ("condition",)
    kind = "notify"

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def targets(self) -> tuple[object, ...]:
        return (self.condition,)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        return tuple(f"waiter {place + 1}" for place in range(int(statuses[0][0])))  # type: ignore[call-overload]

    def perform(self, alternative: str) -> int:
        return int(alternative.removeprefix("waiter ")) - 1
