"""The transition system of the real queue, as treadle extracts it, read in the words of the concurrent model.

Every state that is reached is read once, from a real execution that stands in it: how many items there are, and where
each thread stands: outside the queue, asleep in a wait, or woken and without the mutex yet. Nothing is read from the
names of the queue's variables but `queue`, the items; a thread's part (putter or getter) is the call that it makes. For
queues that are broken, the values of other attributes are kept too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from queuespec.two_conditions import Counters
from treadle.kernel.execution import CLOCK, Choice, Execution
from treadle.kernel.shapes import Mark
from treadle.sandbox.importer import Sandbox
from treadle.sandbox.primitives import Return, Wait, Wake
from treadle.strategies.states import Explorer
from treadle.strategies.store import State
from treadle.strategies.worlds import collect
from treadle.vocabulary.options import Options, Program

PROGRAMS = Path(__file__).with_name("programs.py")

PUTTER, GETTER = "putter", "getter"
PARTS = {
    "_produce_for_ever": PUTTER,
    "_consume_for_ever": GETTER,
    "_work_for_ever": GETTER,
    "_try_for_ever": GETTER,
    "_insist_for_ever": GETTER,
    "_produce_until_shut": PUTTER,
    "_consume_until_shut": GETTER,
    "work": GETTER,
}
"""The function that a thread runs, most of them for ever, and the part that it plays."""

OUTSIDE, ASLEEP, WOKEN, NOTIFYING = "outside", "asleep", "woken", "notifying"


MOST_STATES = 3000
"""A queue that never comes back to a known state is given up after so many."""

Place = tuple[tuple[str, int], ...]
ATTRIBUTE = (".", "queue")
FIRST_ITEM = {"deque": 2, "list": 1}
"""Where, in the form of a sequence, its items begin."""


class Stand(NamedTuple):
    """Where a thread stands: its part, what the model calls the place, and the exact place in the code."""

    part: str
    where: str
    place: Place
    """The functions that it is in and the instruction in each, innermost first, its pending operation, and what its
    variables say that are true or false."""


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
            if self._queue(shared) is not None and length != _items(world.execution):
                raise Refuted(f"the queue holds {_items(world.execution)} items where {length} were read")
            for local, index in zip(locals_, world.threads, strict=True):
                self._parts[local] = _part(world.execution, index)
            self.worlds.keep(state, world)
        found = ((self._stand(shared, local), thread) for local, thread in zip(locals_, state.threads, strict=True))
        stands = sorted((stand, thread) for stand, thread in found if stand is not None)
        threads = tuple(thread for _, thread in stands)
        return Seen(length, tuple(stand for stand, _ in stands), threads, tuple(self._attributes(shared)))

    def _queue(self, shared: int) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
        """The form of the object that has an attribute `queue`, and of what that is; None while it is private."""
        nodes = self.forms.shared[shared]
        for number, refs in nodes[1:]:
            shape = self.shapes[number]
            if shape[0] == "instance" and ATTRIBUTE in shape:
                holes = shape[: shape.index(ATTRIBUTE)].count(Mark.REF)
                return shape, self.shapes[nodes[refs[holes] + 1][0]]
        return None

    def _length(self, shared: int) -> int:
        """How many items there are."""
        if (found := self._queue(shared)) is None:
            return 0
        items = found[1]
        return len(items) - FIRST_ITEM[str(items[0])] - (type(items[-1]) is tuple and Mark.NUMBER in items[-1])

    def _attributes(self, shared: int) -> Iterator[tuple[str, int]]:
        found = self._queue(shared)
        shape = () if found is None else found[0]
        for label, value in pairwise(shape):
            if type(label) is tuple and label[0] == ".":
                if type(value) is int:
                    yield label[1], value
                elif type(value) is tuple and value[0] == "bool":
                    yield label[1], int(value[1])

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


def _frames(execution: Execution, index: int) -> Iterator[Any]:
    frame = execution.controls[index].greenlet.gr_frame
    while frame is not None:
        if not str(frame.f_globals.get("__name__", "")).startswith("treadle."):
            yield frame
        frame = frame.f_back


def _items(execution: Execution) -> int:
    """How many items the queue holds; before anyone has got hold of it, none."""
    for index, control in enumerate(execution.controls):
        for frame in _frames(execution, index) if control.live else ():
            buffer = frame.f_locals.get("buffer")
            if buffer is not None:
                return len(buffer.queue)
    return 0


def _part(execution: Execution, index: int) -> tuple[str, Place] | None:
    """The thread's part, and where it is, as `Stand` tells it."""
    operation = execution.controls[index].pending
    frames = list(_frames(execution, index))
    part = next((PARTS[frame.f_code.co_name] for frame in frames if frame.f_code.co_name in PARTS), None)
    if part is None or operation is None:
        return None
    told = (
        (name, int(value))
        for frame in frames
        for name, value in frame.f_locals.items()
        if type(value) is bool and not name.startswith(".")  # those are mirrors
    )
    return part, (*((frame.f_code.co_name, frame.f_lasti) for frame in frames), (operation.kind, 0), *told)


def extract(kind: str, size: Size, symmetry: bool = True, program: str = "loop", **options: Any) -> Extracted:
    """Explore endless producers and consumers on that kind of queue and read every state and step.

    `kind` is as in `queueproof.programs`, or "module:Class" for a queue of one's own.

    Raises `Refuted` for what cannot be read, and if the exploration is not complete.
    """
    include = (kind.partition(":")[0],) if ":" in kind else ("boundedqueue", "queueproof.in_order")
    told = Options(include=include, go_on=True, symmetry=symmetry, max_states=MOST_STATES, **options)
    sandbox = Sandbox(PROGRAMS, include=told.include, primitives=told.primitives)
    sandbox.load()
    closed = Program(program, (kind, size.putters, size.getters, size.capacity))
    extractor = _Extractor(sandbox, closed, told)
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
        )
    finally:
        extractor.worlds.close()
        collect()
