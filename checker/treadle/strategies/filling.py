"""The tables of the search itself: what is not in them is worked out by what the plain search would use.

Each array grows as numbers do. An entry is found out for the first step that needs it; so the same entries are found
out in the same order if only those steps are made here that lack something elsewhere.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.strategies.colours import FilledColours, TooMany
from treadle.strategies.compositions import Composed
from treadle.strategies.rows import random_numbers
from treadle.strategies.store import Effect
from treadle.strategies.tables import NONE, UNKNOWN, WAYS, GivenBack, Tables

if TYPE_CHECKING:
    from treadle.strategies.rows import Batch, Ints, Step
    from treadle.strategies.states import Explorer

MOST_PAIRS = 1 << 27
"""More pairs of a shared and a local part than that are too many for a table."""


class Filled(Tables):
    """The arrays of one search, which fill as it goes."""

    def __init__(self, np: Any, explorer: Explorer) -> None:
        super().__init__(np)
        self.explorer, self.alone_first = explorer, explorer.alone_first
        self._met: list[Effect] = []
        self._number_of: dict[Effect, int] = {}
        self._composed: list[tuple[Effect, Composed] | None] = [None]
        self._maps: dict[object, int] = {}
        self._becomes: list[Callable[[int], int]] = [int]
        """What becomes of a local part, by the map; the first is that of none."""
        self._going = np.zeros((0, 0), dtype=np.int8)
        self._described = 0
        self._colours = self._deciding = FilledColours(np, explorer.compositions.settling)

    def copy(self) -> Tables:
        """Tables that only look up, with what is in these so far."""
        self._grow()
        shared, locals_ = len(self.explorer.forms.shared), len(self.explorer.forms.locals) + 1
        copy = Tables(self.np)
        copy.alone_first = self.alone_first
        copy._effects = [known[:shared, :locals_] for known in self._effects]
        copy._first = [known[:shared, :locals_] for known in self._first]
        copy._masks, copy._prints = self._masks[:locals_], self._prints[:locals_]
        copy.must_finish = self.must_finish[:locals_]
        copy._known = self._known
        number = len(self._composed)
        copy._shared_after, copy._acting = self._shared_after[:number], self._acting[:number]
        copy._map_of, copy._loose = self._map_of[:number], self._loose[:number]
        copy._other = self._other[: len(self._becomes), :locals_]
        copy._colours, copy._settled = self._deciding.copy(), self._settled
        return copy

    def size(self) -> int:
        """About how many bytes a copy has."""
        shared, locals_ = len(self.explorer.forms.shared), len(self.explorer.forms.locals) + 1
        by_pair = 2 * (4 * self._effects[0].shape[2] + 1)
        return int(locals_ * (shared * by_pair + 4 * len(self._becomes) + 8) + 32 * len(self._composed))

    # -- growing ----------------------------------------------------------------------------------------------------

    def _grow(self) -> None:
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
        self._describe_locals()

    def _enlarged(self, known: Any, shape: tuple[int, ...], filling: int) -> Any:
        larger = self.np.full(shape, filling, dtype=known.dtype)
        larger[tuple(slice(size) for size in known.shape)] = known
        return larger

    def _grow_locals(self, capacity: int) -> None:
        np = self.np
        self._prints = random_numbers(np, np.arange(capacity + 1, dtype=np.uint64))
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

    def _find_effects(self, batch: Batch, rows: Ints, places: Ints) -> bool:
        explorer = self.explorer
        for row, place in self._pairs(batch, rows, places):
            pair = int(batch.shared[row]), int(batch.locals[row, place]) - 1, bool(batch.last[row])
            effects = []
            for alternative in explorer.forms.alternatives(*pair[:2]):
                effect = explorer.effect((pair[0], pair[1], alternative, pair[2]))
                if effect is None:
                    state = batch.standing(row)
                    assert state.key is not None
                    explorer.step(state, place - batch.locals.shape[1] + len(state.key[1]), alternative)
                    effect = explorer.effect((pair[0], pair[1], alternative, pair[2]))
                if effect is None or effect.spawned or not plain(explorer):
                    raise GivenBack
                explorer.use(effect)
                effects.append(effect)
            self._enter(pair, effects)
        return True

    def _pairs(self, batch: Batch, rows: Ints, places: Ints) -> list[tuple[int, int]]:
        """The rows and places that stand for all of these: those in which a pair of parts is there first."""
        np, locals_ = self.np, batch.locals
        pairs = batch.shared[rows].astype(np.int64) << 32 | locals_[rows, places].astype(np.int64) << 1
        _, first = np.unique(pairs | batch.last[rows], return_index=True)
        return list(zip(rows[first].tolist(), places[first].tolist(), strict=True))

    def _enter(self, pair: tuple[int, int, bool], effects: list[Effect]) -> None:
        """These are the effects of that local part in that shared part."""
        if len(effects) > WAYS:
            raise GivenBack
        self._grow()
        if len(effects) > self._effects[0].shape[2]:
            self._effects = [self._enlarged(k, (*k.shape[:2], len(effects)), NONE) for k in self._effects]
        row = self._effects[pair[2]][pair[0], pair[1] + 1]
        row[:] = NONE
        for way, effect in enumerate(effects):
            row[way] = self._number_of.setdefault(effect, len(self._met))
            if row[way] == len(self._met):
                self._met.append(effect)

    def goes_on(self, shared: Any, locals_: Any) -> Any:
        """Can each thread of each row go on?"""
        self._grow()
        np, forms = self.np, self.explorer.forms
        going = np.where(locals_ > 0, self._going[shared[:, None], locals_], 0)
        rows, places = np.nonzero(going == UNKNOWN)
        for pair in np.unique(shared[rows].astype(np.int64) << 32 | locals_[rows, places]).tolist():
            part, local = pair >> 32, pair & (1 << 32) - 1
            self._going[part, local] = bool(forms.alternatives(part, local - 1))
        return np.where(locals_ > 0, self._going[shared[:, None], locals_], 0) > 0

    def _find_first(self, batch: Batch, rows: Ints, places: Ints) -> bool:
        for row, place in self._pairs(batch, rows, places):
            at, last = (int(batch.shared[row]), int(batch.locals[row, place])), bool(batch.last[row])
            goes = self.explorer.goes_first(lambda row=row: batch.standing(row), at[0], at[1] - 1, last)  # type: ignore[misc]
            self._grow()
            self._first[last][at] = goes
        return True

    # -- whole states -----------------------------------------------------------------------------------------------

    def _find_composed(self, batch: Batch, step: Step, transition: int, pattern: int) -> int:
        _, locals_ = batch.key(int(step.rows[transition]))
        effect = self._met[int(step.effects[transition])]
        place = int(step.places[transition]) - batch.locals.shape[1] + len(locals_)
        compositions = self.explorer.compositions
        composed = compositions.composed(effect, locals_, place)
        if not compositions.told_by_masks(effect, locals_, place):
            raise GivenBack
        number = self._known[pattern] = len(self._composed)
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
        alike = not any(ref >= effect.before for _, refs in absorbed for ref in refs)
        other = functools.partial(self.explorer.compositions.other, composed, effect)
        return self._map_called(other, *((numbers, absorbed) if alike else (composed,)))

    def _map_called(self, becomes: Callable[[int], int], *name: object) -> int:
        """The map of that name; `becomes` says what becomes of a local part."""
        if name not in self._maps:
            self._maps[name] = len(self._becomes)
            self._becomes.append(becomes)
            if len(self._becomes) > len(self._other):
                self._enlarge_others(2 * len(self._becomes), self._other.shape[1])
        return self._maps[name]

    def _find_others(self, maps: Ints, rows: Ints, at: tuple[Ints, Ints]) -> bool:
        np, locals_ = self.np, rows[at]
        _, first = np.unique(maps[at[0]].astype(np.int64) << 32 | locals_, return_index=True)
        for number, local in zip(maps[at[0]][first].tolist(), locals_[first].tolist(), strict=True):
            self._other[number, local] = self._becomes[number](local - 1) + 1
        return True

    def _decided(self, step: Step, loose: Ints) -> Any:
        try:
            found = super()._decided(step, loose)
        except TooMany:
            raise GivenBack from None
        settling = self.explorer.compositions.settling
        for settled in self._deciding.decided[len(self._settled) - 1 :]:
            number = self._map_called(functools.partial(settling.local, settled), "settled", settled.numbers)
            self._settled.append((settled.shared, number))
        return found

    def _find_order(self, batch: Batch, step: Step, which: Ints) -> None:
        compositions = self.explorer.compositions
        for transition in which.tolist():
            row = step.after[transition]
            key = int(step.shared[transition]), tuple([local - 1 for local in row.tolist() if local])
            before = batch.key(int(step.rows[transition]))
            place = int(step.places[transition]) - batch.locals.shape[1] + len(before[1])
            effect = self._met[int(step.effects[transition])]
            part, parts = compositions.settling.key(key) or compositions.built(before, place, effect)
            row[:] = 0
            step.shared[transition], row[len(row) - len(parts) :] = part, [local + 1 for local in parts]


def plain(explorer: Explorer) -> bool:
    """Is this part of the search plain enough for whole levels?"""
    taught = explorer.taught
    if explorer.record is not None or explorer.options.audit:
        return False  # each transition is asked for
    odd = explorer.visible.locations or explorer.shapes.timed or explorer.shapes.derived or explorer.monitored
    return not (odd or taught.found or taught.unseen or taught.stuck or explorer.harvest is not None)
