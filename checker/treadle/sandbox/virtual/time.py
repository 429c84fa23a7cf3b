"""The `time` module of the sandbox: a virtual clock, which moves only when the scheduler lets it.

Reading the clock is an operation, so that other threads and the clock may move first. A reading is an
instant; whatever is done with it that gives away how much time has passed since the start, rather than the
distance of two readings, is reported: from then on equal situations at different times are different
states.
"""

from __future__ import annotations

import math
import time as real
from collections.abc import Callable
from types import ModuleType
from typing import Any

from treadle.sandbox import runtime
from treadle.sandbox.places import place, refuse
from treadle.sandbox.primitives import deadline_after, host
from treadle.sandbox.threads import ReadClock, Sleep
from treadle.sandbox.virtual import Workshop, copy_names
from treadle.vocabulary.instant import Instant, settled

CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
PLAIN = """altzone daylight timezone tzname tzset struct_time get_clock_info mktime strptime
    CLOCK_BOOTTIME CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID CLOCK_REALTIME CLOCK_TAI
    CLOCK_THREAD_CPUTIME_ID __doc__"""


def escaped() -> None:
    """Report that the absolute time became visible."""
    if runtime.current is not None:
        runtime.current.observe(None, "absolute-time")


class Reading(Instant):
    """An instant read from the clock: only its distance from other instants is to be used."""

    __slots__ = ()

    def __add__(self, other: float) -> Reading:
        if isinstance(other, Instant):
            escaped()
        total = float.__add__(self, other)
        return total if total is NotImplemented else Reading(total)

    __radd__ = __add__

    def __sub__(self, other: float) -> float:
        difference = float.__sub__(self, other)
        if isinstance(other, Instant):
            return Span(settled(difference), self)
        return difference if difference is NotImplemented else Reading(difference)

    def __rsub__(self, other: float) -> float:
        if not isinstance(other, Instant):
            escaped()
        return float.__rsub__(self, other)


class Span(float):
    """The time between two instants. With slower steps it would be another one, which is not explored: whoever compares
    it with a number that it could have come to, or past, is told so. (That what remains until a moment has come to
    nothing is explored.)"""

    __slots__ = ("remains",)
    remains: bool
    """Does it shrink, until a moment to come?"""

    def __new__(cls, seconds: float, until: Instant) -> Span:
        span, running = super().__new__(cls, seconds), runtime.current
        span.remains = running is not None and float.__gt__(until, running.now)
        return span

    def could_pass(self, other: float) -> bool:
        """Could it have come to that number, or past it, had the steps taken longer?"""
        seconds = float(self)
        if seconds > 0:
            return 0 < other < seconds if self.remains else other > seconds
        return other < seconds or (seconds == 0 and not self.remains and other > 0)


def _measuring(name: str) -> Callable[[Span, object], Any]:
    plain = getattr(float, name)

    def method(self: Span, other: object) -> Any:
        running = runtime.current
        if running is not None and isinstance(other, (int, float)) and not math.isinf(other) and self.could_pass(other):
            running.doubt(f"{place()}: an elapsed time is compared; how long steps take is not explored")
        return plain(self, other)

    method.__name__ = name
    return method


def _telling(name: str) -> Callable[..., Any]:
    plain = getattr(float, name)

    def method(self: Reading, *arguments: Any) -> Any:
        escaped()
        return plain(Reading(settled(float.__float__(self))), *arguments)

    method.__name__ = name
    return method


def _comparing(name: str) -> Callable[[Reading, object], Any]:
    plain = getattr(float, name)

    def method(self: Reading, other: object) -> Any:
        if not isinstance(other, Instant) and isinstance(other, (int, float)) and abs(other) != float("inf"):
            escaped()
        return plain(self, other)

    method.__name__ = name
    return method


for _name in [
    "__mul__",
    "__rmul__",
    "__truediv__",
    "__rtruediv__",
    "__floordiv__",
    "__rfloordiv__",
    "__mod__",
    "__rmod__",
    "__divmod__",
    "__rdivmod__",
    "__pow__",
    "__rpow__",
    "__neg__",
    "__pos__",
    "__abs__",
    "__bool__",
    "__int__",
    "__float__",
    "__trunc__",
    "__floor__",
    "__ceil__",
    "__round__",
    "__hash__",
    "__str__",
    "__repr__",
    "__format__",
    "as_integer_ratio",
    "hex",
    "is_integer",
    "conjugate",
    "__reduce__",
    "__reduce_ex__",
    "__getnewargs__",
]:
    setattr(Reading, _name, _telling(_name))
for _name in ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"]:
    setattr(Reading, _name, _comparing(_name))
    setattr(Span, _name, _measuring(_name))
Span.__hash__ = float.__hash__  # type: ignore[method-assign]


def now() -> Reading:
    """What time is it? While modules are loaded, it is the beginning."""
    running = runtime.current
    if running is None:
        return Reading(0.0)
    running.perform(ReadClock())
    return Reading(running.now)


def now_ns() -> int:
    """The time in nanoseconds: a plain number, which tells the absolute time."""
    reading = now()
    escaped()
    return int(float.__mul__(reading, 1e9))


def sleep(seconds: float, /) -> None:
    """`time.sleep`."""
    if not isinstance(seconds, (int, float)) and not hasattr(seconds, "__index__"):
        raise TypeError(f"{type(seconds).__name__!r} object cannot be interpreted as an integer")
    if seconds != seconds:
        raise ValueError("Invalid value NaN (not a number)")
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    host().perform(Sleep(deadline_after(seconds)))


def _calendar(name: str) -> Callable[..., Any]:
    """A function that takes the moment as its optional last argument."""
    function = getattr(real, name)
    last = 1 if name == "strftime" else 0

    def virtual(*arguments: Any) -> Any:
        if len(arguments) > last and arguments[last] is not None:
            return function(*arguments)
        moment: Any = float.__add__(now(), 0.0)
        escaped()
        if name in ("strftime", "asctime"):
            moment = real.localtime(moment)
        return function(*arguments[:last], moment)

    virtual.__name__ = name
    return virtual


def clock_settime(*_: object) -> None:
    """Setting the machine's clock is not for programs under check."""
    refuse("time.clock_settime", "let the time pass with time.sleep")


def build(workshop: Workshop) -> ModuleType:
    """Make the module object."""
    module = ModuleType("time")
    copy_names(module, real, PLAIN)
    for name in CLOCKS:
        setattr(module, name, now)
        setattr(module, f"{name}_ns", now_ns)
    for name in ("localtime", "gmtime", "ctime", "asctime", "strftime"):
        setattr(module, name, _calendar(name))
    module.__dict__.update(
        sleep=sleep, clock_gettime=lambda clock: now(), clock_gettime_ns=lambda clock: now_ns(),
        clock_getres=real.clock_getres, clock_settime=clock_settime, clock_settime_ns=clock_settime,
    )  # fmt: skip
    return module
