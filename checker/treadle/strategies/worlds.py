"""Real executions, brought to the state that is asked for.

A world is an execution standing in a known state, with its shared objects in the order of their numbers. One that has
just made a step stands in the next state and is kept for a while; otherwise a new execution replays the choices that
lead there, and what it arrives at must look exactly as the stored state does: anything else is nondeterminism.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from treadle.kernel.execution import Diverged, Execution
from treadle.kernel.walk import Walker
from treadle.sandbox import runtime
from treadle.strategies.compositions import Compositions
from treadle.strategies.difference import difference
from treadle.strategies.store import Forms, Key, State

KEPT = 64
"""How many worlds are kept alive."""
COLLECT_EVERY = 100
"""After so many ended executions their remains are collected."""


@dataclass(slots=True, eq=False)
class World:
    """An execution in a known state."""

    execution: Execution
    threads: tuple[int, ...]
    """The index, in this execution, of the thread at each place of the state's key."""
    shared: list[Any]
    """The shared objects, by number."""


class Worlds:
    """Gives a world in any state that has been reached."""

    def __init__(self, forms: Forms, compositions: Compositions, begin: Callable[[], Execution]) -> None:
        self._forms, self._compositions, self._begin = forms, compositions, begin
        self._kept: OrderedDict[Key | State, World] = OrderedDict()
        self._ended = 0
        self.followed = True
        """Must accesses be looked at where they have all happened before?"""
        self.executions = 0
        self.steps = 0
        self.reasons: list[str] = []
        """Why the program is not deterministic, as far as it was seen."""
        self.doubts: list[str] = []
        """What was given up."""

    def begin(self, learning: bool = True) -> Execution:
        """A new execution, with every thread at its first scheduling point."""
        self.executions += 1
        execution = self._begin()
        execution.learning, execution.followed = learning, self.followed
        execution.begin()
        return execution

    def at(self, state: State) -> World:
        """A world in that state; it is the caller's to step, and to keep or end."""
        world = self._kept.pop(state.key or state, None)
        return world if world is not None else self._replay(state)

    def _replay(self, state: State) -> World:
        execution = self.begin(learning=False)
        try:
            for choice in state.path():
                execution.step(choice)
                self.steps += 1
        except Diverged:
            self.end(execution)
            raise
        execution.learning = True
        return self._standing(execution, state)

    def lead(self, world: World, way: Sequence[State]) -> World:
        """The world, which stands in the first state, led to the last; nothing is learned on the way.

        Each step must do what is known of it. Where that tells no numbers, the state at the end must be the last one.
        """
        execution = world.execution
        names = dict(zip(way[0].threads, world.threads, strict=True))
        shared: list[Any] | None = world.shared
        execution.learning, execution.followed = False, self.followed
        try:
            for before, after in pairwise(way):
                started = len(execution.controls)
                execution.step((names[before.threads[after.place]], after.alternative))
                self.steps += 1
                if shared is not None:
                    shared = self._shared_after(execution, before, after, names, shared, started)
                names |= {before.started + n: started + n for n in range(after.started - before.started)}
        except Diverged:
            self.end(execution)
            raise
        execution.learning = True
        if shared is None:
            return self._standing(execution, way[-1])
        return World(execution, tuple(names[thread] for thread in way[-1].threads), shared)

    def _shared_after(
        self, execution: Execution, before: State, after: State, names: dict[int, int], shared: list[Any], started: int
    ) -> list[Any] | None:
        """The shared objects, by number, after a step that did what it should; None if that does not tell."""
        assert before.key is not None and after.effect is not None
        effect = after.effect
        numbers = self._compositions.numbers(before.key, after.place, effect)
        if numbers is None:
            return None
        graph, walker = execution.effect_picture(shared, names[before.threads[after.place]], started)
        did = tuple(graph.nodes), graph.world, dict(graph.threads).get(names[before.threads[after.place]])
        if walker.hidden or did != (effect.nodes, effect.world, effect.acting):
            return None
        return by_number(numbers, walker)

    def _standing(self, execution: Execution, state: State) -> World:
        """The world of an execution that must stand in that state."""
        graph, walker = execution.picture()
        if state.key is None:
            return World(execution, state.threads, [])
        form = self._forms.canonicalise(graph)
        key, threads = self._forms.placed(form)
        if key != state.key:
            self.end(execution)
            what = difference(self._forms, state.key, key)
            raise Diverged(f"the same choices led to a different state: {what}")
        return World(execution, threads, by_number(form.numbers, walker))

    def keep(self, state: State, world: World) -> None:
        """Keep the world, which stands in that state."""
        known = state.key or state
        if known in self._kept:
            self.end(world.execution)
            return
        self._kept[known] = world
        if len(self._kept) > KEPT:
            self.end(self._kept.popitem(last=False)[1].execution)

    def drop(self, state: State) -> None:
        """The state has been expanded: its world is of no more use."""
        world = self._kept.pop(state.key or state, None)
        if world is not None:
            self.end(world.execution)

    def end(self, execution: Execution) -> None:
        """End an execution and, from time to time, collect what is left of those before."""
        self.reasons += [r for r in execution.nondeterministic_reasons if r not in self.reasons]
        self.doubts += [d for d in execution.every_doubt() if d not in self.doubts]
        execution.kill()
        self._ended += 1
        if self._ended % COLLECT_EVERY == 0:
            collect()

    def close(self) -> None:
        """End all that are kept. What is begun after that may have other scheduling points."""
        self.followed = True
        while self._kept:
            self.end(self._kept.popitem()[1].execution)
        collect()


def by_number(numbers: Mapping[int, int], walker: Walker) -> list[Any]:
    """The shared objects in the order of their numbers, which are given by their places in the picture."""
    shared: list[Any] = [None] * len(numbers)
    for index, number in numbers.items():
        shared[number] = walker.objects[index]
    return shared


def collect(youngest: bool = True) -> None:
    """Collect the remains of ended executions."""
    assert runtime.current is None
    with quiet_finalisers():
        gc.collect(0 if youngest else 2)


@contextmanager
def quiet_finalisers() -> Iterator[None]:
    """Finalisers of the code under check that run within the block, outside of any execution, say nothing."""
    hook = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = hook
