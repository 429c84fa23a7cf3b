"""What a program may say to the checker. Outside of it these do nothing (a choice is then always the first)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from treadle.sandbox import runtime
from treadle.vocabulary.operation import Operation, Status


class Choose(Operation):
    """A choice that the program leaves open."""

    __slots__ = ("count",)
    kind: ClassVar[str] = "choose"

    def __init__(self, count: int) -> None:
        self.count = count

    def fields(self) -> Status:
        return (self.count,)

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        return tuple(map(str, range(int(fields[0]))))  # type: ignore[call-overload]

    def perform(self, alternative: str) -> int:
        return int(alternative)


def choose(count: int) -> int:
    """Any of the numbers 0 to count - 1: every one is explored. Outside of the checker 0.

    Raises ValueError if there is nothing to choose from.

    >>> choose(3)
    0
    """
    if count < 1:
        raise ValueError(f"choose needs at least one alternative, not {count}")
    return 0 if runtime.current is None else int(runtime.current.perform(Choose(count)))


def invariant(holds: Callable[[], object]) -> None:
    """Have `holds()` evaluated after every step from now on; a false value or an exception is a violation.

    It must only look, never change anything. Outside of the checker it is not called.

    >>> invariant(lambda: False)
    """
    if runtime.current is not None:
        runtime.current.invariant(holds)
