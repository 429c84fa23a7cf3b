"""States in rows: each a shared part and, in as many columns as there are threads at most, the local parts in order.

A local part stands in a row by its number and one; a place without a thread has 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.strategies.store import Key, State

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]
    Words = NDArray[np.uint64]


ODD = 0x9E3779B97F4A7C15
MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def numpy() -> Any:
    """NumPy, if it is installed."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def random_numbers(np: Any, values: Any) -> Any:
    """A number of 64 bits for each value, as good as random (splitmix64: Steele, Lea and Flood 2014)."""
    mixed = values * np.uint64(ODD) + np.uint64(ODD)
    for shift, factor in zip((30, 27), MIX, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


class Level:
    """The states at one distance from the beginning."""

    def __init__(self, first: int, shared: Ints, locals_: Ints, parent: Ints, move: Ints) -> None:
        self.first, self.shared, self.locals, self.parent, self.move = first, shared, locals_, parent, move

    def __len__(self) -> int:
        return len(self.shared)


class Batch:
    """Some states in rows; `standing` makes a state of one."""

    def __init__(self, np: Any, shared: Ints, locals_: Ints, standing: Callable[[int], State]) -> None:
        self.np, self.shared, self.locals, self.standing = np, shared, locals_, standing
        self.last: Any = (locals_ > 0).sum(axis=1) == 1
        """Is only one thread left?"""
        self.lacking: Any = np.zeros(locals_.shape, dtype=bool)
        """The threads whose steps need what is not in the tables."""

    def key(self, row: int) -> Key:
        """The key of a row."""
        return int(self.shared[row]), tuple(int(local) - 1 for local in self.locals[row] if local)

    def only(self, rows: Ints) -> Batch:
        """Some of the rows."""
        return Batch(self.np, self.shared[rows], self.locals[rows], lambda row: self.standing(int(rows[row])))

    def everybody(self) -> Any:
        """Whose steps are to be made so that each is made in every way: of threads that are alike, the first."""
        moving = self.locals > 0
        moving[:, 1:] &= self.locals[:, 1:] != self.locals[:, :-1]
        return moving


class Step:
    """Some states stepped in every way: one entry for each transition."""

    def __init__(self, np: Any, rows: Ints, places: Ints, ways: Ints, effects: Ints) -> None:
        self.np, self.rows, self.places, self.ways, self.effects = np, rows, places, ways, effects
        nothing = np.empty(0, dtype=np.int32)
        self.composed: Ints = nothing
        self.shared: Ints = nothing
        self.after: Ints = nothing
        """The shared part and the local parts of the state that is reached."""


@dataclass(frozen=True)
class Reached:
    """What the steps of a chunk lead to: plain arrays, so that they can be sent. The rows are those of the chunk."""

    transitions: int
    states: tuple[Any, ...]
    """Each state once, by fingerprint: the row it is first reached from, the move, the print, and its parts."""
    quiet: tuple[Any, ...]
    """The transitions that change nothing that is shared: from which row, by which move, to which fingerprint."""
    lacking: tuple[Any, ...]
    """The steps that could not be made: of which rows, and the columns of who moves."""

    def and_also(self, np: Any, other: Reached) -> Reached:
        """The same as if these steps and the others had been made together."""
        states, quiet = _together(np, self.states, other.states), _together(np, self.quiet, other.quiet)
        return Reached(self.transitions + other.transitions, once(np, states), quiet, other.lacking)


def once(np: Any, states: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each state once, where it is first reached, in the order of fingerprints."""
    _, first = np.unique(states[2], return_index=True)
    return tuple(part[first] for part in states)


def in_order(np: Any, parts: Sequence[Any]) -> tuple[Any, ...]:
    """In the order of the rows, and in each of the moves."""
    order = np.lexsort((parts[1], parts[0]))
    return tuple(part[order] for part in parts)


def _together(np: Any, some: tuple[Any, ...], others: tuple[Any, ...]) -> tuple[Any, ...]:
    return in_order(np, [np.concatenate(both) for both in zip(some, others, strict=True)])
