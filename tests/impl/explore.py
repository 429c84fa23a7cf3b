"""Run the real fast queue under every schedule with few preemptions, and with an interrupt at any place.

The threads are greenlets; every operation on a deque, a lock or a variable of the queue is a place where
another one may go on. After every call (as in CPython: after its effect), at the start of every function and
while it sleeps, a thread may be interrupted by an exception. Each execution is judged by its history: some
order of the calls, each taking effect between its begin and its end, must be explained by a sequential queue,
and a call may only be left waiting if that queue would make it wait. It is a checker of its own, small and
without any reduction, beside the one in `treadle`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import greenlet

from boundedqueue.errors import Empty, Full, ShutDown
from impl.history import Call, Interrupt, explained

VARIABLES = frozenset(
    ["_turn", "_room", "_shortcut", "_maxsize", "is_shutdown", "unfinished_tasks", "answer", "item", "wake"]
)


class Runaway(AssertionError):
    """An execution that does not end."""


@dataclass
class Thread:
    greenlet: Any
    may_run: Callable[[], bool] = lambda: True


@dataclass
class Execution:
    """One execution: follow `prefix`, then take the first choice each time; remember how many there were."""

    queue: Any
    prefix: list[int]
    preemptions: int
    interrupts: frozenset[int]
    choices: list[tuple[int, int]] = field(default_factory=list)
    history: list[Call] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    running: int = -1
    clock: int = 0
    interrupted: bool = False
    interrupted_asleep: bool = False
    over: bool = False

    def choose(self, alternatives: int) -> int:
        if alternatives <= 1:
            return 0
        step = len(self.choices)
        choice = self.prefix[step] if step < len(self.prefix) else 0
        self.choices.append((choice, alternatives))
        return choice

    def point(self, may_run: Callable[[], bool] = lambda: True) -> None:
        """Another thread may go on here; this one again when `may_run()`."""
        if self.running < 0:
            return
        thread = self.threads[self.running]
        thread.may_run = may_run
        thread.greenlet.parent.switch()

    def interrupt_comes(self) -> bool:
        if self.running in self.interrupts and not self.interrupted and self.choose(2):
            self.interrupted = True
        else:
            return False
        return True

    def after_call(self) -> None:
        """An interrupt may come here."""
        if self.interrupt_comes():
            raise Interrupt

    def run(self) -> None:
        current = 0
        for _ in range(5000):
            ready = [n for n, t in enumerate(self.threads) if not t.greenlet.dead and t.may_run()]
            if not ready:
                return
            if current in ready:
                others = [n for n in ready if n != current] if self.preemptions else []
                pick = self.choose(1 + len(others))
                if pick:
                    self.preemptions -= 1
                    current = others[pick - 1]
            else:
                current = ready[self.choose(len(ready))]
            self.running = current
            self.threads[current].greenlet.switch()
            self.running = -1
        raise Runaway

    def end(self) -> None:
        """End the threads that still wait, or that were left where a fault was found."""
        self.over, self.interrupts = True, frozenset()
        for thread in self.threads:
            if not thread.greenlet.dead:
                with suppress(Exception):  # what a mutant does then does not matter
                    thread.greenlet.throw(greenlet.GreenletExit)

    def body(self, n: int, queue: Any, program: tuple[tuple[Any, ...], ...]) -> Callable[[], None]:
        def run() -> None:
            for name, *arguments in program:
                self.clock += 1
                call = Call(n, name, arguments[0] if arguments else None, self.clock)
                self.history.append(call)
                try:
                    call.outcome = ("returned", OPERATIONS[name](queue, *arguments))
                except (Full, Empty, ShutDown, Interrupt) as error:
                    call.outcome = type(error)
                self.clock += 1
                call.ended = self.clock

        return run


OPERATIONS: dict[str, Callable[..., Any]] = {
    "put": lambda q, item: q.put(item),
    "put_nowait": lambda q, item: q.put_nowait(item),
    "put_timeout": lambda q, item: q.put(item, timeout=1),
    "get": lambda q: q.get(),
    "get_nowait": lambda q: q.get_nowait(),
    "get_timeout": lambda q: q.get(timeout=1),
    "task_done": lambda q: q.task_done(),
    "join": lambda q: q.join(),
    "qsize": lambda q: q.qsize(),
    "shutdown": lambda q: q.shutdown(),
    "shutdown_now": lambda q: q.shutdown(immediate=True),
    "resize": lambda q, maxsize: setattr(q, "maxsize", maxsize),
}

execution: Execution  # the one that runs; the instrumented classes below report to it


def instrumented(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **keywords: Any) -> Any:
        execution.point()
        result = method(*arguments, **keywords)
        if not method.__name__.startswith("__") or method.__name__ == "__len__":
            execution.after_call()
        return result

    return call


DEQUE_METHODS = [
    "append",
    "appendleft",
    "popleft",
    "pop",
    "remove",
    "__len__",
    "__bool__",
    "__getitem__",
    "__delitem__",
    "__contains__",
    "__iadd__",
]


class WatchedDeque(deque):  # type: ignore[type-arg]
    def __bool__(self) -> bool:
        return deque.__len__(self) > 0


for _name in DEQUE_METHODS:
    setattr(WatchedDeque, _name, instrumented(getattr(WatchedDeque, _name)))


class WatchedLock:
    def __init__(self) -> None:
        self.held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if execution.interrupt_comes():  # while it sleeps, so at any time
            execution.interrupted_asleep = True
            execution.point()
            raise Interrupt
        # With a timeout it may go on at any time; if that is before the release, its time is up.
        execution.point((lambda: not self.held) if timeout < 0 else (lambda: True))
        result, self.held = not self.held, True
        if execution.interrupt_comes():
            execution.interrupted_asleep = True
            raise Interrupt
        return result

    def release(self) -> None:
        execution.point()
        if not self.held:
            raise RuntimeError("release unlocked lock")
        self.held = False
        execution.after_call()


def watched(cls: type) -> type:
    """A subclass whose variables are places to switch and whose methods can be interrupted as they begin."""

    def read(self: Any, name: str) -> Any:
        if name in VARIABLES:
            execution.point()
        return object.__getattribute__(self, name)

    def write(self: Any, name: str, value: Any) -> None:
        if name in VARIABLES:
            execution.point()
        object.__setattr__(self, name, value)

    def delete(self: Any, name: str) -> None:
        execution.point()
        object.__delattr__(self, name)

    def interruptible(function: Any) -> Any:
        @wraps(function)
        def begin(*arguments: Any, **keywords: Any) -> Any:
            execution.after_call()
            return function(*arguments, **keywords)

        return begin

    body: dict[str, Any] = {"__slots__": (), "__getattribute__": read, "__setattr__": write, "__delattr__": delete}
    for name, value in vars(cls).items():
        if callable(value) and not name.startswith("__") and name not in ("put", "get"):
            body[name] = interruptible(value)
    return type(cls.__name__, (cls,), body)


def turn_is_free() -> bool:
    """Asked from outside, so that it is no step of the execution."""
    try:
        object.__getattribute__(execution.queue, "_turn")
    except AttributeError:
        return False
    return True


def sleep_until_the_turn_is_free(seconds: float) -> None:
    """Trying again before that changes nothing, so a thread that yields is asked again only then."""
    if execution.over:
        raise greenlet.GreenletExit
    execution.point(turn_is_free)
    execution.after_call()


@contextmanager
def instruments(module: Any) -> Iterator[type]:
    """The module sees our deque, lock and so on; yields its queue class, watched."""
    theirs = {name: vars(module)[name] for name in ("deque", "Lock", "sleep", "_Waiter")}
    waiter = watched(module._Waiter)
    waiter.__class_getitem__ = classmethod(lambda cls, item: cls)  # type: ignore[attr-defined]
    try:
        vars(module).update(deque=WatchedDeque, Lock=WatchedLock, sleep=sleep_until_the_turn_is_free, _Waiter=waiter)
        yield watched(module.FastQueue)
    finally:
        vars(module).update(theirs)


@dataclass(frozen=True)
class Scenario:
    """What the threads do, one list of calls each, with a queue of `maxsize` that holds `items` already."""

    maxsize: int
    programs: tuple[tuple[tuple[Any, ...], ...], ...]
    items: tuple[Any, ...] = ()


def executions(
    module: Any, scenario: Scenario, preemptions: int, interrupts: frozenset[int] = frozenset()
) -> Iterator[Execution]:
    """Yield every execution with at most so many preemptions and one interrupt, in one of these threads."""
    global execution
    prefix: list[int] = []
    with instruments(module) as queue_class:
        while True:
            execution = Execution(None, prefix, preemptions, interrupts)
            execution.queue = queue = queue_class(scenario.maxsize)
            for item in scenario.items:
                queue.put(item)
            for n, program in enumerate(scenario.programs):
                execution.threads.append(Thread(greenlet.greenlet(execution.body(n, queue, program))))
            try:
                execution.run()
                yield execution
            finally:
                execution.end()
            choices = execution.choices
            while choices and choices[-1][0] + 1 == choices[-1][1]:
                choices.pop()
            if not choices:
                return
            prefix = [choice for choice, _ in choices]
            prefix[-1] += 1


def judge(execution: Execution, scenario: Scenario) -> str | None:
    """What is wrong with a finished execution, or None."""
    queue, history = execution.queue, execution.history
    if not turn_is_free():
        return "the turn was not given back"
    if len(queue._putters) + len(queue._getters) + len(queue._joiners) != sum(c.ended is None for c in history):
        return "the lines do not hold exactly the calls that wait"
    start = (scenario.items, len(scenario.items), False, scenario.maxsize)
    end = (tuple(queue.queue), queue.unfinished_tasks)
    if not explained(history, start, end, loss=not execution.interrupted_asleep):
        return "no order of the calls explains what they returned"
    return None


def verdicts(
    module: Any, scenario: Scenario, preemptions: int, interrupts: frozenset[int] = frozenset()
) -> Iterator[str | None]:
    """Judge every execution; one whose history was judged before is not judged again."""
    known: dict[object, str | None] = {}
    for run in executions(module, scenario, preemptions, interrupts):
        queue = run.queue
        calls = tuple((c.thread, c.name, c.began, c.ended, repr(c.outcome)) for c in run.history)
        lines = turn_is_free(), len(queue._putters), len(queue._getters), len(queue._joiners)
        key = (calls, lines, tuple(queue.queue), queue.unfinished_tasks, run.interrupted_asleep)
        if key not in known:
            known[key] = judge(run, scenario)
        yield known[key]
