"""Settling as arrays (`treadle.strategies.settling`, for the search that steps a whole level at once).

The colours of the loose objects of each state are added up from tables; the order of the colours, as one number,
is looked up. What no table has is worked out by what the plain search would use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treadle.strategies.settling import Settled, Settling

MOST_LOOSE = 16
"""The order of more colours than that is no number of 64 bits."""
UNKNOWN, UNDECIDED = -1, 0


class TooMany(Exception):  # noqa: N818
    """There are too many loose objects, or a thread holds them beside a set."""


class Colours:
    """The arrays; a local part stands in a row by its number and one."""

    def __init__(self, np: Any, settling: Settling, mixed: Callable[[Any], Any]) -> None:
        self.np, self.settling, self.mixed = np, settling, mixed
        self.decided: list[Settled | None] = [None]
        """What the numbers that `settled` gives stand for."""
        self._known: dict[int, int] = {}
        self._shared: dict[int, int] = {}
        """The place of each shared part in these three."""
        self._told: list[int] = []
        self._base: list[list[int]] = []
        self._size: list[int] = []
        self._held: list[list[int]] = [[0] * MOST_LOOSE]
        self._rows = np.zeros((0, 0), dtype=np.int32)
        """The place in `_held` of what a local part adds, by how many objects the world tells apart."""

    def settled(self, shared: Any, locals_: Any) -> Any:
        """For each state what its colours decide: a place in `decided`; UNDECIDED if some tie."""
        np = self.np
        parts, inverse = np.unique(shared, return_inverse=True)
        places = np.array([self._place(part) for part in parts.tolist()])[inverse]
        told, size = np.array(self._told)[places], np.array(self._size)[places]
        colours = np.array(self._base, dtype=np.uint64)[places]
        rows = self._rows_of(told, locals_)
        held = np.array(self._held, dtype=np.uint64)
        for column in range(locals_.shape[1]):
            colours += held[rows[:, column]]
        return self._decided(shared, self._order(colours, size), size)

    def _place(self, shared: int) -> int:
        place = self._shared.get(shared)
        if place is None:
            colours = self.settling.colours(shared)
            if len(colours) > MOST_LOOSE:
                raise TooMany
            place = self._shared[shared] = len(self._told)
            self._told.append(self.settling.told(shared))
            self._base.append([*colours, *([0] * (MOST_LOOSE - len(colours)))])
            self._size.append(len(colours))
        return place

    def _rows_of(self, told: Any, locals_: Any) -> Any:
        """The places in `_held` for the threads of each state."""
        np = self.np
        shape = int(told.max()) + 1, int(locals_.max()) + 1
        if shape[0] > self._rows.shape[0] or shape[1] > self._rows.shape[1]:
            larger = np.full(np.maximum(shape, np.array(self._rows.shape) * 2), UNKNOWN, dtype=np.int32)
            larger[: self._rows.shape[0], : self._rows.shape[1]] = self._rows
            larger[:, 0] = 0
            self._rows = larger
        rows = self._rows[told[:, None], locals_]
        states, columns = np.nonzero(rows == UNKNOWN)
        if len(states):
            for many, local in set(zip(told[states].tolist(), locals_[states, columns].tolist(), strict=True)):
                self._rows[many, local] = self._add(local - 1, many)
            rows = self._rows[told[:, None], locals_]
        return rows

    def _add(self, local: int, told: int) -> int:
        held = self.settling.held(local, told)
        if held is None:
            raise TooMany
        if not held:
            return 0
        added = [0] * MOST_LOOSE
        for number, colour in held:
            if number - told >= MOST_LOOSE:
                raise TooMany
            added[number - told] = colour
        self._held.append(added)
        return len(self._held) - 1

    def _order(self, colours: Any, size: Any) -> Any:
        """How many of its colours are less than each: four bits for each colour."""
        np, most = self.np, int(size.max())
        order = np.zeros(len(colours), dtype=np.uint64)
        for place in range(most):
            less = ((colours[:, :most] < colours[:, place, None]) & (np.arange(most) < size[:, None])).sum(axis=1)
            order |= np.where(place < size, less, 0).astype(np.uint64) << np.uint64(4 * place)
        return order

    def _decided(self, shared: Any, order: Any, size: Any) -> Any:
        np = self.np
        both = self.mixed(self.mixed(shared.astype(np.uint64)) ^ order)
        found, first, inverse = np.unique(both, return_index=True, return_inverse=True)
        numbers = np.empty(len(found), dtype=np.int32)
        for place, (known, state) in enumerate(zip(found.tolist(), first.tolist(), strict=True)):
            if known not in self._known:
                ranked = tuple(int(order[state]) >> 4 * loose & 15 for loose in range(int(size[state])))
                settled, *others = self.settling.decided(int(shared[state]), ranked)
                self._known[known] = UNDECIDED if others else len(self.decided)
                if not others:
                    self.decided.append(settled)
            numbers[place] = self._known[known]
        return numbers[inverse]
