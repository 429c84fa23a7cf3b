"""Virtual threads: `threading.Thread`, thread identities and `threading.local`, under control.

Which thread is which must not matter unless the program asks: identical threads are interchangeable. So an
identity is an opaque token that may be compared and used as a key; a name that was made up, a number made of an
identity, or an order of identities, is reported as observed, and from then on threads are told apart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from treadle.sandbox import runtime
from treadle.sandbox.hooks import NAME, calling
from treadle.sandbox.places import place, refuse
from treadle.sandbox.primitives import Mutex, deadline_after, expired, host, watch_content
from treadle.vocabulary.instant import Deadline
from treadle.vocabulary.operation import GO, TIMEOUT, Operation, Primitive, Status

NEW, STARTED, FINISHED = "new", "started", "finished"


RESERVED = frozenset(
    {"begun_at", "calls", "finish", "held", "joined", "links", "locals", "made_up_name", "phase", "serial", "status"}
)
"""Attributes of a thread that are ours, and that subclasses cannot have for themselves."""


class ExceptHookArgs(NamedTuple):
    """What `threading.excepthook` is given."""

    exc_type: type[BaseException]
    exc_value: BaseException | None
    exc_traceback: Any
    thread: Any


@watch_content("_args", "_daemon", "_kwargs", "_name", "_target", "joined", "phase")
class Thread(Primitive):
    """`threading.Thread`. Its control data is no part of what subclasses see in `__dict__`."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_args",
        "_daemon",
        "_kwargs",
        "_name",
        "_target",
        "begun_at",
        "calls",
        "held",
        "joined",
        "locals",
        "phase",
        "serial",
    )

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
        **ignored: Any,
    ) -> None:
        assert group is None, "group argument must be None for now"
        running = runtime.current
        self._target, self._args, self._kwargs = target, tuple(args), dict(kwargs or {})
        self._name = None if name is None else str(name)
        self._daemon = bool(running.thread.daemon) if daemon is None and running else bool(daemon)
        self.phase = NEW
        self.begun_at = ""
        """The file and line of the call of `start`."""
        self.joined = False
        """Has the main thread waited for its end?"""
        self.serial = running.next_serial() if running else 0
        self.held: list[Mutex] = []
        self.locals: dict[int, tuple[object, dict[str, Any]]] = {}
        self.calls: list[Any] = []
        """The calls to watched objects that it is in."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        for name in sorted(RESERVED & cls.__dict__.keys()):
            _refuse_attribute(name)

    def __setattr__(self, name: str, value: object) -> None:
        if name in RESERVED and NAME in sys._getframe(1).f_globals:
            _refuse_attribute(name)
        object.__setattr__(self, name, value)

    # -- what the kernel sees -------------------------------------------------------------------------------------

    def status(self) -> Status:
        return (self.phase, self._daemon, self._name, self.joined)

    def links(self) -> tuple[object, ...]:
        return () if self.phase == FINISHED else (self._target, self._args, self._kwargs)

    def finish(self) -> None:
        """The thread has run to its end."""
        self.phase, self._target, self._args, self._kwargs = FINISHED, None, (), {}
        self.locals = {}

    @property
    def made_up_name(self) -> str:
        """The name for reports, never reported as observed."""
        if self._name is not None:
            return self._name
        called = getattr(self._target, "__name__", None)
        return f"Thread-{self.serial}" + (f" ({called})" if called else "")

    # -- the public interface of threading.Thread -----------------------------------------------------------------

    def start(self) -> None:
        """Make it run; see `threading.Thread.start`."""
        self._check_initialized()
        if self.phase != NEW:
            raise RuntimeError("threads can only be started once")
        self.phase = STARTED
        self.begun_at = place()
        host().spawn(self)

    def run(self) -> None:
        """What the thread does; subclasses may override it."""
        if self._target is not None:
            calling(self._target, (*self._args, *self._kwargs.values()))
            self._target(*self._args, **self._kwargs)

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has finished; see `threading.Thread.join`."""
        self._check_initialized()
        running = host()
        if self.phase == NEW:
            raise RuntimeError("cannot join thread before it is started")
        if self is running.thread:
            raise RuntimeError("cannot join current thread")
        if timeout is not None:
            running.observe(self, "alive")
        running.perform(Join(self, deadline_after(timeout)))

    def is_alive(self) -> bool:
        """Was it started and has not finished?"""
        self._check_initialized()
        running = runtime.current
        if running is not None and self is not running.thread and self.phase != NEW:
            running.observe(self, "alive")
            running.perform(LookAlive(self))
        return self.phase == STARTED

    @property
    def name(self) -> str:
        """Its name; one that was made up tells threads apart."""
        self._check_initialized()
        if self._name is None and runtime.current is not None:
            runtime.current.observe(self, "identity")
        return self.made_up_name

    @name.setter
    def name(self, name: str) -> None:
        self._name = str(name)

    @property
    def daemon(self) -> bool:
        """May the program end while it runs?"""
        return self._daemon

    @daemon.setter
    def daemon(self, daemon: bool) -> None:
        self._check_initialized()
        if self.phase != NEW:
            raise RuntimeError("cannot set daemon status of active thread")
        self._daemon = daemon

    @property
    def ident(self) -> Ident | None:
        """Its identity, None before it is started."""
        return None if self.phase == NEW else Ident(self)

    @property
    def native_id(self) -> Ident | None:
        """As `ident`."""
        return self.ident

    def _check_initialized(self) -> None:
        if not hasattr(self, "phase"):
            raise RuntimeError("Thread.__init__() not called")

    def getName(self) -> str:  # noqa: N802 - the old names are part of the interface
        """Its name."""
        return self.name

    def setName(self, name: str) -> None:  # noqa: N802
        """Set its name."""
        self.name = name

    def isDaemon(self) -> bool:  # noqa: N802
        """May the program end while it runs?"""
        return self.daemon

    def setDaemon(self, daemonic: bool) -> None:  # noqa: N802
        """Set whether the program may end while it runs."""
        self.daemon = daemonic

    def __hash__(self) -> int:
        # Not the address: the order of a set of threads must be the same in each execution.
        return hash(("thread", getattr(self, "serial", -1)))

    def __repr__(self) -> str:
        phase = {NEW: "initial", STARTED: "started", FINISHED: "stopped"}[self.phase]
        return f"<{type(self).__name__}({self.name}, {phase}{' daemon' if self._daemon else ''})>"


