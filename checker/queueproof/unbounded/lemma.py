"""A lemma: for all integers, what is ``given`` implies what is to hold ``then``.

The variables of a lemma are the fields of its ``case``, a NamedTuple of integers or of such tuples (a few
lemmas also speak of items and sequences of items). Both parts are ordinary Python functions of one case,
usually made of the functions of the specification itself; each engine decides them in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints


class Item:
    """The kind of a variable that is an item: anything at all, known only by identity."""


class ItemSequence:
    """The kind of a variable that is a sequence of items, of any length."""


KINDS = (int, Item, ItemSequence)


@dataclass(frozen=True)
class Lemma:
    """For every ``case`` (a NamedTuple type): ``given(case)`` implies ``then(case)``."""

    name: str
    case: type[Any]
    given: Callable[[Any], bool]
    then: Callable[[Any], bool]


@cache
def _fields(case: Any) -> dict[str, type[Any]]:
    return get_type_hints(case)


def variables(case: type[Any], path: str = "") -> Iterator[tuple[str, type[Any]]]:
    """Name and kind of all variables of a case, in order: ``state.length`` for a field of a nested tuple."""
    for name, kind in _fields(case).items():  # type: ignore[arg-type]
        if kind in KINDS:
            yield path + name, kind
        else:
            yield from variables(kind, f"{path}{name}.")


def assemble(case: type[Any], values: Iterator[Any]) -> Any:
    """Build a case from one value for each of its variables, in their order."""
    kinds = _fields(case).values()  # type: ignore[arg-type]
    return case(*(next(values) if kind in KINDS else assemble(kind, values) for kind in kinds))


def size(items: Any) -> Any:
    """The number of items: of a symbolic sequence a symbolic number, of a tuple its length."""
    return len(items) if type(items) is tuple else items.size()
