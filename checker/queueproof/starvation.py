"""Starvation on the real code: a circle that fair threads may follow for ever while one waits and is never served.

Explored without symmetry, because a circle must say who acts in it. Wake-up is in order of arrival and each thread that
can always step does so, and yet the monitor lets a getter starve: whoever barges in takes the item that it was woken
for. In a queue that serves in order of arrival a getter is overtaken by at most C - 1 others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from queueproof.extraction import Extracted, Size, Step, extract
from queueproof.in_order import InOrderQueue
from queueproof.places import ASLEEP, GETTER, WOKEN
from queueproof.unbounded.theorem import ANY, EXHAUSTED, FIFO, REFUTED, Finding, Theorem
from treadle.properties.progress import Edge, Lasso, livelock


def served(extracted: Extracted, step: Step) -> bool:
    """Does a getter take an item in this step?"""
    fewer = extracted.states[step.after].length < extracted.states[step.before].length
    return fewer and step.stand is not None and step.stand.part == GETTER


def getters(extracted: Extracted) -> list[int]:
    """The threads that get."""
    return sorted({step.choice[0] for step in extracted.steps if step.stand and step.stand.part == GETTER})


def waits(extracted: Extracted, number: int, thread: int) -> bool:
    """Has the thread begun to wait, and has not gone on since?"""
    stand = extracted.states[number].of(thread)
    return stand is not None and stand.where in (ASLEEP, WOKEN)


def lasso(extracted: Extracted, victim: int) -> Lasso | None:
    """A fair circle in which that getter is never served; the one that is entered first."""
    enabled: dict[int, set[int]] = defaultdict(set)
    for step in extracted.steps:
        enabled[step.before].add(step.choice[0])
    edges = [edge for edge, step in _edges(extracted) if not (step.choice[0] == victim and served(extracted, step))]
    return livelock(edges, lambda number: enabled[number])


def _edges(extracted: Extracted) -> Iterator[tuple[Edge, Step]]:
    for step in extracted.steps:
        yield (step.before, step.after, step.choice[0]), step


def told(extracted: Extracted, found: Lasso, victim: int) -> list[str]:
    """The circle in words, one line a step."""
    steps = dict(_edges(extracted))
    return [_told(extracted, steps[edge], victim) for edge in found.cycle]


def _told(extracted: Extracted, step: Step, victim: int) -> str:
    who = "the starving getter" if step.choice[0] == victim else "a getter"
    if step.stand is None:
        return "the main thread goes on"
    if step.stand.part != GETTER:
        who = "a putter"
    before, after = extracted.states[step.before], extracted.states[step.after]
    looks = " looks again and" if step.stand.where == WOKEN else ""
    stand = after.of(step.choice[0])
    if after.length != before.length:
        told = f"{who}{looks} {'puts' if after.length > before.length else 'gets'} an item"
    elif stand is not None and stand.where == ASLEEP:
        told = f"{who}{looks} falls asleep"
    else:
        told = f"{who} goes on"
    woken = [name for name, stand in after.by_thread() if stand.where == WOKEN and _slept(extracted, step, name)]
    return told + (" and wakes the starving getter" if victim in woken else " and wakes another" if woken else "")


def _slept(extracted: Extracted, step: Step, thread: int) -> bool:
    stand = extracted.states[step.before].of(thread)
    return stand is not None and stand.where == ASLEEP


def most_overtakings(extracted: Extracted, victim: int) -> int | None:
    """How many others may be served, at most, from when the getter began to wait until it is; None: no bound."""
    import networkx

    graph = networkx.MultiDiGraph()
    for (source, target, _), step in _edges(extracted):
        if waits(extracted, source, victim) and waits(extracted, target, victim):
            graph.add_edge(source, target, served=int(served(extracted, step)))
    parts = networkx.condensation(networkx.DiGraph(graph))
    inside = parts.graph["mapping"]
    weights: dict[tuple[int, int], int] = {}
    for source, target, gets in graph.edges(data="served"):
        pair = (inside[source], inside[target])
        if pair[0] == pair[1] and gets:
            return None
        weights[pair] = max(weights.get(pair, 0), gets)
    most: dict[int, int] = {}
    for part in reversed(list(networkx.topological_sort(parts))):
        most[part] = max((weights[part, after] + most[after] for after in parts.successors(part)), default=0)
    return max(most.values(), default=0)


@dataclass(frozen=True)
class Starves:
    """Some getter of that queue can starve, although wake-up is FIFO and every thread fair."""

    kind: str
    size: Size
    engine: str = field(default="treadle", init=False)

    @property
    def name(self) -> str:
        """What is shown."""
        return f"a getter of {self.kind} can starve, {self.size}"

    def check(self) -> Finding:
        """Show it: the circle is found, every thread steps in it, and it is closed."""
        extracted = extract(self.kind, self.size, symmetry=False)
        for victim in getters(extracted):
            found = lasso(extracted, victim)
            if found is not None and fair_to_all(extracted, found) and most_overtakings(extracted, victim) is None:
                circle = "; ".join(told(extracted, found, victim))
                return Finding(True, states=len(extracted.states), detail=f"for ever: {circle}")
        return Finding(False, states=len(extracted.states), detail="no getter can starve")


def fair_to_all(extracted: Extracted, found: Lasso) -> bool:
    """Does every thread take part in the circle, and does the circle close?"""
    threads = {thread for thread, _ in extracted.states[found.entry].by_thread()}
    closed = found.cycle[0][0] == found.cycle[-1][1] == found.entry
    joined = all(one[1] == other[0] for one, other in zip(found.cycle, found.cycle[1:], strict=False))
    return closed and joined and threads <= {thread for _, _, thread in found.cycle}


@dataclass(frozen=True)
class Serves:
    """No getter of that queue is overtaken by more than C - 1 others once it waits, and by so many it can be."""

    kind: str
    size: Size
    engine: str = field(default="treadle", init=False)

    @property
    def name(self) -> str:
        """What is shown."""
        return f"a getter of {self.kind} is overtaken by at most {self.size.getters - 1}, {self.size}"

    def check(self) -> Finding:
        """Show it."""
        extracted = extract(self.kind, self.size, symmetry=False)
        found = {most_overtakings(extracted, victim) for victim in getters(extracted)}
        if any(lasso(extracted, victim) for victim in getters(extracted)):
            return Finding(False, states=len(extracted.states), detail="a getter can starve")
        if None in found or max(most for most in found if most is not None) != self.size.getters - 1:
            return Finding(False, states=len(extracted.states), detail=f"overtaken by {found}")
        return Finding(True, states=len(extracted.states), detail=f"overtaken by at most {self.size.getters - 1}")


def theorems() -> Iterator[Theorem]:
    """The theorems of this subject."""
    yield Theorem(
        "starvation-on-real-code",
        "With FIFO wake-up, and though every thread takes steps for ever, a getter of MonitorQueue and one of "
        "queue.Queue can wait for ever: others barge in.",
        REFUTED,
        (Starves("MonitorQueue", Size(1, 2, 1)), Starves("queue.Queue", Size(1, 2, 1))),
        (FIFO, ANY),
    )
    yield Theorem(
        "in-order-bounds-overtaking",
        "Where getters are served in the order in which they came, nobody who waits is overtaken by more than C - 1 "
        "others, and no getter starves.",
        EXHAUSTED,
        tuple(Serves(InOrderQueue.__name__, size) for size in (Size(1, 2, 1), Size(2, 2, 2), Size(1, 3, 1))),
        (FIFO,),
    )
