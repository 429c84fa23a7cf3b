"""The bridge: every step of the real queue is one action of the concurrent model, or changes nothing that it sees.

For a table of configurations the whole state graph of the real code is extracted; each state is read as a state of
`queuespec.two_conditions`, and each step must be the action that belongs to the place where the acting thread stood.
The steps are also collected as rows: (where the thread stood, what it saw, what it did). From some size on no new row
appears, and the rows are those of the model, of which it is proved for all K, P and C that it has no others. That is
what carries the theorems without bounds over to the code; what is assumed is that in larger configurations, too, a step
depends on what was seen only (`reference-class` proves it for each critical section, from every state).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from queueproof.extraction import Extracted, Size, Step
from queueproof.places import ASLEEP, GETTER, NOTIFYING, OUTSIDE, PUTTER, WOKEN, Stand
from queuespec import environment as world
from queuespec import two_conditions as two
from queuespec.search import reachable
from queuespec.system import Action, action
from queuespec.two_conditions import Counters

ACTIONS: dict[tuple[str, str], tuple[Action, ...]] = {
    (PUTTER, OUTSIDE): (two.PUT_ENTER,),
    (PUTTER, WOKEN): (two.PUT_RECHECK,),
    (PUTTER, ASLEEP): (action(world.putter_sleeps, world.putter_wakes), two.PUT_RECHECK),
    (GETTER, OUTSIDE): (two.GET_ENTER,),
    (GETTER, WOKEN): (two.GET_RECHECK,),
    (GETTER, ASLEEP): (action(world.getter_sleeps, world.getter_wakes), two.GET_RECHECK),
}
"""What a thread does next, by where it stands; who sleeps can only wake by itself, and look again at once."""

CALLS = {PUTTER: "put", GETTER: "get"}

TABLE = tuple(Size(p, c, k) for p, c, k in (*product((1, 2, 3), (1, 2, 3), (1, 2, 3)), (4, 4, 2)))
"""The configurations that are explored."""


class Saw(NamedTuple):
    """All that a critical section asks about the queue."""

    empty: bool
    full: bool
    putter_sleeps: bool
    getter_sleeps: bool


class Row(NamedTuple):
    """One kind of step: where the thread stood, what it saw, and what it did, in the code's own places."""

    stood: Stand
    alternative: str
    saw: Saw
    items: int
    left: tuple[Stand, ...]
    """The places, besides its own, that were left: who was woken."""
    taken: tuple[Stand, ...]
    """The places that were taken, by itself and by those that it woke."""


class ModelRow(NamedTuple):
    """One kind of step of the model: the action, what it saw, and by how much each counter changed."""

    action: str
    saw: Saw
    change: tuple[int, ...]


def saw(s: Counters) -> Saw:
    """What a thread that looks in this state can find out."""
    return Saw(s.length == 0, s.length == s.capacity, s.waiting_putters > 0, s.waiting_getters > 0)


@dataclass(frozen=True)
class Mapped:
    """A step of the real code as the model sees it: the states, and the action, None for a stutter."""

    step: Step
    before: Counters
    after: Counters
    action: str | None


class Mismatch(Exception):  # noqa: N818 - a finding
    """A step of the real code that is no action of the model."""

    def __init__(self, extracted: Extracted, step: Step, told: str) -> None:
        super().__init__(f"{extracted.size}: {told}")
        self.extracted, self.step = extracted, step


def whole_sections(extracted: Extracted) -> Iterator[Step]:
    """The steps; those that together make one critical section, because a notify has a choice, as one."""
    following: dict[int, list[Step]] = {}
    for step in extracted.steps:
        following.setdefault(step.before, []).append(step)

    def ends(number: int) -> Iterator[int]:
        if not extracted.states[number].notifying:
            yield number
            return
        for step in following[number]:
            if step.stand is not None and step.stand.where == NOTIFYING:
                yield from ends(step.after)

    for step in extracted.steps:
        if extracted.states[step.before].notifying:
            if (step.stand is None or step.stand.where != NOTIFYING) and not extracted.states[step.after].notifying:
                raise Mismatch(extracted, step, "somebody broke into a critical section")
            continue
        for after in ends(step.after):
            yield Step(step.before, step.stand, step.alternative, after, step.choice)


def mapped(extracted: Extracted) -> Iterator[Mapped]:
    """Every step as one action of the model or as a stutter. Raises `Mismatch` at the first that is neither."""
    for step in whole_sections(extracted):
        before, after = extracted.counters(step.before), extracted.counters(step.after)
        if (step.before, step.choice) in extracted.failed:
            raise Mismatch(extracted, step, f"{_told(step)} ends in an exception, from {before}")
        stutters = step.stand is None or CALLS[step.stand.part] not in (name for name, _ in step.stand.place)
        if stutters and before == after:
            yield Mapped(step, before, after, None)
            continue
        name = None if stutters else _action(step, before, after)
        if name is None:
            raise Mismatch(extracted, step, f"{_told(step)} leads from {before} to {after}, which no action does")
        yield Mapped(step, before, after, name)


def _action(step: Step, before: Counters, after: Counters) -> str | None:
    assert step.stand is not None
    state, names = before, []
    for each in ACTIONS[step.stand.part, step.stand.where]:
        if not each.guard(state):
            return None
        state = each.effect(state)
        names.append(each.name)
    return ", ".join(names) if state == after else None


def _told(step: Step) -> str:
    if step.stand is None:
        return "a step of the thread that starts the others"
    functions = " in ".join(name for name, _ in step.stand.place[:1])
    return f"a step of a {step.stand.part} ({step.stand.where}, in {functions})"


def rows(extracted: Extracted) -> tuple[set[Row], set[ModelRow]]:
    """The kinds of step that occur, in the code's places and in the model's. Raises `Mismatch`."""
    found, of_model = set(), set()
    for each in mapped(extracted):
        step = each.step
        if step.stand is None:
            continue
        before, after = extracted.states[step.before], extracted.states[step.after]
        others = Counter(before.stands)
        others[step.stand] -= 1
        now = Counter(after.stands)
        left, taken = sorted((others - now).elements()), sorted((now - others).elements())
        items = after.length - before.length
        sight = saw(each.before)
        found.add(Row(step.stand, step.alternative, sight, items, tuple(left), tuple(taken)))
        if each.action is not None:
            change = tuple(b - a for a, b in zip(each.before, each.after, strict=True))
            of_model.add(ModelRow(each.action, sight, change))
    return found, of_model


def model_rows(sizes: Iterable[Size]) -> set[ModelRow]:
    """The kinds of step of the model itself, in these configurations."""
    found = set()
    for size in sizes:
        for state in reachable(two.SYSTEM, [two.initial(size.capacity, size.putters, size.getters)]):
            for name, after in two.SYSTEM.steps(state):
                change = tuple(b - a for a, b in zip(state, after, strict=True))
                found.add(ModelRow(name, saw(state), change))
    return found
