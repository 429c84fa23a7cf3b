"""The states found so far: canonical forms as small integers, with the way that led to each.

A state is one number for its shared part and one for each thread's local part. What can happen next, whether anyone
still has to finish, and how far away the next moment of interest is, are read off these forms alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from treadle.kernel.execution import CLOCK, DEFINED, TICK, Choice, Remaining, Touch
from treadle.kernel.graph import Canonicaliser
from treadle.kernel.nodes import Canonical, Graph, Interner, Local, Node
from treadle.kernel.shapes import Mark, Shapes
from treadle.properties.states import conflict
from treadle.sandbox.primitives import Acquire, Mutex, RLock, Wait
from treadle.sandbox.threads import FINISHED, ReadClock
from treadle.sandbox.virtual.time import Reading
from treadle.vocabulary.instant import Deadline
from treadle.vocabulary.operation import Operation, Status

SharedPart = tuple[Node, ...]
Key = tuple[int, tuple[int, ...]]

Move = tuple[int, str]
"""The place of a thread in a key (or CLOCK), and the alternative of its pending operation."""

Applied = Callable[[Key, Sequence[int], int, "Effect", int], tuple[int, ...]]
"""Which thread is at each place after the effect, from: the key and the threads before, the place that acted, the
effect, and how many threads were started before."""


class State:
    """A state: its key, and how it was first reached: by which effect of the thread at which place of the state before.

    `key` is None for a state that cannot be seen whole; its choices are then kept as they were found. Which thread is
    at each place of the key is worked out when it is asked for: by whoever made the effects apply.
    """

    __slots__ = ("_applied", "_started", "_threads", "alternative", "effect", "key", "moves", "number", "parent",
                 "place", "unfinished")  # fmt: skip

    def __init__(
        self,
        key: Key | None,
        parent: State | None,
        place: int,
        alternative: str,
        effect: Effect | None = None,
        applied: Applied | None = None,
    ) -> None:
        self.number = -1
        self.key, self.parent, self.place, self.alternative = key, parent, place, alternative
        self.effect, self._applied = effect, applied
        self._threads: tuple[int, ...] | None = None
        self._started = 0
        self.moves: list[Move] = []
        self.unfinished = False

    def seen(self, threads: tuple[int, ...], started: int) -> State:
        """It was looked at: these threads are at its places, and so many were started by then."""
        self._threads, self._started = threads, started
        return self

    @property
    def threads(self) -> tuple[int, ...]:
        """The index of the thread at each place."""
        if self._threads is None:
            self._work_out()
        assert self._threads is not None
        return self._threads

    @property
    def started(self) -> int:
        """How many threads were started on the way."""
        if self._threads is None:
            self._work_out()
        return self._started

    def _work_out(self) -> None:
        behind: list[State] = []
        state = self
        while state._threads is None:
            behind.append(state)
            assert state.parent is not None
            state = state.parent
        for after in reversed(behind):
            assert after.effect is not None and after._applied is not None and state.key is not None
            after._threads = after._applied(state.key, state.threads, after.place, after.effect, state._started)
            after._started = state._started + len(after.effect.spawned)
            state = after

    def choice_at(self, place: int, alternative: str) -> Choice:
        """The choice of an alternative for the thread at that place."""
        return (CLOCK if place == CLOCK else self.threads[place]), alternative

    def forced(self) -> bool:
        """Was any step on the way here done without a choice?"""
        state = self.parent
        while state is not None and state.number >= 0:
            state = state.parent
        return state is not None

    def path(self) -> list[Choice]:
        """The choices that lead here from the beginning."""
        path: list[Choice] = []
        state = self
        while state.parent is not None:
            path.append(state.parent.choice_at(state.place, state.alternative))
            state = state.parent
        return path[::-1]


class Forms:
    """Canonical forms, interned; and what can be read off them."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.shared: Interner[SharedPart] = Interner()
        self.locals: Interner[Local] = Interner()
        self.canonicalise = Canonicaliser(shapes.unordered, functools.cache(shapes.kind))
        self.alternatives = functools.cache(self._alternatives)
        self._mentions = functools.cache(self._mentioned)
        self._local_mentions = functools.cache(self._mentioned_by)

    def in_order(self, nodes: Sequence[Node]) -> tuple[Node, ...]:
        """The nodes, those whose references have no order with these in that of their numbers: so they are equal to
        what they were if nothing has changed."""
        unordered = self.shapes.unordered
        return tuple([(shape, tuple(sorted(refs))) if shape in unordered else (shape, refs) for shape, refs in nodes])

    def placed(self, form: Canonical) -> tuple[Key, tuple[int, ...]]:
        """The form as numbers, and the thread at each place."""
        pairs = sorted(zip(map(self.locals, form.locals), form.threads, strict=True))
        key = self.shared(form.shared), tuple(local for local, _ in pairs)
        return key, tuple(thread for _, thread in pairs)

    def owner(self, local: int) -> tuple[Any, ...]:
        """The shape of the thread itself: ("thread", operation, fields, daemon, number of targets, ...)."""
        return self.shapes[self.locals[local][0][0]]

    def operation(self, local: int) -> type[Operation]:
        """What the thread is about to do."""
        return self.owner(local)[1]  # type: ignore[no-any-return]

    def daemon(self, local: int) -> bool:
        """May the program end while the thread runs?"""
        return bool(self.owner(local)[3])

    def calls(self, local: int) -> int:
        """In how many calls to watched objects the thread is."""
        return int(self.owner(local)[5])

    @functools.cached_property
    def derived(self) -> Callable[[int], bool]:
        """Does what the thread holds depend on the content of shared objects: how far it has come in a dict?"""
        return functools.cache(
            lambda local: any(
                Mark.DERIVED in self.shapes[shape] and max(refs, default=-1) >= 0
                for shape, refs in self.locals[local][1:]
            )
        )

    def waits_for_signal(self, shared: int, local: int) -> bool:
        """Is the thread asleep until another wakes it? (See `treadle.properties.states`.)"""
        operation = self.operation(local)
        if issubclass(operation, Wait):
            return not self.targets(shared, local)[1][1][2][0]
        if not issubclass(operation, Acquire) or self.alternatives(shared, local):
            return False
        (lock, _), itself = self.targets(shared, local)[0], self.locals[local][0][1][1]
        node = self.shared[shared][lock + 1] if lock >= 0 else self.locals[local][-lock]
        return node[1][:1] == (itself,)

    def race(self, key: Key) -> tuple[Any, ...] | None:
        """Where two threads are about to touch one place, one of them writing: the place, as far as it tells them
        apart from others."""
        shared, locals_ = key
        touching = [touch for local in locals_ if (touch := self._touched(shared, local)) is not None]
        for (mine, shape, fields), (theirs, _, others) in combinations(touching, 2):
            if mine == theirs and conflict(fields, others):
                return (shape[:3], fields[0], others[0])
        return None

    def _touched(self, shared: int, local: int) -> tuple[Any, tuple[Any, ...], Status] | None:
        """What the thread is about to access: what tells it from others, its shape, and how; None if that is private
        or no access."""
        if self.operation(local) is not Touch:
            return None
        targets, fields = self.targets(shared, local), self.owner(local)[2]
        if not targets:  # a definition
            return fields[DEFINED:], fields[DEFINED:], fields
        (ref, shape), *_ = targets
        return (ref, shape, fields) if ref >= 0 else None

    def left_locked(self, key: Key) -> set[bool]:
        """Whether each lock that is held by a thread that has finished could still be released by another."""
        found = set()
        nodes = self.shared[key[0]]
        for shape, refs in nodes[1:]:
            if refs and _held_lock(self.shapes[shape]):
                owner: tuple[Any, ...] = self.shapes[nodes[refs[0] + 1][0]]
                if owner[0] == "primitive" and owner[2][0] == FINISHED:
                    found.add(not issubclass(self.shapes[shape][1], RLock))  # type: ignore[arg-type]
        return found

    def targets(self, shared: int, local: int) -> list[tuple[int, tuple[Any, ...]]]:
        """The targets of the pending operation: the reference, and the shape that it leads to."""
        entries = self.locals[local]
        count = self.owner(local)[4]
        nodes = self.shared[shared]
        return [
            (ref, self.shapes[nodes[ref + 1][0] if ref >= 0 else entries[-ref][0]]) for ref in entries[0][1][:count]
        ]

    def _alternatives(self, shared: int, local: int) -> tuple[str, ...]:
        """In which ways the thread can go on."""
        _, operation, fields, *_ = self.owner(local)
        statuses: list[Status] = [
            shape[2] if shape[0] == "primitive" else () for _, shape in self.targets(shared, local)
        ]
        return operation.alternatives(fields, statuses)  # type: ignore[no-any-return]

    def moves(self, key: Key) -> list[Move]:
        """Everything that can happen next. Daemon threads go on after the last other thread has finished: they may."""
        shared, locals_ = key
        found: list[Move] = []
        previous = None
        for place, local in enumerate(locals_):
            if local != previous:  # identical threads: one of them stands for all
                found += [(place, alternative) for alternative in self.alternatives(shared, local)]
            previous = local
        if self._ticks(key):
            found.append((CLOCK, TICK))
        return found

    def _ticks(self, key: Key) -> bool:
        """Is there a moment to come?"""
        if not self.shapes.timed:
            return False
        mentioned = [self._mentions(key[0]), *map(self._local_mentions, key[1])]
        read = any(self.operation(local) is ReadClock for local in key[1])
        return any(soon or (fresh and read) for soon, fresh in mentioned)

    def ends(self, key: Key) -> bool:
        """Can nothing happen any more?"""
        shared, alternatives = key[0], self.alternatives
        return not any(alternatives(shared, local) for local in key[1]) and not self._ticks(key)

    def unfinished(self, key: Key) -> bool:
        """Must any thread still finish?"""
        return not all(map(self.daemon, key[1]))

    def _mentioned(self, shared: int) -> tuple[bool, bool]:
        shapes = [self.shapes[shape] for shape, _ in self.shared[shared]]
        return _soon(shapes), _fresh(shapes)

    def _mentioned_by(self, local: int) -> tuple[bool, bool]:
        shapes = [self.shapes[shape] for shape, _ in self.locals[local]]
        return _soon(shapes), _fresh(shapes)

    def among(self, nodes: Sequence[Node], local: int) -> tuple[list[Node], Node]:
        """The nodes and then the private ones of a thread; and its owner, whose references are places among them."""
        base = len(nodes) - 1
        owner, *private = (
            (shape, tuple(ref if ref >= 0 else base - ref for ref in refs)) for shape, refs in self.locals[local]
        )
        return [*nodes, *private], owner

    def mid_state(self, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int) -> Graph:
        """The state after a recorded step of the thread at `place`, before it has its canonical form."""
        nodes = list(effect.nodes)
        owners = [(threads[place], effect.acting)] if effect.acting is not None else []
        owners += [(started + offset, owner) for offset, owner in enumerate(effect.spawned) if owner is not None]
        for other, (local, name) in enumerate(zip(key[1], threads, strict=True)):
            if other == place:
                continue
            more, owner = self.among(nodes, local)
            nodes += more[len(nodes) :]
            owners.append((name, owner))
        owners.sort(key=lambda owner: owner[0])
        return Graph(nodes, effect.world, owners)


