"""What a queue accepts as arguments, decided once for every queue here.

The errors are those of `queue.Queue` where it has one. Where it would accept nonsense and misbehave later (a
`maxsize` that is no integer fails in some later `put`, a NaN timeout spins for ever), the call raises at
once.
"""

from __future__ import annotations

from operator import index


def checked_maxsize(maxsize: int) -> int:
    """Return `maxsize` as an int; zero or less means unbounded. Raises TypeError if it is no integer."""
    try:
        return index(maxsize)
    except TypeError:
        raise TypeError(f"maxsize must be an integer, not {type(maxsize).__name__}") from None


def check_timeout(timeout: float | None) -> None:
    """Accept None or a number of seconds >= 0. Raises ValueError for a negative one and for NaN."""
    if timeout is not None and not timeout >= 0:  # `not >=` and no `<`: NaN answers False to both
        raise ValueError("'timeout' must be a non-negative number")


def is_patient(timeout: float) -> bool:
    """Is there any time to wait? Raises ValueError for a negative timeout and for NaN."""
    check_timeout(timeout)
    return timeout > 0
