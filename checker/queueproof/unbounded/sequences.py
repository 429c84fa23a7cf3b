"""Symbolic items and sequences of any length, for lemmas about what is in the queue; and how kinds become
terms.

A sequence knows what a specification of a queue needs: ``+``, ``[0]``, ``[1:]``, ``==`` and its size. To
take the first item of an empty sequence raises IndexError, as it does of a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import z3

from queueproof.unbounded.lemma import Item, ItemSequence
from queueproof.unbounded.symbolic import SymbolicBool, SymbolicInt, Term

ITEM = z3.DeclareSort("Item")
SEQUENCE = z3.SeqSort(ITEM)


class SymbolicItem:
    """Any item."""

    __slots__ = ("term",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, term: Term) -> None:
        self.term = term

    def __eq__(self, other: object) -> SymbolicBool:  # type: ignore[override]
        if type(other) is not SymbolicItem:
            raise TypeError(f"an item meets {other!r}")
        return SymbolicBool(lambda: self.term == other.term)


class SymbolicSequence:
    """Any sequence of items."""

    __slots__ = ("term",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, term: Term) -> None:
        self.term = term

    def size(self) -> SymbolicInt:
        """The number of items."""
        return SymbolicInt(z3.Length(self.term))

    def __add__(self, other: object) -> SymbolicSequence:
        return SymbolicSequence(z3.Concat(self.term, _term(other)))

    def __radd__(self, other: object) -> SymbolicSequence:
        return SymbolicSequence(z3.Concat(_term(other), self.term))

    def __getitem__(self, index: object) -> Any:
        if index == slice(1, None):
            return SymbolicSequence(z3.SubSeq(self.term, 1, z3.Length(self.term) - 1))
        if type(index) is int and index == 0:
            if self.size() == 0:
                raise IndexError("the first item of an empty sequence")
            return SymbolicItem(self.term[0])
        raise TypeError(f"a symbolic sequence has no [{index!r}]")

    def __eq__(self, other: object) -> SymbolicBool:  # type: ignore[override]
        term = _term(other)
        return SymbolicBool(lambda: self.term == term)


def _term(operand: object) -> Term:
    if type(operand) is SymbolicSequence:
        return operand.term
    if type(operand) is tuple and all(type(item) is SymbolicItem for item in operand):
        units = [z3.Unit(item.term) for item in operand]
        return z3.Concat(*units) if len(units) > 1 else units[0] if units else z3.Empty(SEQUENCE)
    raise TypeError(f"a symbolic sequence meets {operand!r}")


@dataclass(frozen=True)
class Kind:
    """How a kind of variable appears to the solvers: its sort, its symbolic form, its value in a model."""

    sort: str
    term: Callable[[str], Term]
    symbolic: Callable[[Term], Any]
    value: Callable[[Term], Any]


def _items(term: Term) -> tuple[str, ...]:
    """The items of a sequence in a model, by name."""
    if z3.is_app_of(term, z3.Z3_OP_SEQ_UNIT):
        return (str(term.arg(0)),)
    return tuple(item for part in term.children() for item in _items(part))


KINDS = {
    int: Kind("Int", z3.Int, SymbolicInt, lambda value: value.as_long()),
    Item: Kind("Item", lambda name: z3.Const(name, ITEM), SymbolicItem, str),
    ItemSequence: Kind("(Seq Item)", lambda name: z3.Const(name, SEQUENCE), SymbolicSequence, _items),
}