@dataclass(slots=True, eq=False)
class Effect:
    """What one step does, in terms of the numbers of the shared objects before it.

    `nodes` are those objects as they are afterwards, then the new ones and the thread's own; `acting` is None if the
    thread finished; `spawned` are the threads that it started (None: already finished).
    """

    nodes: tuple[Node, ...]
    world: Node
    acting: Node | None
    spawned: tuple[Node | None, ...]
    before: int
    """How many of the nodes were shared before."""
    used: int = 0
    ahead: bool = False
    """Was it recorded before the search came to it?"""
    _shared: dict[int, int] = field(default_factory=dict)

    def reached(self, several: int) -> int:
        """Those of the objects shared before, a bit each, that the world reaches afterwards, or some of these."""
        shared = self._shared.get(several)
        if shared is None:
            shared = self._shared[several] = self._reach([*self.world[1], *bits(several)])
        return shared

    def reached_from(self, objects: int) -> int:
        """Those that these reach."""
        return self._reach(bits(objects))

    def _reach(self, refs: Iterable[int]) -> int:
        waiting, reached = list(refs), 0
        while waiting:
            index = waiting.pop()
            if not reached >> index & 1:
                reached |= 1 << index
                waiting += self.nodes[index][1]
        return reached & (1 << self.before) - 1


