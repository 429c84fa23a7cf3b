"""The seam between code under check and the kernel: who is running now.

Transformed code and virtual primitives know nothing of the kernel. They report to `runtime.current`, and accesses to
`runtime.watching`, which the kernel sets while it lets a thread run, and which are None at any other time (modules are
being loaded, a test calls a primitive by hand).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from treadle.vocabulary.operation import Operation

WHOLE = "*"
"""The location that stands for all that a container holds."""

ATTRIBUTES = ".*"
"""The location that stands for all attributes of an object."""


SAME_EVERYWHERE = "__treadle_name__"
"""The class attribute that says under which name a class made by a stand-in is the same in every execution."""

WORLD = object()
"""Stands for what no object of the program holds: the globals, the definitions, who was joined."""


class Host(Protocol):
    """What the code under check sees of the execution that it is part of."""

    thread: Any
    """The virtual thread that runs now (treadle.sandbox.threads.Thread)."""

    now: float
    """The virtual clock, in seconds."""

    spurious: bool
    """May a waiting thread wake although nobody notified it?"""

    any_waiter: bool
    """May notify wake any waiter (True), or does it wake the one that waits longest, as CPython does?"""

    @property
    def own_calls(self) -> bool:
        """Do monitors explain each step by the calls of the thread that makes it?"""

    @property
    def alone(self) -> bool:
        """Is there, and was there, nobody who could do anything at the same time?"""

    def next_serial(self) -> int:
        """The number of the next thread, by order of creation (the main thread is 0)."""

    def perform(self, operation: Operation) -> Any:
        """Suspend the thread before `operation`; when the scheduler has chosen it, perform it."""

    def access(self, obj: object, location: object, write: bool) -> None:
        """A read or write of possibly shared data comes next; a scheduling point if the location is visible."""

    def inside(self, name: str) -> Any:
        """The function of that name that gathers items inside of the sandbox."""

    def depends_on(self, obj: object) -> None:
        """What the running step does depends on the content of `obj`, or changes it."""

    def expose(self, attributes: dict[str, Any], owner: object) -> None:
        """The thread gets hold of the dict that holds the attributes of `owner`."""

    def interrupts(self, obj: object, location: object) -> bool:
        """Is every access to this location a scheduling point?"""

    def loop(self) -> None:
        """A loop goes round once more; a step that has gone on for too long never comes back from here."""

    def observe(self, obj: object, aspect: str) -> None:
        """The thread finds out about `aspect` of `obj` without blocking (a try-lock: "held"; is_alive: "alive")."""

    def observed(self, obj: object, aspect: str) -> bool:
        """Does any thread find out about `aspect` of `obj`? Then each change of it has a scheduling point."""

    def spawn(self, thread: Any) -> None:
        """A thread was started."""

    def joined(self, thread: Any) -> None:
        """The running thread has waited for the end of another."""

    def event(self, kind: str, obj: object, detail: object = "") -> None:
        """Something happened to a primitive; for traces, without effect on the exploration."""

    dying: bool
    """Is the execution being ended? Then nothing counts any more."""

    def watch(self, monitor: Any) -> None:
        """From now on the monitor is part of the state."""

    def call_begins(self, call: Any) -> None:
        """The call to a watched object begins now, unless it has begun before: its monitor is told."""

    def follow(self, monitor: Any, happened: Callable[..., None], *arguments: object) -> None:
        """Tell a monitor what happened: the step depends on all that the monitor knows."""

    def invariant(self, holds: Any) -> None:
        """From now on `holds()` is evaluated after every step."""

    def fail(self, finding: BaseException) -> None:
        """The running thread has violated a property."""

    refusals: list[Refused]
    """What was refused in this execution, whether or not the code under check let the exception through."""

    def hidden(self, reason: str) -> None:
        """State that no snapshot can see was touched: from here on equal-looking states are not merged."""

    def doubt(self, reason: str) -> None:
        """Something was given up: the verdict is never `holds`."""

    def nondeterministic(self, reason: str) -> None:
        """Something was read that may differ from one execution to the next: the verdict is never `holds`."""


current: Host | None = None

watching: Host | None = None
"""The same, while it is of interest what the code under check reads and writes. It is not where all of it has happened
before, if no access is a scheduling point."""


looking = False
"""Does somebody look at the program from outside (treadle.sandbox.looking)?"""

names: frozenset[object] | None = None
"""The names of attributes that are of interest; None if all are."""


def let_run(host: Host | None, watched: bool = True, of_interest: frozenset[object] | None = None) -> None:
    """From now on it is `host` that runs (None: nobody does), and is it of interest what it reads and writes, which
    attributes?"""
    global current, watching, names
    current, watching, names = host, host if watched else None, of_interest


class Refused(BaseException):
    """The code under check uses something that cannot be virtualised; the message says what and the remedy.

    It is no `Exception`, so that the code under check does not take it for one of its own; where that swallows it
    all the same, the host remembers it (`places.refuse`).
    """
