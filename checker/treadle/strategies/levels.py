"""The same search, a whole level at a time: states are rows of small integers, and NumPy steps all of them at once.

A state is the number of its shared part and those of its threads' own parts, sorted. What one step makes of the others
is a table look-up for each of them (`Composed.others`), so a level is stepped by gathering from tables; only entries
that are met for the first time are worked out one by one, by the plain search's own means. Two states are the same if
their fingerprints are: the sum, modulo 2 to the 64th, of a random number for each of their parts (a hash of the
multiset, which needs no sorting). The rows stay, with a link to the row each was first reached from, at some tens of
bytes a state.

It is for the plain part of a search: programs without visible locations, watched objects or time, where no effect
depends on how the threads lie. Whatever else turns up, a violation included, gives the level back to the plain search,
which explores it again in its own order; so both come to the same counts.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from treadle.strategies.cutting import answers
from treadle.strategies.cycles import has_cycle
from treadle.strategies.filling import Filled, plain
from treadle.strategies.prints import Prints, contained
from treadle.strategies.rows import Batch, Level, Reached, Step, in_order, numpy
from treadle.strategies.stepping import smaller, stepped
from treadle.strategies.store import Key, State
from treadle.strategies.tables import WAYS, GivenBack

if TYPE_CHECKING:
    from treadle.strategies.rows import Ints, Words
    from treadle.strategies.states import Explorer

__all__ = ["CHUNK", "WORTH_CUTTING", "WORTH_IT", "Levels", "Rows", "plain"]

WORTH_IT = 600
"""A level of fewer states is stepped faster one by one."""
CHUNK = 1 << 14
"""So many rows are stepped at once."""
WORTH_CUTTING = 4
"""A level of fewer chunks is not handed out."""


class Rows(Sequence[State]):
    """The states of a search: those that the plain search found, then those in rows, made when they are asked for."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels

    def __len__(self) -> int:
        return self._levels.count

    def __getitem__(self, number: Any) -> Any:
        if isinstance(number, slice):
            return [self._levels.state(n) for n in range(*number.indices(len(self)))]
        return self._levels.state(range(len(self))[number])


