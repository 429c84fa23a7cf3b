"""Choices that are left open, and a place for each of several objects that nothing else orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from treadle.sandbox import calls, runtime
from treadle.sandbox.primitives import watch_content
from treadle.sandbox.steps import report
from treadle.vocabulary.operation import Operation, Primitive, Status


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


NUMBER = "__treadle_place__"
"""The attribute in which an object keeps its place."""


@watch_content("_given")
class Places(Primitive):
    """Gives each object that it is asked about a place of its own, which it keeps.

    It stands in for the order of addresses where that serves to tell objects apart and any order will do. Who asks
    first gets the first place; that is no access which other threads could notice.
    """

    __slots__ = ("_given",)

    def __init__(self) -> None:
        self._given = 0

    def status(self) -> Status:
        return (self._given,)

    def __call__(self, obj: Any) -> int:
        if runtime.current is not None:
            runtime.current.depends_on(obj)
        attributes = vars(obj)
        if NUMBER not in attributes:
            attributes[NUMBER] = self._given
            self._given += 1
        return int(attributes[NUMBER])

    def sorted(self, items: list[Any]) -> list[Any]:
        """The objects in the order of their places, which never change: that is no read of the objects."""
        return sorted(items, key=self)

    def known(self, items: Any) -> Any:
        """The objects of a set in the order of their places, if all have one; anything else as it is."""
        if type(items) not in (set, frozenset) or not all(NUMBER in calls.instance_dict(item) for item in items):
            return items
        report(calls.reads((items,)))
        return sorted(items, key=self)


def has_value(obj: Any, name: str, values: tuple[object, ...]) -> bool:
    """Does the attribute have one of these values now? It must be one that no longer changes once it has."""
    if runtime.current is not None:
        runtime.current.depends_on(obj)
    return calls.instance_dict(obj).get(name) in values
