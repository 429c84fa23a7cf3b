"""Busy-waiting: a cycle in which threads keep stepping and nothing ever changes.

Judged on the graph without symmetry (an edge of a quotient permutes threads, so fairness would be misjudged; Emerson
and Sistla 1996). A livelock is a strongly connected part of the graph of *quiet* transitions, those that change nothing
that is shared, which a weakly fair scheduler may never leave: each thread steps within it, or is disabled somewhere in
it. If a part fails that because some thread is enabled throughout and never steps in it, every smaller part does too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

Edge = tuple[int, int, int]
"""From, to, thread."""


@dataclass(frozen=True)
class Lasso:
    """A cycle: the state in which it begins, and the edges that lead around it."""

    entry: int
    cycle: tuple[Edge, ...]


def quiet_cycle(edges: Sequence[Edge]) -> bool:
    """Is there a cycle of transitions that change nothing that is shared?"""
    if all(source < target for source, target, _ in edges):
        return False  # the states are numbered as they were found: whoever goes round must come back
    order: TopologicalSorter[int] = TopologicalSorter()
    for source, target, _ in edges:
        order.add(target, source)
    try:
        order.prepare()
    except CycleError:
        return True
    return False


def _parts(edges: Sequence[Edge]) -> list[set[int]]:
    """The strongly connected parts, in the order in which their first states were found."""
    if not edges:
        return []
    import networkx  # slow to import, and seldom needed

    graph = networkx.DiGraph((source, target) for source, target, _ in edges)
    return sorted(networkx.strongly_connected_components(graph), key=min)


def livelock(edges: Sequence[Edge], enabled: Callable[[int], Iterable[int]]) -> Lasso | None:
    """A fair quiet cycle, if there is one; the one that is entered first. `enabled` gives the threads by state."""
    for part in _parts(edges):
        inside = [edge for edge in edges if edge[0] in part and edge[1] in part]
        if not inside:
            continue
        stepping = {thread for _, _, thread in inside}
        always = set.intersection(*(set(enabled(state)) for state in part))
        if always <= stepping:
            return _lasso(min(part), inside, always)
    return None


def _lasso(entry: int, inside: list[Edge], must_step: set[int]) -> Lasso:
    """A closed walk from `entry` in which each of the threads steps."""
    import networkx

    graph: Any = networkx.DiGraph()
    by_pair: dict[tuple[int, int], int] = {}
    by_thread: dict[int, list[Edge]] = defaultdict(list)
    for source, target, thread in inside:
        graph.add_edge(source, target)
        by_pair.setdefault((source, target), thread)
        by_thread[thread].append((source, target, thread))
    walk: list[Edge] = []
    here = entry

    def go(goal: int) -> None:
        nonlocal here
        nodes = networkx.shortest_path(graph, here, goal)
        walk.extend((a, b, by_pair[a, b]) for a, b in pairwise(nodes))
        here = goal

    for thread in sorted(must_step):
        if any(edge[2] == thread for edge in walk):
            continue
        edge = min(by_thread[thread], key=lambda e: len(networkx.shortest_path(graph, here, e[0])))
        go(edge[0])
        walk.append(edge)
        here = edge[1]
    if not walk:
        edge = min(e for e in inside if e[0] == entry)
        walk.append(edge)
        here = edge[1]
    go(entry)
    return Lasso(entry, tuple(walk))
