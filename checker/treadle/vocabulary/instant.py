"""Virtual time: instants, of which a snapshot keeps only the distance from now.

An `Instant` is what the virtual `time.monotonic()` returns: a float that remembers that it is a point in time, so
that equal situations at different times are one state. Adding seconds gives an instant, the difference of two
instants is a plain number. Whatever would let the absolute value escape is reported by the virtual `time` module.
"""

from __future__ import annotations

MOMENT = 2.0**-20
"""A time so short that no program counts it, and yet some time: about a microsecond, without rounding errors."""


class Instant(float):
    """A point in virtual time, in seconds.

    >>> Instant(2.0) + 1.5, Instant(3.0) - Instant(1.0), type(Instant(1.0) + 1).__name__
    (3.5, 2.0, 'Instant')
    """

    __slots__ = ()

    def __add__(self, other: float) -> Instant:
        return Instant(float.__add__(self, float(other)))

    __radd__ = __add__

    def __sub__(self, other: float) -> float:
        difference = float.__sub__(self, float(other))
        return difference if isinstance(other, Instant) else Instant(difference)


class Deadline(Instant):
    """An instant that is only ever compared with now: once it has passed, how long ago does not matter."""

    __slots__ = ()


def until(remaining: float, kind: str) -> float | None:
    """How long until something may change because of an instant of that kind: until it comes, and if it is a reading
    of the clock that is not yet past, until it is past. None if it can change nothing any more.

    >>> until(2.0, "Reading"), until(0.0, "Reading") == MOMENT, until(0.0, "Deadline"), until(-1.0, "Reading")
    (2.0, True, None, None)
    """
    if remaining > 0:
        return remaining
    return MOMENT if remaining == 0 and kind != Deadline.__name__ else None