def bits(mask: int) -> tuple[int, ...]:
    """The places of the bits that are set.

    >>> bits(0b1010)
    (1, 3)
    """
    return tuple(index for index in range(mask.bit_length()) if mask >> index & 1)


def _held_lock(shape: tuple[Any, ...]) -> bool:
    return shape[0] == "primitive" and isinstance(shape[1], type) and issubclass(shape[1], Mutex) and shape[2][0] > 0


def _soon(shapes: Iterable[tuple[Any, ...]]) -> bool:
    """Does any of the shapes mention a moment to come?"""
    return any(remaining > 0 for shape in shapes for remaining, _ in instants(shape))


def _fresh(shapes: Iterable[tuple[Any, ...]]) -> bool:
    """Does any of them hold a reading of the clock that is not past yet?"""
    return any(remaining == 0 and kind == Reading.__name__ for shape in shapes for remaining, kind in instants(shape))


@functools.cache
def instants(shape: tuple[Any, ...]) -> tuple[tuple[float, str], ...]:
    """The moments that the shape mentions: how far away each is, and of which kind."""
    told = [token[:0:-1] for token in shape if type(token) is tuple and len(token) == 3 and token[0] is Mark.INSTANT]
    if shape and shape[0] == "thread" and len(shape) > 2:
        told += [(float(f), Deadline.__name__) for f in shape[2] if isinstance(f, Remaining)]
    return tuple(told)
