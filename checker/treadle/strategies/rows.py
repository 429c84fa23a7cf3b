"""States in rows: each a shared part and, in as many columns as there are threads at most, the local parts in order.

A local part stands in a row by its number and one; a place without a thread has 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.strategies.store import Key, State

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]
    Words = NDArray[np.uint64]


class Level:
    """The states at one distance from the beginning."""

    def __init__(self, first: int, shared: Ints, locals_: Ints, parent: Ints, move: Ints) -> None:
        self.first, self.shared, self.locals, self.parent, self.move = first, shared, locals_, parent, move

    def __len__(self) -> int:
        return len(self.shared)


class Batch:
    """Some states in rows; `standing` makes a state of one."""

    def __init__(self, shared: Ints, locals_: Ints, standing: Callable[[int], State]) -> None:
        self.shared, self.locals, self.standing = shared, locals_, standing

    def key(self, row: int) -> Key:
        """The key of a row."""
        return int(self.shared[row]), tuple(int(local) - 1 for local in self.locals[row] if local)

    def only(self, rows: Ints) -> Batch:
        """Some of the rows."""
        return Batch(self.shared[rows], self.locals[rows], lambda row: self.standing(int(rows[row])))


class Step:
    """Some states stepped in every way: one entry for each transition."""

    def __init__(self, np: Any, rows: Ints, places: Ints, ways: Ints, effects: Ints) -> None:
        self.np, self.rows, self.places, self.ways, self.effects = np, rows, places, ways, effects
        nothing = np.empty(0, dtype=np.int32)
        self.composed: Ints = nothing
        self.shared: Ints = nothing
        self.after: Ints = nothing
        """The shared part and the local parts of the state that is reached."""
        self.prints: Words = nothing
        self.parents: Ints = nothing
        self.moves: Ints = nothing
        self.unchanged: Any = nothing

    def quiet(self) -> tuple[Ints, Ints, Words]:
        """The transitions that change nothing that is shared: from which state, by which move, to which fingerprint."""
        return self.parents[self.unchanged], self.moves[self.unchanged], self.prints[self.unchanged]
