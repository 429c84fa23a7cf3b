"""A critical section of a real queue class, run on any state: what it does is compared with the
specification.

The class is unmodified; a copy of its module is executed in which three names mean something else: the
clock, and ``len``, so that the length of the container may be symbolic. Its mutex, conditions and container
are replaced by counting ones. A call runs until it returns, raises, or falls asleep: that is one critical
section. A thread that was woken is made by letting its first ``wait`` return into any state (rely and
guarantee: Jones 1983).

Every access to the container asserts that the mutex is held; waiting and notifying do too.
"""

from __future__ import annotations

import importlib.util
import queue
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from queuespec.two_conditions import Counters

HEAD, ITEM = object(), object()  # what a get must return, and what a put must append
TIMEOUT = 5


class Asleep(BaseException):
    """The call waits: its critical section is over."""


class Mutex:
    """A lock that knows whether it is held; nobody else can hold it during a critical section."""

    def __init__(self) -> None:
        self.held = False

    def __enter__(self) -> None:
        assert not self.held, "acquired twice"
        self.held = True

    def __exit__(self, *_: object) -> None:
        assert self.held, "released but not held"
        self.held = False


class Condition:
    """A condition that counts its sleepers and those it woke; ``wake_into`` lets the first wait return."""

    def __init__(self, mutex: Mutex, waiting: int, woken: int) -> None:
        self.mutex, self.waiting, self.woken = mutex, waiting, woken
        self.wake_into: Any = None
        self.asleep = False

    def __enter__(self) -> None:
        self.mutex.__enter__()

    def __exit__(self, *details: object) -> None:
        self.mutex.__exit__(*details)

    def wait(self, timeout: float | None = None) -> bool:
        """Fall asleep; the first time, if so arranged, wake into another state."""
        assert self.mutex.held, "waits without the mutex"
        if self.wake_into is not None:
            wake, self.wake_into = self.wake_into, None
            wake()
            return timeout is None
        self.waiting = self.waiting + 1
        self.asleep = True
        raise Asleep

    def notify(self, n: int = 1) -> None:
        """Wake one sleeper, if there is one."""
        assert self.mutex.held, "notifies without the mutex"
        assert n == 1, "wakes more than one"
        if self.asleep:
            raise Asleep  # the critical section is over; what else an exception would lead to is no part of it
        if self.waiting > 0:
            self.waiting, self.woken = self.waiting - 1, self.woken + 1

    def notify_all(self) -> None:
        """Wake all sleepers."""
        assert self.mutex.held, "notifies without the mutex"
        self.waiting, self.woken = 0, self.woken + self.waiting


class Container:
    """The items of the queue, known by their number; the first is HEAD."""

    def __init__(self, mutex: Mutex, length: int) -> None:
        self.mutex, self.length = mutex, length
        self.appended: list[object] = []

    def append(self, item: object) -> None:
        """Add an item at the end."""
        assert self.mutex.held, "appends without the mutex"
        self.appended.append(item)
        self.length = self.length + 1

    def popleft(self) -> object:
        """Remove the first item."""
        assert self.mutex.held, "removes without the mutex"
        if self.length <= 0:
            raise IndexError("pop from an empty container")
        self.length = self.length - 1
        return HEAD

    def clear(self) -> None:
        """Remove all items."""
        assert self.mutex.held, "clears without the mutex"
        self.length = 0

    def __bool__(self) -> bool:
        assert self.mutex.held, "looks without the mutex"
        return True if self.length > 0 else False  # noqa: SIM210 - a symbolic answer must become a real one


def size(container: Any) -> Any:
    """``len``, which may be symbolic; of anything else the real one."""
    if type(container) is Container:
        assert container.mutex.held, "looks without the mutex"
        return container.length
    return len(container)


class Clock:
    """Each reading is later than the one before by ``tick`` seconds."""

    def __init__(self, tick: float) -> None:
        self.now, self.tick = 0.0, tick

    def __call__(self) -> float:
        """The time."""
        self.now += self.tick
        return self.now


