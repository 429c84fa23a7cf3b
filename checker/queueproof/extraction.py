"""The transition system of the real queue, as treadle extracts it, read in the words of the concurrent model.

Every state that is reached is read once, from a real execution that stands in it: how many items there are, and where
each thread stands: outside the queue, asleep in a wait, or woken and without the mutex yet. Nothing is read from the
names of the queue's variables but `queue`, the items; a thread's part (putter or getter) is the call that it makes. For
queues that are broken, and for the lines of the fast one, other attributes are kept too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from queueproof.places import ASLEEP, GETTER, ITEMS, NOTIFYING, OUTSIDE, PUTTER, WOKEN, Place, Stand, items_of, place_of
from queuespec.two_conditions import Counters
from treadle.kernel.execution import CLOCK, Choice
from treadle.kernel.shapes import Mark
from treadle.kernel.visible import Visible
from treadle.sandbox.importer import Sandbox
from treadle.sandbox.primitives import Lock, Return, Wait, Wake
from treadle.strategies.states import Explorer
from treadle.strategies.store import State
from treadle.strategies.worlds import collect
from treadle.vocabulary.options import Options, Program

PROGRAMS = Path(__file__).with_name("programs.py")
NOTHING = Visible()

MOST_STATES = 3000
"""A queue that never comes back to a known state is given up after so many."""

FIRST_ITEM = {"deque": 2, "list": 1}
"""Where, in the form of a sequence, its items begin."""


@dataclass(frozen=True)
class Seen:
    """A state of the real code: the items, and where every thread that has started stands."""

    length: int
    stands: tuple[Stand, ...]
    threads: tuple[int, ...] = ()
    """Which thread stands at each of these places; it means something only where symmetry is off."""
    attributes: tuple[tuple[str, int], ...] = ()
    """The attributes of the queue that are numbers, or true or false."""

    def by_thread(self) -> Iterator[tuple[int, Stand]]:
        """Each thread and where it stands."""
        return zip(self.threads, self.stands, strict=True)

    def of(self, thread: int) -> Stand | None:
        """Where that thread stands; None if it has no part in the queue."""
        return dict(self.by_thread()).get(thread)

    def count(self, part: str, where: str) -> int:
        """How many threads of that part stand there."""
        return sum(stand.part == part and stand.where == where for stand in self.stands)

    def attribute(self, name: str) -> int:
        """The value of that attribute of the queue; 0 as long as nobody else knows the queue."""
        return dict(self.attributes).get(name, 0)

    @property
    def notifying(self) -> bool:
        """Is a thread in the middle of its critical section, about to choose whom its notify wakes?"""
        return any(stand.where == NOTIFYING for stand in self.stands)


@dataclass(frozen=True)
class Step:
    """One transition: where the acting thread stood, in which way its operation went on, the states by number."""

    before: int
    stand: Stand | None
    """None: a thread that has no part in the queue, the one that starts the others."""
    alternative: str
    after: int
    choice: Choice


@dataclass(frozen=True)
class Size:
    """Producers, consumers, capacity."""

    putters: int
    getters: int
    capacity: int

    def __str__(self) -> str:
        return f"{self.putters} x {self.getters}, K = {self.capacity}"


@dataclass(frozen=True, eq=False)
class Extracted:
    """Everything that endless producers and consumers do on one queue of the real code."""

    size: Size
    states: tuple[Seen, ...]
    steps: tuple[Step, ...]
    failed: frozenset[tuple[int, Choice]]
    """The steps, by state and choice, that ended in an exception."""
    paths: tuple[tuple[Choice, ...], ...]
    """A shortest schedule to each state."""
    visible: Visible
    """At which accesses a thread can be interrupted."""

    def counters(self, number: int) -> Counters:
        """The state as the model of two conditions writes it. Threads that have not begun are outside."""
        seen, size = self.states[number], self.size
        asleep = [seen.count(part, ASLEEP) for part in (PUTTER, GETTER)]
        woken = [seen.count(part, WOKEN) for part in (PUTTER, GETTER)]
        outside = (size.putters - asleep[0] - woken[0], size.getters - asleep[1] - woken[1])
        return Counters(size.capacity, seen.length, outside[0], asleep[0], woken[0], outside[1], asleep[1], woken[1])


class Refuted(Exception):  # noqa: N818 - a finding
    """The real code did something that cannot be read in the model's words."""


