"""An operation: what a thread is about to do to a shared object.

A thread under check is always suspended just before an operation (its *scheduling point*). The operation says
which objects decide whether it is enabled, in which ways it can go on (its *alternatives*), and performs itself
when the scheduler has chosen one. Everything that the thread will do next, apart from what its own frames hold,
must follow from `fields` and `targets`: they are what the snapshot keeps of the suspended call.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

GO = "go"
TIMEOUT = "timeout"
FAIL = "fail"
SPURIOUS = "spurious"

Status = tuple[Hashable, ...]


class Operation:
    """What a thread is about to do. Subclasses are one kind of operation each."""

    __slots__ = ()

    kind: ClassVar[str] = "?"

    def targets(self) -> tuple[object, ...]:
        """The shared objects that the operation touches; the first is the one that reports name."""
        return ()

    def fields(self) -> Status:
        """Plain values that, with the targets, determine the operation."""
        return ()

    @classmethod
    def alternatives(cls, fields: Status, statuses: Sequence[Status]) -> tuple[str, ...]:
        """In which ways the operation can go on now; the empty tuple says that it is disabled.

        A function of `fields` and of the targets' statuses alone (in the order of `targets()`; the status of an
        object that is no primitive is the empty tuple), so that it can be evaluated on a stored state.
        """
        return (GO,)

    def perform(self, alternative: str) -> Any:
        """Do it, in the way chosen. Runs in the thread itself; the result is the result of the call."""
        return None


class Primitive:
    """A synchronisation object of which the kernel knows the meaning.

    `status` are plain values, `links` the objects that it refers to; together they are its content.
    """

    __slots__ = ()

    def status(self) -> Status:
        """The plain part of the content."""
        return ()

    def links(self) -> tuple[object, ...]:
        """The objects that it refers to, in a fixed order."""
        return ()