class Levels:
    """Searches on from a frontier of the plain search."""

    def __init__(self, explorer: Explorer, frontier: Sequence[State]) -> None:
        self.np = numpy()
        self.explorer = explorer
        self.plain = explorer.exploration.states
        self.count = len(self.plain)
        self.tables = Filled(self.np, explorer)
        self.levels: list[Level] = []
        self.width = max(len(state.key[1]) for state in frontier if state.key is not None)
        self._states: dict[int, State] = {}
        self._quiet: list[tuple[Ints, Ints, Words]] = []
        self._start(frontier)

    def _start(self, frontier: Sequence[State]) -> None:
        np = self.np
        known = self._rows([state.key for state in self.plain if state.key is not None])
        self.seen = Prints(np)
        self.seen.add(np.unique(self.tables.fingerprints(*known)))
        shared, locals_ = self._rows([state.key for state in frontier if state.key is not None])
        numbers = np.array([state.number for state in frontier], dtype=np.int32)
        self.level = Level(-1, shared, locals_, numbers, numbers)

    def _rows(self, keys: Sequence[Key]) -> tuple[Ints, Ints]:
        """Keys as rows; a place without a thread has 0, a local part has its number and one."""
        np, width = self.np, max([self.width, *(len(locals_) for _, locals_ in keys)])
        self.width = width
        rows = np.zeros((len(keys), width), dtype=np.int32)
        for row, (_, locals_) in enumerate(keys):
            rows[row, width - len(locals_) :] = [local + 1 for local in locals_]
        return np.array([shared for shared, _ in keys], dtype=np.int32), rows

    # -- states in rows ---------------------------------------------------------------------------------------------

    def key(self, level: Level, row: int) -> Key:
        """The key of a row."""
        return int(level.shared[row]), tuple(int(local) - 1 for local in level.locals[row] if local)

    def number(self, level: Level, row: int) -> int:
        """The number of the state in a row."""
        return int(level.parent[row]) if level.first < 0 else level.first + row

    def state(self, number: int) -> State:
        """The state with that number."""
        behind: list[tuple[Level, int]] = []
        while number >= len(self.plain) and number not in self._states:
            level = next(level for level in reversed(self.levels) if level.first <= number)
            behind.append((level, number - level.first))
            number = int(level.parent[number - level.first])
        state = self.plain[number] if number < len(self.plain) else self._states[number]
        for level, row in reversed(behind):
            state = self._after(state, level, row)
        return state

    def _after(self, before: State, level: Level, row: int) -> State:
        """The state in a row, by the move that first led to it and the steps that are then done first."""
        key = self.key(level, row)
        place, way = divmod(int(level.move[row]), WAYS)
        state = self._moved(before, place, way)
        while state.key != key:
            state = self._run(state)
        state.number = level.first + row
        self._states[state.number] = state
        return state

    def _moved(self, before: State, column: int, way: int) -> State:
        """The state that a move leads to, by the column of who moves."""
        assert before.key is not None
        shared, locals_ = before.key
        place = column - self.width + len(locals_)
        alternative = self.explorer.forms.alternatives(shared, locals_[place])[way]
        state = self.explorer.known_step(before, place, alternative)
        assert state is not None
        return state

    def _run(self, before: State) -> State:
        """The state after a step that is done first."""
        move = self.explorer.first(before)
        state = self.explorer.known_step(before, *move) if move is not None else None
        assert state is not None
        return state

    # -- the search -------------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Search to the end. Raises GivenBack for a level that is the plain search's."""
        explorer, exploration = self.explorer, self.explorer.exploration
        while len(self.level):
            before = exploration.transitions
            try:
                reached = self._step_all(self.level)
                if self.count + len(reached) > explorer.options.max_states:
                    raise GivenBack
                self._look_for_ends(reached)
            except GivenBack:
                exploration.transitions = before
                raise
            if len(reached):
                self.levels.append(reached)
                self.count += len(reached)
                exploration.fingerprinted = self.count
            self.level = reached
        exploration.states = Rows(self)
        if self._quiet_cycle():
            exploration.quiet.update(self._quiet_edges())
        explorer.worlds.close()

    def given_back(self) -> list[State]:
        """The states of the level that was not finished, after those of all levels have been made known as states."""
        explorer = self.explorer
        states = [self.state(number) for number in range(self.count)]
        explorer.known = {state.key: state for state in states if state.key is not None}
        explorer.exploration.states = states
        explorer.exploration.quiet.update(self._quiet_edges())
        return [states[self.number(self.level, row)] for row in range(len(self.level))]

    def _step_all(self, level: Level) -> Level:
        """The states that are reached from those of the level for the first time."""
        np = self.np
        found: list[tuple[Ints, Ints, Ints, Ints]] = []
        quiet: list[tuple[Ints, Ints, Words]] = []
        lows = range(0, len(level), CHUNK)
        with contextlib.closing(self._from_workers(level, lows)) as answers:
            for low, answer in zip(lows, answers, strict=True):
                reached = self._step_chunk(level, low, answer)
                self._check_bounds(reached, sum(len(parents) for _, _, parents, _ in found), len(level) - low)
                numbers = self._numbers(level, low)
                rows, moves, prints = reached.quiet
                quiet.append((numbers[rows], moves, prints))
                new = ~self.seen.contain(reached.states[2])
                states = [part[new] for part in reached.states]
                self.seen.add(states[2])
                rows, moves, _, shared, locals_ = in_order(np, states)
                found.append((shared, locals_, numbers[rows], moves))
        self._quiet += quiet
        shared, locals_, parents, moves = (np.concatenate(part) for part in zip(*found, strict=True))
        return Level(self.count, shared, smaller(np, locals_), parents, smaller(np, moves))

    def _numbers(self, level: Level, low: int) -> Ints:
        """The numbers of the states of a chunk."""
        high = min(low + CHUNK, len(level))
        if level.first < 0:
            return level.parent[low:high]
        return self.np.arange(level.first + low, level.first + high, dtype=self.np.int32)  # type: ignore[no-any-return]

    def _check_bounds(self, reached: Reached, found: int, frontier: int) -> None:
        explorer, options = self.explorer, self.explorer.options
        explorer.exploration.transitions += reached.transitions
        if self.count + found > options.max_states or explorer.worlds.executions > options.max_executions:
            raise GivenBack
        explorer.check_time()
        if explorer.progress is not None:
            progress, transitions = explorer.progress, explorer.exploration.transitions
            progress(self.count + found, transitions, frontier, explorer.worlds.executions, explorer.made)

    def _from_workers(self, level: Level, lows: range) -> Generator[Reached | None, None, None]:
        """What workers say of each chunk; None if they are not asked, or do not answer."""
        if len(lows) < WORTH_CUTTING:
            yield from itertools.repeat(None, len(lows))
        else:
            yield from answers(self.explorer.hands, self.tables, self._chunks(level, lows))

    def _chunks(self, level: Level, lows: range) -> Iterator[tuple[Ints, Ints]]:
        """The rows of each chunk, when the effects of their threads are in the tables. (Workers or not, that is done in
        the same order, on which numbers depend.)"""
        for low in lows:
            batch = self._batch(level, low)
            self.tables.effects_of(batch, batch.everybody())
            yield level.shared[low : low + CHUNK], level.locals[low : low + CHUNK]

    def _batch(self, level: Level, low: int) -> Batch:
        shared, locals_ = level.shared[low : low + CHUNK], level.locals[low : low + CHUNK].astype(self.np.int32)
        return Batch(self.np, shared, locals_, lambda row: self.state(self.number(level, low + row)))

    def _step_chunk(self, level: Level, low: int, answer: Reached | None) -> Reached:
        """Step the states of a chunk in every way: what the workers have not, is done here."""
        batch = self._batch(level, low)
        if answer is None:
            return stepped(self.tables, batch, batch.everybody(), self._on_the_way)
        if not len(answer.lacking[0]):
            return answer
        moving = self.np.zeros(batch.locals.shape, dtype=bool)
        moving[answer.lacking] = True
        return answer.and_also(self.np, stepped(self.tables, batch, moving, self._on_the_way))

    def _on_the_way(self, batch: Batch, step: Step, transition: int, taken: int) -> State:
        """The state after a transition and so many of the steps that are done first."""
        before = batch.standing(int(step.rows[transition]))
        state = self._moved(before, int(step.places[transition]), int(step.ways[transition]))
        for _ in range(taken):
            state = self._run(state)
        return state

    def _look_for_ends(self, level: Level) -> None:
        """Nothing can happen any more in some states: is any of them a violation?"""
        np, explorer = self.np, self.explorer
        for low in range(0, len(level), CHUNK):
            shared, locals_ = level.shared[low : low + CHUNK], level.locals[low : low + CHUNK].astype(np.int32)
            goes_on = self.tables.goes_on(shared, locals_)
            for row in np.flatnonzero(~goes_on.any(axis=1)).tolist():
                key = self.key(level, low + row)
                if explorer.forms.unfinished(key) or explorer.forms.left_locked(key):
                    raise GivenBack

    def _quiet_cycle(self) -> bool:
        """Is there a cycle of transitions that change nothing that is shared?"""
        np = self.np
        before = np.array([edge[:2] for edge in self.explorer.exploration.quiet], dtype=np.int64).reshape(-1, 2)
        parents, _, prints = (np.concatenate(part) for part in zip(*self._quiet, strict=True))
        edges = np.concatenate([before, np.stack([parents, self._numbers_of(prints)], axis=1)])
        return has_cycle(np, edges[:, 0], edges[:, 1])

    def _quiet_edges(self) -> Iterator[tuple[tuple[int, int, int], str]]:
        """The transitions that change nothing that is shared: from, to, the place that acts; and the alternative."""
        np = self.np
        if not any(len(parents) for parents, _, _ in self._quiet):
            return
        parents, moves, prints = (np.concatenate(part) for part in zip(*self._quiet, strict=True))
        targets = self._numbers_of(prints)
        for parent, move, target in zip(parents.tolist(), moves.tolist(), targets.tolist(), strict=True):
            state = self.state(parent)
            assert state.key is not None
            column, way = divmod(move, WAYS)
            place = column - self.width + len(state.key[1])
            yield (parent, target, place), self.explorer.forms.alternatives(state.key[0], state.key[1][place])[way]

    def _numbers_of(self, prints: Words) -> Ints:
        """The numbers of the states with these fingerprints."""
        np = self.np
        wanted, inverse = np.unique(prints, return_inverse=True)
        numbers = np.zeros(len(wanted), dtype=np.int64)
        beginning = self._rows([state.key for state in self.plain if state.key is not None])
        for first, rows in ((0, beginning), *((level.first, (level.shared, level.locals)) for level in self.levels)):
            found = self.tables.fingerprints(rows[0], rows[1].astype(np.int32))
            places = np.flatnonzero(contained(np, found, wanted))
            numbers[np.searchsorted(wanted, found[places])] = places + first
        return numbers[inverse]  # type: ignore[no-any-return]