def _refuse_attribute(name: str) -> None:
    refuse(f"the attribute {name!r} of a threading.Thread", "give it another name")


class Join(Operation):
    """Wait until a thread has finished, or until the deadline."""

    __slots__ = ("deadline", "thread")
    kind = "join"

    def __init__(self, thread: Thread, deadline: Deadline | None) -> None:
        self.thread, self.deadline = thread, deadline

    def targets(self) -> tuple[object, ...]:
        return (self.thread,)

    def fields(self) -> Status:
        return (self.deadline,)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        if statuses[0][0] == FINISHED:
            return (GO,)
        return (TIMEOUT,) if expired(fields[0]) else ()

    def perform(self, alternative: str) -> None:
        if alternative == GO:
            host().joined(self.thread)


class LookAlive(Operation):
    """Find out whether a thread has finished."""

    __slots__ = ("thread",)
    kind = "is-alive"

    def __init__(self, thread: Thread) -> None:
        self.thread = thread

    def targets(self) -> tuple[object, ...]:
        return (self.thread,)


class Finish(LookAlive):
    """Come to the end, where that can be observed."""

    __slots__ = ()
    kind = "finish"


class Ident(int):
    """A thread's identity: equal to itself, good as a key; anything else that is done with it is observed."""

    thread: Thread

    def __new__(cls, thread: Thread) -> Ident:
        ident = super().__new__(cls, 0x7F0000000000 + 0x1000 * thread.serial)
        ident.thread = thread
        return ident


def _observing(name: str) -> Callable[..., Any]:
    plain = getattr(int, name)

    def method(self: Ident, *arguments: Any) -> Any:
        if runtime.current is not None:
            runtime.current.observe(self.thread, "identity")
        return plain(self, *arguments)

    return method


_ARITHMETIC = (
    "__lt__ __le__ __gt__ __ge__ __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __mod__ __rmod__ "
    "__floordiv__ __rfloordiv__ __truediv__ __and__ __rand__ __or__ __ror__ __xor__ __rxor__ __lshift__ __rshift__ "
    "__divmod__ __pow__ __neg__ __abs__ __invert__ __int__ __index__ __float__ __str__ __repr__ __format__ __trunc__ "
    "bit_length"
)
for _name in _ARITHMETIC.split():
    setattr(Ident, _name, _observing(_name))


class Sleep(Operation):
    """Wait until the deadline."""

    __slots__ = ("deadline",)
    kind = "sleep"

    def __init__(self, deadline: Deadline | None) -> None:
        self.deadline = deadline

    def fields(self) -> Status:
        return (self.deadline,)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        return (GO,) if expired(fields[0]) else ()


class ReadClock(Operation):
    """Find out what time it is."""

    __slots__ = ()
    kind = "clock"


def current_thread() -> Thread:
    """The thread that runs now."""
    return host().thread  # type: ignore[no-any-return]


def get_ident() -> int:
    """Its identity; who looks from outside (the repr of a dataclass asks for it) is nobody."""
    return 0 if runtime.current is None and runtime.looking else Ident(current_thread())