class _Extractor(Explorer):
    """An exploration that keeps every transition, and reads every state."""

    def _explore_once(self) -> None:
        self.edges: list[tuple[State, Choice, State, bool]] = []
        self.seen: dict[State, Seen] = {}
        self._parts: dict[int, tuple[str, Place] | None] = {}
        super()._explore_once()

    def _enter(self, reached: State, frontier: Any) -> State:
        fresh = reached.number < 0
        reached = super()._enter(reached, frontier)
        if fresh:
            self.seen[reached] = self._read(reached)
        return reached

    def _note_edge(self, state: State, reached: State, place: int, alternative: str) -> None:
        super()._note_edge(state, reached, place, alternative)
        choice = state.choice_at(place, alternative)
        failed = any(found.state is state and found.choice == choice for found in self.exploration.found[-1:])
        self.edges.append((state, choice, reached, failed))

    def _read(self, state: State) -> Seen:
        if state.key is None:
            raise Refuted(f"a state cannot be seen whole: {', '.join(self.exploration.unseen)}")
        shared, locals_ = state.key
        length = self._length(shared)
        if any(local not in self._parts for local in locals_):
            world = self.worlds.at(state)
            if self._queue(shared) and length != items_of(world.execution):
                raise Refuted(f"the queue holds {items_of(world.execution)} items where {length} were read")
            for local, index in zip(locals_, world.threads, strict=True):
                self._parts[local] = place_of(world.execution, index)
            self.worlds.keep(state, world)
        found = ((self._stand(shared, local), thread) for local, thread in zip(locals_, state.threads, strict=True))
        stands = sorted((stand, thread) for stand, thread in found if stand is not None)
        threads = tuple(thread for _, thread in stands)
        return Seen(length, tuple(stand for stand, _ in stands), threads, tuple(self._attributes(shared)))

    def _queue(self, shared: int) -> dict[str, Any]:
        """The attributes of the object that has the items: values, or forms of objects; none while it is private."""
        nodes = self.forms.shared[shared]
        for number, refs in nodes[1:]:
            shape = self.shapes[number]
            if shape[0] == "instance":
                forms = (self.shapes[nodes[ref + 1][0]] for ref in refs)
                parts = [next(forms) if part is Mark.REF else part for part in shape]
                found = {name: value for label, value in pairwise(parts) if (name := _attribute(label))}
                if ITEMS in found:
                    return found
        return {}

    def _length(self, shared: int) -> int:
        """How many items there are."""
        items = self._queue(shared).get(ITEMS)
        return 0 if items is None else _size(items)

    def _attributes(self, shared: int) -> Iterator[tuple[str, int]]:
        for name, value in self._queue(shared).items():
            if type(value) is int:
                yield name, value
            elif type(value) is tuple and value[0] == "bool":
                yield name, int(value[1])
            elif type(value) is tuple and value[0] in FIRST_ITEM:
                yield name, _size(value)
            elif type(value) is tuple and value[:2] == ("primitive", Lock):
                yield name, value[2][0]

    def _stand(self, shared: int, local: int) -> Stand | None:
        known = self._parts[local]
        if known is None:
            return None
        part, place = known
        operation, where = self.forms.operation(local), OUTSIDE
        if issubclass(operation, Wait | Return):
            notified = self.forms.targets(shared, local)[1][1][2][0]
            where = WOKEN if notified else ASLEEP
        elif issubclass(operation, Wake):
            where = NOTIFYING
        return Stand(part, where, place)

    def acting(self, state: State, choice: Choice) -> Stand | None:
        """Where the thread that is chosen stands; None for the clock."""
        if choice[0] == CLOCK:
            return None
        assert state.key is not None
        shared, locals_ = state.key
        return self._stand(shared, locals_[state.threads.index(choice[0])])


def _attribute(label: Any) -> str:
    """The name of the attribute whose value comes next in the form of an instance; empty if none does."""
    return label[1].rpartition(".")[2] if type(label) is tuple and label[0] in (".", "slot") else ""


def _size(form: Any) -> int:
    """How many items a sequence of this form has."""
    return len(form) - FIRST_ITEM[str(form[0])] - (type(form[-1]) is tuple and Mark.NUMBER in form[-1])


def extract(
    kind: str,
    size: Size,
    symmetry: bool = True,
    program: str = "loop",
    visible: Visible = NOTHING,
    file: Path = PROGRAMS,
    include: tuple[str, ...] = (),
    **options: Any,
) -> Extracted:
    """Explore endless producers and consumers on that kind of queue and read every state and step.

    `kind` is as in `queueproof.programs`, or "module:Class" for a queue of one's own; `file` is where the program is.
    Threads can be interrupted at what is `visible`, and wherever else it turns out to matter.

    Raises `Refuted` for what cannot be read, and if the exploration is not complete.
    """
    include = include or ((kind.partition(":")[0],) if ":" in kind else ("boundedqueue", "queueproof.in_order"))
    told = Options(
        include=include, go_on=True, alone_first=False, symmetry=symmetry, **{"max_states": MOST_STATES, **options}
    )
    sandbox = Sandbox(file, include=told.include, primitives=told.primitives)
    sandbox.load()
    closed = Program(program, (kind, size.putters, size.getters, size.capacity))
    extractor = _Extractor(sandbox, closed, told)
    extractor.visible = visible
    try:
        exploration = extractor.explore()
        if exploration.bound or exploration.diverged or exploration.stuck:
            raise Refuted(f"{closed}: {exploration.bound or exploration.diverged or exploration.stuck}")
        steps = [
            Step(before.number, extractor.acting(before, choice), choice[1], after.number, choice)
            for before, choice, after, _ in extractor.edges
        ]
        failed = frozenset((before.number, choice) for before, choice, _, failed in extractor.edges if failed)
        states = exploration.states
        return Extracted(
            size,
            tuple(extractor.seen[state] for state in states),
            tuple(steps),
            failed,
            tuple(tuple(state.path()) for state in states),
            extractor.visible,
        )
    finally:
        extractor.worlds.close()
        collect()
