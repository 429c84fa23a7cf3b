"""What is recorded of steps, as arrays: for the search that steps a whole level at once (`treadle.strategies.levels`).

A local part stands in a row by its number and one, so that zero means that no thread is there. `Tables.effects_of`
gives the effects of the threads in each row, `compose` what becomes of each state as a whole, `arrive` the new rows, in
which the objects that the world does not tell apart are settled (`treadle.strategies.colours`).

These tables only look up. Whose step needs an entry that is not there is noted as lacking it; the search's own tables
(`treadle.strategies.filling`) find it out instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.strategies.colours import LACKING, UNDECIDED, Colours
from treadle.strategies.rows import numpy, random_numbers

if TYPE_CHECKING:
    from treadle.strategies.rows import Batch, Ints, Step

NONE, UNKNOWN = -1, -2
WAYS = 4
"""A thread can go on in no more ways than that."""


class GivenBack(Exception):  # noqa: N818
    """The level must be explored by the plain search."""


class Tables:
    """The arrays of one search."""

    def __init__(self, np: Any) -> None:
        self.np = np
        self.alone_first = True
        """Are some steps done first?"""
        self._effects = [np.full((0, 0, 1), UNKNOWN, dtype=np.int32) for _ in (False, True)]
        """By shared part, local part, and way: several threads are left, or one."""
        self._masks = np.zeros((1, 1), dtype=np.uint64)
        self._prints = np.zeros(1, dtype=np.uint64)
        self._first = [np.zeros((0, 0), dtype=np.int8) for _ in (False, True)]
        """Is the thread's step done first? Several threads are left, or one."""
        self.must_finish = np.zeros(1, dtype=bool)
        self._known: dict[int, int] = {}
        """What becomes of a state as a whole, by its pattern: a place in the next four. The first stands for none."""
        self._shared_after = np.zeros(1, dtype=np.int32)
        self._acting = np.zeros(1, dtype=np.int32)
        self._map_of = np.zeros(1, dtype=np.int32)
        self._loose = np.zeros(1, dtype=bool)
        self._other = np.zeros((1, 1), dtype=np.int32)
        """What becomes of another thread, by its map."""
        self._colours: Colours = Colours(np)
        self._settled: list[tuple[int, int]] = [(0, 0)]
        """The shared part and the map for what colours decide."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "np"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, np=numpy())

    # -- what is not there -------------------------------------------------------------------------------------------

    def _find_effects(self, batch: Batch, rows: Ints, places: Ints) -> bool:
        """These effects are not there. Are they now?"""
        batch.lacking[rows, places] = True
        return False

    def _find_first(self, batch: Batch, rows: Ints, places: Ints) -> bool:
        """It is not known whether the steps of these are done first. Is it now?"""
        batch.lacking[rows, places] = True
        return False

    def _find_composed(self, batch: Batch, step: Step, transition: int, pattern: int) -> int:
        """The place of what becomes of a state as a whole; 0 if it is not known."""
        return 0

    def _find_others(self, maps: Ints, rows: Ints, at: tuple[Ints, Ints]) -> bool:
        """It is not known what becomes of other threads. Is it now?"""
        return False

    def _find_order(self, batch: Batch, step: Step, which: Ints) -> None:
        """Colours do not settle these transitions."""
        self._lack(batch, step, which)

    def _lack(self, batch: Batch, step: Step, which: Ints) -> None:
        batch.lacking[step.rows[which], step.places[which]] = True

    def _grow(self) -> None:
        """Make room for all that there is now: a copy has it."""

    # -- effects ----------------------------------------------------------------------------------------------------

    def effects_of(self, batch: Batch, moving: Any) -> Any:
        """The effects of each thread that is moving: by row, place, and way."""
        self._grow()
        np, found = self.np, self._lookup(batch)
        rows, places = np.nonzero(moving & (found[:, :, 0] == UNKNOWN))
        if len(rows) and self._find_effects(batch, rows, places):
            found = self._lookup(batch)
        return np.where(moving[:, :, None], found, NONE)

    def _lookup(self, batch: Batch) -> Any:
        return self._gathered(self._effects, batch)

    def _gathered(self, tables: list[Any], batch: Batch) -> Any:
        """The entry for each thread of each row, from that of the two tables that is for so many threads."""
        (several, one), shared, locals_ = tables, batch.shared, batch.locals
        found = several[shared[:, None], locals_]
        if batch.last.any():
            found[batch.last] = one[shared[batch.last][:, None], locals_[batch.last]]
        return found

    def first(self, batch: Batch) -> Any:
        """The place of the thread in each row whose step is done first; -1 if there is none."""
        self._grow()
        np, found = self.np, self._gathered(self._first, batch)
        found[batch.locals == 0] = 0
        if not found.any():
            return np.full(len(found), -1)
        rows, places = np.nonzero(found == UNKNOWN)
        if len(rows):
            if self._find_first(batch, rows, places):
                return self.first(batch)
            found[rows] = 0
        return np.where(found.any(axis=1), found.argmax(axis=1), -1)

    # -- whole states -----------------------------------------------------------------------------------------------

    def compose(self, batch: Batch, step: Step) -> None:
        """Find out what becomes of each state as a whole: `step.composed`."""
        self._grow()
        np, locals_ = self.np, batch.locals
        one, two, three = (np.zeros((len(locals_), self._masks.shape[1]), dtype=np.uint64) for _ in range(3))
        for place in range(locals_.shape[1]):
            refers = self._masks[locals_[:, place]]
            three |= two & refers
            two |= one & refers
            one |= refers
        acting = self._masks[locals_[step.rows, step.places]]
        one, two, three = one[step.rows], two[step.rows], three[step.rows]
        two_left = (locals_ > 0).sum(axis=1)[step.rows] == 2
        patterns = random_numbers(np, step.effects.astype(np.uint64) * np.uint64(2) + two_left)
        for several, single in zip(
            ((two & ~acting) | (three & acting)).T, ((one & ~acting) | (two & acting)).T, strict=True
        ):
            patterns = random_numbers(np, random_numbers(np, patterns ^ several) ^ single)
        found, first, inverse = np.unique(patterns, return_index=True, return_inverse=True)
        numbers = np.empty(len(found), dtype=np.int32)
        for place, (pattern, transition) in enumerate(zip(found.tolist(), first.tolist(), strict=True)):
            numbers[place] = self._known.get(pattern) or self._find_composed(batch, step, transition, pattern)
        step.composed = numbers[inverse]
        self._lack(batch, step, np.flatnonzero(step.composed == 0))

    def arrive(self, batch: Batch, step: Step) -> None:
        """Find out the states that are reached: `step.shared` and `step.after`."""
        np = self.np
        before = batch.locals[step.rows]
        everyone = np.arange(len(before))
        before[everyone, step.places] = 0
        step.shared = self._shared_after[step.composed]
        step.after = self._renamed(batch, step, everyone, self._map_of[step.composed], before)
        step.after[everyone, step.places] = self._acting[step.composed]
        self._settle(batch, step)
        step.after.sort(axis=1)

    def _renamed(self, batch: Batch, step: Step, which: Ints, maps: Ints, rows: Ints) -> Any:
        """The local parts in the rows of these transitions, each row as its map says."""
        self._grow()
        after = self._other[maps[:, None], rows]
        at = self.np.nonzero(after == UNKNOWN)
        if len(at[0]):
            if self._find_others(maps, rows, at):
                return self._other[maps[:, None], rows]
            self._lack(batch, step, which[at[0]])
            after[at] = 0
        return after

    def _settle(self, batch: Batch, step: Step) -> None:
        """Settle the states in which the world does not tell all objects apart (`treadle.strategies.colours`)."""
        np = self.np
        loose = np.flatnonzero(self._loose[step.composed])
        if not len(loose):
            return
        decided = self._decided(step, loose)
        self._lack(batch, step, loose[decided == LACKING])
        clear, how = loose[decided > UNDECIDED], decided[decided > UNDECIDED]
        shared, maps = np.array(self._settled, dtype=np.int32)[how].T
        after = self._renamed(batch, step, clear, maps, step.after[clear])
        step.shared[clear], step.after[clear] = shared, after
        self._find_order(batch, step, loose[decided == UNDECIDED])

    def _decided(self, step: Step, loose: Ints) -> Any:
        """What the colours of these transitions decide: places in `_settled`, UNDECIDED or LACKING."""
        return self._colours.settled(self.np, step.shared[loose], step.after[loose])

    def fingerprints(self, shared: Any, locals_: Any) -> Any:
        """A number of 64 bits for each row, which depends on its parts and not on their order."""
        self._grow()
        return self._prints[locals_].sum(axis=1, dtype=self.np.uint64) + self._shared_prints(shared)

    def _shared_prints(self, shared: Any) -> Any:
        return random_numbers(self.np, ~shared.astype(self.np.uint64))


def collision_probability(states: int) -> float:
    """How probable it is, at most, that two of so many states have the same fingerprint.

    >>> collision_probability(1_000_000) < 3e-8
    True
    """
    return min(1.0, states * (states - 1) / 2**65)
