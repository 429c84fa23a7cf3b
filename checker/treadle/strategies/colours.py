"""Settling as arrays (`treadle.strategies.settling`, for the search that steps a whole level at once).

The colours of the loose objects of each state are added up from tables; the order of the colours, as one number,
is looked up. What no table has is worked out by what the plain search would use, if these are the tables of the search
(`FilledColours`); a copy says that it is lacking.
"""

from __future__ import annotations

from typing import Any

from treadle.strategies.rows import random_numbers
from treadle.strategies.settling import Settled, Settling

MOST_LOOSE = 16
"""The order of more colours than that is no number of 64 bits."""
LACKING, UNDECIDED = -1, 0


class TooMany(Exception):  # noqa: N818
    """There are too many loose objects, or a thread holds them beside a set."""


class Colours:
    """The arrays; a local part stands in a row by its number and one."""

    def __init__(self, np: Any) -> None:
        self._known: dict[int, int] = {}
        self._shared: dict[int, int] = {}
        """The place of each shared part in these three."""
        self._told: list[int] = [0]
        self._base: list[list[int]] = [[0] * MOST_LOOSE]
        self._size: list[int] = [0]
        self._held: list[list[int]] = [[0] * MOST_LOOSE]
        self._rows = np.zeros((0, 0), dtype=np.int32)
        """The place in `_held` of what a local part adds, by how many objects the world tells apart."""

    def settled(self, np: Any, shared: Any, locals_: Any) -> Any:
        """For each state the number of what its colours decide; UNDECIDED if some tie, LACKING if it is not known."""
        parts, inverse = np.unique(shared, return_inverse=True)
        places = np.array([self._shared.get(part) or self._find_shared(part) for part in parts.tolist()])[inverse]
        told, size = np.array(self._told)[places], np.array(self._size)[places]
        colours = np.array(self._base, dtype=np.uint64)[places]
        rows = self._rows_of(np, told, locals_)
        held = np.array(self._held, dtype=np.uint64)
        for column in range(locals_.shape[1]):
            colours += held[rows[:, column]]
        lacking = (places == 0) | (rows == LACKING).any(axis=1)
        return np.where(lacking, LACKING, self._decided(np, shared, _order(np, colours, size), size, ~lacking))

    def _find_shared(self, shared: int) -> int:
        """The place of a shared part that is not there; 0 if it is not known."""
        return 0

    def _find_held(self, told: Any, locals_: Any) -> None:
        """Find out what these local parts add where the world tells so many objects apart."""

    def _find_decided(self, shared: int, order: int, size: int, known: int) -> int:
        """The number of what an order decides."""
        return LACKING

    def _rows_of(self, np: Any, told: Any, locals_: Any) -> Any:
        """The places in `_held` for the threads of each state; LACKING where it is not known."""
        self._find_held(told, locals_)
        within = (told < self._rows.shape[0])[:, None] & (locals_ < self._rows.shape[1])
        if not self._rows.size:
            return np.where(locals_ > 0, LACKING, 0)
        return np.where(within, self._rows[np.where(within, told[:, None], 0), np.where(within, locals_, 0)], LACKING)

    def _decided(self, np: Any, shared: Any, order: Any, size: Any, asked: Any) -> Any:
        both = random_numbers(np, random_numbers(np, shared.astype(np.uint64)) ^ order)
        numbers = np.full(len(both), LACKING, dtype=np.int32)
        found, first, inverse = np.unique(both[asked], return_index=True, return_inverse=True)
        states = np.flatnonzero(asked)[first].tolist()
        decided = np.empty(len(found), dtype=np.int32)
        for place, (known, state) in enumerate(zip(found.tolist(), states, strict=True)):
            number = self._known.get(known)
            if number is None:
                number = self._find_decided(int(shared[state]), int(order[state]), int(size[state]), known)
            decided[place] = number
        numbers[asked] = decided[inverse]
        return numbers


class FilledColours(Colours):
    """The arrays of the search, which fill as it goes."""

    def __init__(self, np: Any, settling: Settling) -> None:
        super().__init__(np)
        self.np, self.settling = np, settling
        self.decided: list[Settled] = []
        """What the numbers from one on stand for."""

    def copy(self) -> Colours:
        """Arrays that only look up, with what is in these so far."""
        copy = Colours(self.np)
        for name in vars(copy):
            setattr(copy, name, getattr(self, name))
        return copy

    def _find_shared(self, shared: int) -> int:
        colours = self.settling.colours(shared)
        if len(colours) > MOST_LOOSE:
            raise TooMany
        place = self._shared[shared] = len(self._told)
        self._told.append(self.settling.told(shared))
        self._base.append([*colours, *([0] * (MOST_LOOSE - len(colours)))])
        self._size.append(len(colours))
        return place

    def _find_held(self, told: Any, locals_: Any) -> None:
        np, shape = self.np, (int(told.max()) + 1, int(locals_.max()) + 1)
        if shape[0] > self._rows.shape[0] or shape[1] > self._rows.shape[1]:
            larger = np.full(np.maximum(shape, np.array(self._rows.shape) * 2), LACKING, dtype=np.int32)
            larger[: self._rows.shape[0], : self._rows.shape[1]] = self._rows
            larger[:, 0] = 0
            self._rows = larger
        states, columns = np.nonzero(self._rows[told[:, None], locals_] == LACKING)
        for many, local in set(zip(told[states].tolist(), locals_[states, columns].tolist(), strict=True)):
            self._rows[many, local] = self._add(local - 1, many)

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

    def _find_decided(self, shared: int, order: int, size: int, known: int) -> int:
        ranked = tuple(order >> 4 * loose & 15 for loose in range(size))
        settled, *others = self.settling.decided(shared, ranked)
        if not others:
            self.decided.append(settled)
        self._known[known] = UNDECIDED if others else len(self.decided)
        return self._known[known]


def _order(np: Any, colours: Any, size: Any) -> Any:
    """How many of its colours are less than each: four bits for each colour."""
    most = int(size.max())
    order = np.zeros(len(colours), dtype=np.uint64)
    for place in range(most):
        less = ((colours[:, :most] < colours[:, place, None]) & (np.arange(most) < size[:, None])).sum(axis=1)
        order |= np.where(place < size, less, 0).astype(np.uint64) << np.uint64(4 * place)
    return order