def private_copy(module: ModuleType) -> ModuleType:
    """The module executed once more, unmodified, as a module of its own."""
    spec = importlib.util.find_spec(module.__name__)
    if spec is None or spec.loader is None:
        raise ImportError(f"no source for {module.__name__}")
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    copy.__dict__["len"] = size
    return copy


@dataclass(frozen=True)
class Section:
    """One critical section: the state before it, and the method that is called.

    ``woken``: the caller entered earlier, waited, and now looks again. ``late``: its time is over by then.
    ``closed``: the queue was shut down before.
    """

    method: str
    arguments: tuple[Any, ...] = ()
    woken: bool = False
    late: bool = False
    closed: bool = False


@dataclass(frozen=True)
class After:
    """The state after a critical section, how it ended, and what was appended."""

    counters: Counters
    result: tuple[str, Any]
    appended: tuple[object, ...]
    closed: bool


def run(module: ModuleType, name: str, section: Section, s: Counters) -> After:
    """Run one critical section of class ``name`` of a private copy of a module, from state ``s``.

    Raises AssertionError if the section breaks the discipline of the mutex.
    """
    made = _Instance(module, name, s, closed=section.closed and not section.woken)
    putting = section.method.startswith("put")
    if section.woken:
        made.send_to_sleep(s, putting, section.closed)
    clock = Clock(TIMEOUT if section.late else 0.0)
    for reading in ("monotonic", "time"):
        if reading in module.__dict__:
            module.__dict__[reading] = clock
    try:
        result = ("return", getattr(made.queue, section.method)(*section.arguments))
    except Asleep:
        result = ("sleep", None)
    except (queue.Full, queue.Empty, ValueError) as error:
        result = ("raise", type(error).__name__)
    except Exception as error:
        if type(error).__name__ not in ("Full", "Empty", "ShutDown"):
            raise
        result = ("raise", type(error).__name__)
    assert not made.mutex.held, "leaves with the mutex"
    return made.after(section, putting, result)


class _Instance:
    """A queue without its constructor: counting parts in the places of the real ones."""

    def __init__(self, module: ModuleType, name: str, s: Counters, closed: bool) -> None:
        cls = getattr(module, name)
        self.before = s
        self.mutex = Mutex()
        self.not_full = Condition(self.mutex, s.waiting_putters, s.woken_putters)
        self.not_empty = Condition(self.mutex, s.waiting_getters, s.woken_getters)
        self.items = Container(self.mutex, s.length)
        self.queue = object.__new__(cls)
        self.queue.__dict__.update(
            maxsize=s.capacity,
            mutex=self.mutex,
            not_full=self.not_full,
            not_empty=self.not_empty,
            all_tasks_done=Condition(self.mutex, 0, 0),
            queue=self.items,
            unfinished_tasks=0,
            is_shutdown=closed,
        )

    def send_to_sleep(self, s: Counters, putting: bool, closed: bool) -> None:
        """Let the caller find the queue full (or empty) at first, and wake into state ``s``."""
        condition = self.not_full if putting else self.not_empty
        self.items.length = s.capacity if putting else 0

        def wake() -> None:
            self.items.length = s.length
            condition.woken = condition.woken - 1
            self.queue.is_shutdown = closed

        condition.wake_into = wake

    def after(self, section: Section, putting: bool, result: tuple[str, Any]) -> After:
        """Count the threads: who did not fall asleep is outside again."""
        s = self.before
        asleep = result[0] == "sleep"
        moved = (-1 if asleep else 0) if not section.woken else (0 if asleep else 1)
        counters = Counters(
            s.capacity,
            self.items.length,
            s.running_putters + (moved if putting else 0),
            self.not_full.waiting,
            self.not_full.woken,
            s.running_getters + (0 if putting else moved),
            self.not_empty.waiting,
            self.not_empty.woken,
        )
        return After(counters, result, tuple(self.items.appended), self.queue.is_shutdown)
