"""What the places of the fast queue's code mean in the model that hands over. That is not told but found.

A thread's place is the instruction at which it stands. To read a state of the code as a state of the model one has to
know what each place means: is the thread there outside, in line, or has it made room and not looked yet; and if it has
the turn, what for? A refinement mapping is any answer under which every step is an action of the model or changes
nothing. So the answer is computed: each place begins with everything that it could mean, each step rules out meanings
of the places that it leads from and to, and if a place is left with none there is no mapping. The names of the code
play no part, but for those of the two lines, whose lengths are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

from queueproof.bridge import Mismatch
from queueproof.extraction import Extracted, Step
from queueproof.places import GETTER, PUTTER, Stand
from queuespec.hand_over import DONE, FREE, SYSTEM, Handing, initial
from queuespec.two_conditions import Counters

OUTSIDE, IN_LINE, TOOK, HELPING = "outside", "in line", "took", "helping"
LINES, TURN = ("_putters", "_getters"), "lock"
MANY = 9  # others, who may be in line or answered
SOMEBODY_ELSE = DONE + 1  # has the turn


class Meaning(NamedTuple):
    """Where the model has a thread, and what it uses the turn for; `FREE`: it does not have it."""

    role: str
    turn: int


class Look(NamedTuple):
    """What is read of the queue itself."""

    capacity: int
    length: int
    putters: int
    getters: int
    free: bool
    """Is the turn?"""


Constraints = dict[tuple[Stand | None, Stand], set[tuple[Look, Look]]]
Reading = dict[Stand, Meaning]
Meanings = dict[Stand, frozenset[Meaning]]

BEGINS = Meaning(OUTSIDE, FREE)
CANDIDATES = {
    PUTTER: frozenset(Meaning(*each) for each in product((OUTSIDE, IN_LINE), range(FREE, DONE + 1))),
    GETTER: frozenset(
        Meaning(*each) for each in (*product((OUTSIDE, IN_LINE), range(FREE, DONE + 1)), (TOOK, FREE), (HELPING, FREE))
    ),
}


def look(extracted: Extracted, number: int) -> Look:
    """What is read of the queue in a state."""
    seen = extracted.states[number]
    putters, getters = (seen.attribute(line) for line in LINES)
    return Look(extracted.size.capacity, seen.length, putters, getters, seen.attribute(TURN) == 0)


def looked(h: Handing) -> Look:
    """What can be read of the queue in a state of the model."""
    s = h.queue
    return Look(s.capacity, s.length, s.waiting_putters, s.waiting_getters, h.turn == FREE)


Groups = dict[str, Counter[str]]


def written(at: Look, groups: Groups, turns: list[int]) -> Handing:
    """A state of the model: who is in line by its place but no longer in the line that is read has been answered."""
    putters, getters = groups[PUTTER], groups[GETTER]
    s = Counters(
        at.capacity,
        at.length,
        putters[OUTSIDE],
        at.putters,
        putters[IN_LINE] - at.putters,
        getters[OUTSIDE],
        at.getters,
        getters[IN_LINE] - at.getters,
    )
    having = [turn for turn in turns if turn != FREE]
    turn = FREE if at.free and not having else having[0] if len(having) == 1 and not at.free else SOMEBODY_ELSE
    return Handing(s, getters[TOOK], getters[HELPING], turn)


@cache
def alone(part: str, meaning: Meaning, at: Look) -> Handing:
    """The state as one thread knows it: where it is itself; of the others, only that they may have been answered."""
    groups = {other: Counter({IN_LINE: MANY}) for other in (PUTTER, GETTER)}
    groups[part][meaning.role] += 1
    return written(at, groups, [meaning.turn])


def is_of(part: str, action: str) -> bool:
    """Can a thread of this part take it? What is done with the turn, either can."""
    return not action.startswith({PUTTER: "get_", GETTER: "put_"}[part])


@cache
def ways(part: str, meaning: Meaning, before: Look, after: Look) -> frozenset[Meaning]:
    """What the next place may mean if this one means that, and the step does this to the queue."""
    state = alone(part, meaning, before)
    reached = [then for name, then in SYSTEM.steps(state) if is_of(part, name) and looked(then) == after]
    found = {each for each in CANDIDATES[part] if alone(part, each, after) in reached}
    return frozenset(found | {meaning}) if before == after else frozenset(found)


def reached_places(extracted: Extracted, step: Step) -> set[Stand]:
    """Where the thread stands that took the step, or where those stand that begin with it."""
    before, after = Counter(extracted.states[step.before].stands), Counter(extracted.states[step.after].stands)
    if step.stand is not None:
        before[step.stand] -= 1
    return set(after - before)


def constraints(extracted: Extracted) -> Constraints:
    """From which place to which there are steps, and what they do to the queue. Raises `Mismatch` for a failure."""
    found: Constraints = {}
    for step in extracted.steps:
        if (step.before, step.choice) in extracted.failed:
            raise Mismatch(extracted, step, "a step ends in an exception")
        change = (look(extracted, step.before), look(extracted, step.after))
        for reached in reached_places(extracted, step):
            found.setdefault((step.stand, reached), set()).add(change)
    return found


class NoReading(Exception):  # noqa: N818 - a finding
    """There is no meaning of the places under which each step is an action of the model."""


def reading(found: Constraints) -> Reading:
    """A meaning for each place under which each step is an action, or nothing. Raises `NoReading`."""
    places = {place for pair in found for place in pair if place is not None}
    meanings = {place: CANDIDATES[place.part] for place in places}
    return {place: next(iter(each)) for place, each in _decided(found, meanings).items()}


def _decided(found: Constraints, meanings: Meanings) -> Meanings:
    """One meaning for each place: rule out what cannot be, then try what is left, one after the other."""
    meanings = _ruled_out(found, meanings)
    open_ones = [place for place, each in meanings.items() if len(each) > 1]
    if not open_ones:
        return meanings
    place = min(open_ones)
    for meaning in sorted(meanings[place]):
        try:
            return _decided(found, {**meanings, place: frozenset({meaning})})
        except NoReading as none:
            reason = none
    raise reason


def _ruled_out(found: Constraints, meanings: Meanings) -> Meanings:
    """Without the meanings that some step excludes, until no step excludes one more."""
    meanings = dict(meanings)
    changed = True
    while changed:
        changed = False
        for (place, reached), changes in found.items():
            pairs = list(_pairs(place, reached, changes, meanings))
            for end, left in ((place, {one for one, _ in pairs}), (reached, {other for _, other in pairs})):
                if not left:
                    raise NoReading(_told(place, reached, changes))
                if end is not None and left != meanings[end]:
                    meanings[end] = frozenset(left)
                    changed = True
    return meanings


def _pairs(
    place: Stand | None, reached: Stand, changes: set[tuple[Look, Look]], meanings: Meanings
) -> Iterator[tuple[Meaning, Meaning]]:
    """What the two places may mean together: all that the steps from one to the other do must be possible."""
    if place is None:  # a thread begins
        yield from ((BEGINS, BEGINS) for _ in meanings[reached] & {BEGINS})
        return
    for meaning in meanings[place]:
        left = meanings[reached]
        for before, after in changes:
            left = left & ways(place.part, meaning, before, after)
        yield from ((meaning, each) for each in left)


def _told(place: Stand | None, reached: Stand, changes: set[tuple[Look, Look]]) -> str:
    stands = "begins" if place is None else f"steps from {place.place[0][0]}"
    return f"a {reached.part} that {stands} to {reached.place[0][0]} does what no action does: {sorted(changes)}"


@cache
def _steps(state: Handing) -> tuple[tuple[str, Handing], ...]:
    return tuple(SYSTEM.steps(state))


def mapped(extracted: Extracted, meanings: Reading) -> Iterator[tuple[Step, str]]:
    """Each step, and the action that it is; empty for a stutter. Raises `Mismatch` at the first that is neither."""
    states = [as_model(extracted, number, meanings) for number in range(len(extracted.states))]
    if states[0] != initial(extracted.size.capacity, extracted.size.putters, extracted.size.getters):
        raise Mismatch(extracted, extracted.steps[0], f"the code begins in {states[0]}")
    for step in extracted.steps:
        before, after = states[step.before], states[step.after]
        if before == after:
            yield step, ""
            continue
        part = "" if step.stand is None else step.stand.part
        names = [name for name, then in _steps(before) if part and then == after and is_of(part, name)]
        if not names:
            raise Mismatch(extracted, step, f"no action of the model leads from {before} to {after}")
        yield step, names[0]


def as_model(extracted: Extracted, number: int, meanings: Reading) -> Handing:
    """A state of the code as the model writes it; threads that have not begun are outside."""
    stands = [(stand.part, meanings[stand]) for stand in extracted.states[number].stands]
    groups = {part: Counter(meaning.role for other, meaning in stands if other == part) for part in (PUTTER, GETTER)}
    groups[PUTTER][OUTSIDE] += extracted.size.putters - groups[PUTTER].total()
    groups[GETTER][OUTSIDE] += extracted.size.getters - groups[GETTER].total()
    return written(look(extracted, number), groups, [meaning.turn for _, meaning in stands])
