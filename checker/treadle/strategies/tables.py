"""What is recorded of steps, as arrays: for the search that steps a whole level at once (`treadle.strategies.levels`).

A local part stands in a row by its number and one, so that zero means that no thread is there. `Tables.lookup` gives
the effects of the threads in each row, `compose` what becomes of each state as a whole, `others` the new rows, and
`settle` (`treadle.strategies.colours`) those in which the world does not tell all objects apart. Each array grows as
numbers do; an entry that is not known is worked out by what the plain search would use.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.strategies.colours import UNDECIDED, Colours, TooMany
from treadle.strategies.compositions import Composed
from treadle.strategies.store import Effect, Key

if TYPE_CHECKING:
    from treadle.strategies.rows import Batch, Step
    from treadle.strategies.states import Explorer

NONE, UNKNOWN = -1, -2
WAYS = 4
"""A thread can go on in no more ways than that."""
MOST_PAIRS = 1 << 27
"""More pairs of a shared and a local part than that are too many for a table."""
ODD = 0x9E3779B97F4A7C15
MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


class GivenBack(Exception):  # noqa: N818
    """The level must be explored by the plain search."""


class Tables:
    """The arrays of one search."""

    def __init__(self, np: Any, explorer: Explorer) -> None:
        self.np, self.explorer = np, explorer
        self.effects: list[Effect] = []
        self._number_of: dict[Effect, int] = {}
        self._composed: list[tuple[Effect, Composed]] = []
        self._known: dict[int, int] = {}
        self._maps: dict[object, int] = {}
        self._effects = [np.full((0, 0, 1), UNKNOWN, dtype=np.int32) for _ in (False, True)]
        """By shared part, local part, and way: several threads are left, or one."""
        self._masks = np.zeros((1, 1), dtype=np.uint64)
        self._prints = np.zeros(1, dtype=np.uint64)
        self._going = np.zeros((0, 0), dtype=np.int8)
        self._first = [np.zeros((0, 0), dtype=np.int8) for _ in (False, True)]
        """Is the thread's step done first? Several threads are left, or one."""
        self.must_finish = np.zeros(1, dtype=bool)
        self._described = 0
        self._shared_after = np.zeros(0, dtype=np.int32)
        self._acting = np.zeros(0, dtype=np.int32)
        self._map_of = np.zeros(0, dtype=np.int32)
        self._loose = np.zeros(0, dtype=bool)
        self._colours = Colours(np, explorer.compositions.settling, functools.partial(_random_numbers, np))
        self._other = np.zeros((0, 1), dtype=np.int32)
        """What becomes of another thread, by its map."""

    # -- growing ----------------------------------------------------------------------------------------------------

    def _grow(self) -> None:
        """Make room for all shared and local parts that there are now."""
        forms, locals_ = self.explorer.forms, len(self._prints) - 1
        if len(forms.locals) > locals_:
            self._grow_locals(2 * len(forms.locals))
        if len(forms.shared) > self._effects[0].shape[0] or self._effects[0].shape[1] < len(self._prints):
            shape = (2 * len(forms.shared), len(self._prints), self._effects[0].shape[2])
            if shape[0] * shape[1] * shape[2] > MOST_PAIRS:
                raise GivenBack
            self._effects = [self._enlarged(known, shape, UNKNOWN) for known in self._effects]
            self._going = self._enlarged(self._going, shape[:2], UNKNOWN)
            self._first = [self._enlarged(known, shape[:2], UNKNOWN) for known in self._first]

    def _enlarged(self, known: Any, shape: tuple[int, ...], filling: int) -> Any:
        larger = self.np.full(shape, filling, dtype=known.dtype)
        larger[tuple(slice(size) for size in known.shape)] = known
        return larger

    def _grow_locals(self, capacity: int) -> None:
        np = self.np
        self._prints = _random_numbers(np, np.arange(capacity + 1, dtype=np.uint64))
        self._prints[0] = 0
        self._enlarge_others(len(self._other), capacity + 1)
        self._masks = self._enlarged(self._masks, (capacity + 1, self._masks.shape[1]), 0)
        self.must_finish = self._enlarged(self.must_finish, (capacity + 1,), 0)

    def _enlarge_others(self, maps: int, locals_: int) -> None:
        self._other = self._enlarged(self._other, (maps, locals_), UNKNOWN)
        self._other[:, 0] = 0

    def _describe_locals(self) -> None:
        """The masks of the local parts that are new, and whether their threads must finish."""
        forms, compositions = self.explorer.forms, self.explorer.compositions
        for local in range(self._described, len(forms.locals)):
            mask = compositions.mask(local)
            words = -(-mask.bit_length() // 64) or 1
            if words > self._masks.shape[1]:
                self._masks = self._enlarged(self._masks, (len(self._masks), words), 0)
            for word in range(words):
                self._masks[local + 1, word] = mask >> 64 * word & (1 << 64) - 1
            self.must_finish[local + 1] = not forms.daemon(local)
        self._described = len(forms.locals)

    # -- effects ----------------------------------------------------------------------------------------------------

    def lookup(self, shared: Any, locals_: Any, alone: Any) -> Any:
        """The effects of each thread of each row: by row, place, and way."""
        self._grow()
        np, (several, one) = self.np, self._effects
        found = several[shared[:, None], locals_]
        if alone.any():
            found[alone] = one[shared[alone][:, None], locals_[alone]]
        return np.where((locals_ > 0)[:, :, None], found, NONE)

    def enter(self, pair: tuple[int, int, bool], effects: list[Effect]) -> None:
        """These are the effects of that local part in that shared part."""
        if len(effects) > WAYS:
            raise GivenBack
        self._grow()
        if len(effects) > self._effects[0].shape[2]:
            self._effects = [self._enlarged(k, (*k.shape[:2], len(effects)), NONE) for k in self._effects]
        row = self._effects[pair[2]][pair[0], pair[1] + 1]
        row[:] = NONE
        for way, effect in enumerate(effects):
            row[way] = self._number_of.setdefault(effect, len(self.effects))
            if row[way] == len(self.effects):
                self.effects.append(effect)

    def goes_on(self, shared: Any, locals_: Any) -> Any:
        """Can each thread of each row go on?"""
        self._grow()
        np, forms = self.np, self.explorer.forms
        going = np.where(locals_ > 0, self._going[shared[:, None], locals_], 0)
        rows, places = np.nonzero(going == UNKNOWN)
        for part, local in {(int(shared[r]), int(locals_[r, p])) for r, p in zip(rows, places, strict=True)}:
            self._going[part, local] = bool(forms.alternatives(part, local - 1))
        return np.where(locals_ > 0, self._going[shared[:, None], locals_], 0) > 0

    def first(self, batch: Batch) -> Any:
        """The place of the thread in each row whose step is done first; -1 if there is none."""
        self._grow()
        np, explorer, shared, locals_ = self.np, self.explorer, batch.shared, batch.locals
        last = ((locals_ > 0).sum(axis=1) == 1).astype(np.int8)
        several, one = self._first
        found = several[shared[:, None], locals_]
        if last.any():
            found[last == 1] = one[shared[last == 1][:, None], locals_[last == 1]]
        found[locals_ == 0] = 0
        rows, places = np.nonzero(found == UNKNOWN)
        if len(rows):
            pairs = shared[rows].astype(np.int64) << 32 | locals_[rows, places].astype(np.int64) << 1 | last[rows]
            chosen = np.unique(pairs, return_index=True)[1]
            for row, place in zip(rows[chosen].tolist(), places[chosen].tolist(), strict=True):
                at = int(shared[row]), int(locals_[row, place])
                goes = explorer.goes_first(lambda row=row: batch.standing(row), at[0], at[1] - 1, bool(last[row]))  # type: ignore[misc]
                self._grow()
                self._first[last[row]][at] = goes
            return self.first(batch)
        return np.where(found.any(axis=1), found.argmax(axis=1), -1)

    # -- whole states -----------------------------------------------------------------------------------------------

    def compose(self, step: Step, locals_: Any, key: Callable[[int], Key]) -> None:
        """Find out what becomes of each state as a whole: `step.composed`."""
        np = self.np
        self._describe_locals()
        one, two, three = (np.zeros((len(locals_), self._masks.shape[1]), dtype=np.uint64) for _ in range(3))
        for place in range(locals_.shape[1]):
            refers = self._masks[locals_[:, place]]
            three |= two & refers
            two |= one & refers
            one |= refers
        acting = self._masks[locals_[step.rows, step.places]]
        one, two, three = one[step.rows], two[step.rows], three[step.rows]
        two_left = (locals_ > 0).sum(axis=1)[step.rows] == 2
        patterns = _random_numbers(np, step.effects.astype(np.uint64) * np.uint64(2) + two_left)
        for several, single in zip(
            ((two & ~acting) | (three & acting)).T, ((one & ~acting) | (two & acting)).T, strict=True
        ):
            patterns = _random_numbers(np, _random_numbers(np, patterns ^ several) ^ single)
        found, first, inverse = np.unique(patterns, return_index=True, return_inverse=True)
        numbers = np.empty(len(found), dtype=np.int32)
        for place, (pattern, index) in enumerate(zip(found.tolist(), first.tolist(), strict=True)):
            number = self._known.get(pattern)
            if number is None:
                number = self._known[pattern] = self._compose(step, index, locals_.shape[1], key)
            numbers[place] = number
        step.composed = numbers[inverse]

    def _compose(self, step: Step, index: int, width: int, key: Callable[[int], Key]) -> int:
        _, locals_ = key(int(step.rows[index]))
        effect = self.effects[int(step.effects[index])]
        place = int(step.places[index]) - width + len(locals_)
        compositions = self.explorer.compositions
        composed = compositions.composed(effect, locals_, place)
        if not compositions.told_by_masks(effect, locals_, place):
            raise GivenBack
        number = len(self._composed)
        self._composed.append((effect, composed))
        if number == len(self._shared_after):
            room = 2 * number + 64
            self._shared_after, self._acting, self._map_of, self._loose = (
                self._enlarged(known, (room,), 0)
                for known in (self._shared_after, self._acting, self._map_of, self._loose)
            )
        self._shared_after[number], self._loose[number] = composed.shared, composed.loose
        self._acting[number] = 0 if composed.acting is None else composed.acting + 1
        self._map_of[number] = self._map(effect, composed)
        return number

    def _map(self, effect: Effect, composed: Composed) -> int:
        """The row of the table of others: one for all that give each object the same number, and that change alike
        what is shared no more."""
        numbers = tuple([composed.numbers.get(index) for index in range(effect.before)])
        absorbed = tuple([node for node, number in zip(effect.nodes, numbers, strict=False) if number is None])
        if any(ref >= effect.before for _, refs in absorbed for ref in refs):
            return self._map_called(composed)
        return self._map_called(numbers, absorbed)

    def _map_called(self, *name: object) -> int:
        if name not in self._maps:
            self._maps[name] = len(self._maps)
            if len(self._maps) > len(self._other):
                self._enlarge_others(2 * len(self._maps), self._other.shape[1])
        return self._maps[name]

    def arrive(self, step: Step, locals_: Any, built: Callable[[int], Key]) -> None:
        """Find out the states that are reached: `step.shared` and `step.after`. Where only its graph decides about the
        numbers of a state, `built` gives its key."""
        np, compositions = self.np, self.explorer.compositions
        before = locals_[step.rows]
        before[np.arange(len(before)), step.places] = 0

        def other(row: int, local: int) -> int:
            effect, composed = self._composed[step.composed[row]]
            return compositions.other(composed, effect, local)

        step.shared = self._shared_after[step.composed]
        step.after = self._renamed(self._map_of[step.composed], before, other)
        step.after[np.arange(len(before)), step.places] = self._acting[step.composed]
        self._settle(step, built)
        step.after.sort(axis=1)

    def _renamed(self, maps: Any, rows: Any, other: Callable[[int, int], int]) -> Any:
        """The local parts in the rows, each row as its map says; `other` finds out what is not known yet."""
        np = self.np
        self._grow()
        after = self._other[maps[:, None], rows]
        at, columns = np.nonzero(after == UNKNOWN)
        if len(at):
            _, first = np.unique(maps[at].astype(np.int64) << 32 | rows[at, columns], return_index=True)
            for row, column in zip(at[first].tolist(), columns[first].tolist(), strict=True):
                self._other[maps[row], rows[row, column]] = other(row, int(rows[row, column]) - 1) + 1
            after = self._other[maps[:, None], rows]
        return after

    def _settle(self, step: Step, built: Callable[[int], Key]) -> None:
        """Settle the states in which the world does not tell all objects apart (`treadle.strategies.colours`)."""
        np, settling = self.np, self.explorer.compositions.settling
        loose = np.flatnonzero(self._loose[step.composed])
        if not len(loose):
            return
        try:
            settled = self._colours.settled(step.shared[loose], step.after[loose])
        except TooMany:
            raise GivenBack from None
        decided = self._colours.decided
        maps = np.array([self._map_called("settled", each.numbers if each else ()) for each in decided])
        shared = np.array([each.shared if each else UNKNOWN for each in decided], dtype=np.int32)
        clear = loose[settled != UNDECIDED]
        how = settled[settled != UNDECIDED]

        def other(row: int, local: int) -> int:
            found = decided[how[row]]
            assert found is not None
            return settling.local(found, local)

        after = self._renamed(maps[how], step.after[clear], other)
        step.shared[clear], step.after[clear] = shared[how], after
        for transition in loose[settled == UNDECIDED].tolist():
            row = step.after[transition]
            key = int(step.shared[transition]), tuple([local - 1 for local in row.tolist() if local])
            part, parts = settling.key(key) or built(transition)
            row[:] = 0
            step.shared[transition], row[len(row) - len(parts) :] = part, [local + 1 for local in parts]

    def fingerprints(self, shared: Any, locals_: Any) -> Any:
        """A number of 64 bits for each row, which depends on its parts and not on their order."""
        self._grow()
        return self._prints[locals_].sum(axis=1, dtype=self.np.uint64) + self._shared_prints(shared)

    def _shared_prints(self, shared: Any) -> Any:
        return _random_numbers(self.np, ~shared.astype(self.np.uint64))


def _random_numbers(np: Any, values: Any) -> Any:
    """A number of 64 bits for each value, as good as random (splitmix64: Steele, Lea and Flood 2014)."""
    mixed = values * np.uint64(ODD) + np.uint64(ODD)
    for shift, factor in zip((30, 27), MIX, strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def collision_probability(states: int) -> float:
    """How probable it is, at most, that two of so many states have the same fingerprint.

    >>> collision_probability(1_000_000) < 3e-8
    True
    """
    return min(1.0, states * (states - 1) / 2**65)
