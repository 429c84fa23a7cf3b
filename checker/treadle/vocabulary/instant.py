"""Virtual time: instants, of which a snapshot keeps only the distance from now.

An `Instant` is what the virtual `time.monotonic()` returns: a float that remembers that it is a point in time, so
that equal situations at different times are one state. Adding seconds gives an instant, the difference of two
instants is a plain number. Whatever would let the absolute value escape is reported by the virtual `time` module.
"""

from __future__ import annotations

import math

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


def settled(seconds: float) -> float:
    """The same time, with one moment for however few or many that it is more, or less, than whole milliseconds: whether
    some time has passed is to be seen, how many moments is not.

    >>> settled(5.0), settled(5.0 + 3 * MOMENT) == 5.0 + MOMENT, settled(-7 * MOMENT) == -MOMENT, settled(0.12345)
    (5.0, True, True, 0.12345)
    """
    whole = round(seconds, 3)
    more = seconds - whole
    if abs(more) > 100 * MOMENT:
        return seconds
    return whole if abs(more) < MOMENT / 2 else whole + math.copysign(MOMENT, more)
