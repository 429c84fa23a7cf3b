"""What a program may say to the checker. Outside of it these do nothing (a choice is then always the first)."""

from __future__ import annotations

from collections.abc import Callable

from treadle.sandbox import runtime
from treadle.sandbox.choice import Choose, choose

__all__ = ["Choose", "choose", "invariant"]


def invariant(holds: Callable[[], object]) -> None:
    """Have `holds()` evaluated after every step from now on; a false value or an exception is a violation.

    It must only look, never change anything. Outside of the checker it is not called.

    >>> invariant(lambda: False)
    """
    if runtime.current is not None:
        runtime.current.invariant(holds)
