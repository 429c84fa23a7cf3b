"""Explicit-state exploration: every reachable state once, breadth first.

    take the next state; for each choice in it, step; judge; if the state that it leads to is new, remember it

A step depends only on the acting thread's local part and the shared part, so its effect is recorded once and looked up
in every other state that agrees on both. Real code runs only for a pair never seen before. Breadth first makes the
first counterexample a shortest one.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from types import FunctionType

from treadle.kernel.execution import CLOCK, TICK, Choice, Diverged, Execution, Failure, is_globals
from treadle.kernel.graph import SHARED, Graph, owners, reachable
from treadle.kernel.shapes import Shapes
from treadle.kernel.visible import Access, Location, Locksets, Visible
from treadle.kernel.walk import Walker
from treadle.properties.states import lost_wakeup
from treadle.sandbox.importer import Sandbox
from treadle.strategies.compositions import Compositions
from treadle.strategies.store import Effect, Forms, Key, State
from treadle.strategies.worlds import World, Worlds, by_number
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.trace import Place

HARVEST = 40
"""After a location turns out to be unprotected, so many more recorded steps are made before the restart: it may show
more of them at once."""

EffectKey = tuple[int, int, str, bool]
Progress = Callable[[int, int, int, int], None]


@dataclass
class Found:
    """A violation: the state in which it shows, and the choice that brings it about (None: the state itself)."""

    state: State
    choice: Choice | None
    failures: tuple[Failure, ...] = ()


@dataclass
class Exploration:
    """What was explored, and what was found."""

    states: list[State] = field(default_factory=list)
    transitions: int = 0
    found: list[Found] = field(default_factory=list)
    quiet: dict[tuple[int, int, int], Choice] = field(default_factory=dict)
    """Transitions that change nothing that is shared: from, to, thread; and the choice."""
    bound: str = ""
    """The bound that was hit; empty if the search is complete."""
    unseen: set[str] = field(default_factory=set)
    """What could not be seen, so that states were not merged."""
    stuck: Place | None = None
    diverged: str = ""
    restarts: int = 0
    races: dict[object, State] = field(default_factory=dict)
    """Where two threads touch one place at once, one of them writing; and the first state in which they do."""
    left_locked: State | None = None
    """The first end at which a plain lock is still held."""


class _Grown(Exception):  # noqa: N818
    """More became visible: start again."""


class _Bound(Exception):  # noqa: N818
    """A bound was hit."""


class Explorer:
    """Explores one program.

    `judge` is asked about every new state whether it is a violation in itself (a deadlock...).
    """

    def __init__(self, sandbox: Sandbox, program: Program, options: Options, progress: Progress | None = None) -> None:
        self.sandbox, self.program, self.options, self.progress = sandbox, program, options, progress
        self.shapes = Shapes()
        self.forms = Forms(self.shapes)
        self.visible = Visible()
        self.locksets = Locksets()
        self.worlds = Worlds(self.forms, self._execution)
        self.started = time.monotonic()
        self.exploration = Exploration()
        self.most_threads = 0

    def _execution(self) -> Execution:
        return Execution(self.sandbox, self.program, self.options, self.shapes, self.visible)

    # -- the search -------------------------------------------------------------------------------------------------

    def explore(self) -> Exploration:
        """Explore until nothing new can become visible any more, or a bound is hit."""
        restarts = 0
        enabled = gc.isenabled()
        gc.disable()
        try:
            while True:
                self.exploration = Exploration(restarts=restarts)
                try:
                    self._explore_once()
                except _Grown:
                    restarts += 1
                    self.worlds.close()
                    self.visible = self.visible.grown(self.locksets.unprotected(), self._observed)
                    continue
                except _Bound as bound:
                    self.exploration.bound = str(bound)
                except Diverged as diverged:
                    self.exploration.diverged = str(diverged)
                return self.exploration
        finally:
            if enabled:
                gc.enable()

    def _explore_once(self) -> None:
        self._table: dict[EffectKey, Effect] = {}
        self._compositions = Compositions(self.forms)
        self._seen: dict[Key, State] = {}
        self._observed: set[Location] = set()
        self._asleep: dict[object, bool] = {}
        self._harvest: int | None = None
        frontier: deque[State] = deque()
        self._enter(self._initial(), frontier)
        while frontier and not self._done():
            state = frontier.popleft()
            for choice in self.choices(state):
                self._check_bounds(len(frontier))
                reached = self._enter(self._step(state, choice), frontier)
                self._note_edge(state, reached, choice)
                if self._done():
                    return
            self.worlds.drop(state)
        if self._harvest is not None:
            raise _Grown

    def _enter(self, reached: State, frontier: deque[State]) -> State:
        """Judge a state that has just been reached, and remember it if it is new."""
        exploration = self.exploration
        if reached.number < 0:
            reached.number = len(exploration.states)
            exploration.states.append(reached)
            frontier.append(reached)
            self._judge(reached)
        return reached

    def _judge(self, state: State) -> None:
        """Is the state a violation in itself?"""
        place = self.forms.race(state.key) if self.visible.locations and state.key is not None else None
        if place is not None and place not in self.exploration.races:
            self.exploration.races[place] = state
            if self.options.races:
                self.exploration.found.append(Found(state, None))
        if self.exploration.stuck is not None:
            return
        ends = not self.choices(state)
        if (ends and (self.unfinished(state) or self._leaks(state))) or self._lost_wakeup(state):
            self.exploration.found.append(Found(state, None))

    def _leaks(self, state: State) -> bool:
        """Does a thread that has finished hold a lock that nobody else can release? (One that others can is noted.)"""
        left = self.forms.left_locked(state.key) if state.key is not None else set()
        if True in left and self.exploration.left_locked is None:
            self.exploration.left_locked = state
        return False in left

    def _lost_wakeup(self, state: State) -> bool:
        """Do all that are inside a call to a watched object wait for a signal that will not come? What is shared,
        and where those threads stand, decides; so one look at a real execution serves all states that agree."""
        if state.key is None:
            asleep: object = state.number
        else:
            shared, locals_ = state.key
            calling = tuple(local for local in locals_ if self.forms.calls(local))
            if not calling or not all(self.forms.waits_for_signal(shared, local) for local in calling):
                return False
            asleep = (shared, calling)
        if asleep not in self._asleep:
            world = self.worlds.at(state)
            self._asleep[asleep] = bool(lost_wakeup(world.execution))
            self.worlds.keep(state, world)
        return self._asleep[asleep]

    def _done(self) -> bool:
        """Is there nothing more to look for? If so while more must become visible, the search starts again: what
        was found is real, but perhaps not the shortest."""
        exploration = self.exploration
        if self._harvest is not None and (self._harvest <= 0 or exploration.found or exploration.stuck):
            raise _Grown
        return bool(exploration.stuck or (exploration.found and not self.options.go_on))

    def choices(self, state: State) -> list[Choice] | tuple[Choice, ...]:
        """Everything that can happen next in a state."""
        if state.choices is not None:
            return state.choices
        assert state.key is not None
        return self.forms.choices(state.key, state.threads)

    def unfinished(self, state: State) -> tuple[int, ...]:
        """The threads that must still finish."""
        return state.unfinished if state.key is None else self.forms.unfinished(state.key, state.threads)

    def _check_bounds(self, frontier: int) -> None:
        exploration, options, worlds = self.exploration, self.options, self.worlds
        exploration.transitions += 1
        if len(exploration.states) > options.max_states:
            raise _Bound(f"more than {options.max_states} states")
        if worlds.executions > options.max_executions:
            raise _Bound(f"more than {options.max_executions} executions")
        if exploration.transitions % 64 == 0:
            if time.monotonic() - self.started > options.max_seconds:
                raise _Bound(f"more than {options.max_seconds:g} seconds")
            if self.progress is not None and exploration.transitions % 512 == 0:
                self.progress(len(exploration.states), exploration.transitions, frontier, worlds.executions)

    # -- steps ------------------------------------------------------------------------------------------------------

    def _initial(self) -> State:
        execution = self.worlds.begin()
        self._learn(execution, _on_shared(execution, *execution.picture()))
        state, world = self._state_of(execution, None, None)
        self._failed(state, None, execution.failures)
        return self._remember(state, world)

    def _step(self, state: State, choice: Choice) -> State:
        """The state that a choice leads to."""
        if state.key is None or choice[0] == CLOCK or not self.options.table:
            return self._real_step(state, choice)
        shared, locals_ = state.key
        place = state.threads.index(choice[0])
        if any(map(self.forms.derived, locals_)):
            return self._real_step(state, choice)  # it may change what another thread holds
        effect_key = (shared, locals_[place], choice[1], len(locals_) == 1)
        effect = self._table.get(effect_key)
        if effect is None:
            return self._record(state, choice, place, effect_key)
        effect.used += 1
        key, threads = self._compositions.apply(state.key, state.threads, place, effect, state.started)
        return self._reach(state, choice, effect, key, threads)

    def _reach(self, state: State, choice: Choice, effect: Effect, key: Key, threads: tuple[int, ...]) -> State:
        """The state with that key, which a recorded effect leads to."""
        return self._remember(State(-1, key, threads, state.started + len(effect.spawned), state, choice))

    def _record(self, state: State, choice: Choice, place: int, effect_key: EffectKey) -> State:
        """Make the step for real and record its effect."""
        assert state.key is not None
        world = self.worlds.at(state)
        execution, before = world.execution, len(world.execution.controls)
        index = world.threads[place]
        self._make(execution, (index, choice[1]))
        graph, walker = execution.effect_picture(world.shared, index, before)
        if walker.hidden or execution.hidden_reason or execution.stuck:
            return self._look(state, choice, execution, [(access, True) for _, access in execution.accesses])
        if execution.meddled:
            return self._look(state, choice, execution, _on_shared(execution, *execution.picture(), world.shared))
        self._learn(execution, _on_shared(execution, graph, walker, world.shared))
        self._failed(state, choice, execution.failures)
        after = dict(graph.threads)
        spawned = range(before, len(execution.controls))
        effect = Effect(tuple(graph.nodes), graph.world, after.get(index), tuple(map(after.get, spawned)))
        if not (execution.failures or execution.counted):
            self._table[effect_key] = effect
        (key, threads), form = self._compositions.placed(state.key, state.threads, place, effect, state.started)
        reached = self._reach(state, choice, effect, key, threads)
        names = dict(zip(state.threads, world.threads, strict=True))
        names |= {state.started + offset: there for offset, there in enumerate(spawned)}
        there = tuple(names[thread] for thread in threads)
        self._keep(reached, World(execution, there, by_number(form, walker)))
        return reached

    def _real_step(self, state: State, choice: Choice) -> State:
        """Make the step for real and look at the whole state that it leads to."""
        world = self.worlds.at(state)
        execution = world.execution
        if choice[0] == CLOCK:
            self._make(execution, choice)
        else:
            self._make(execution, (world.threads[state.threads.index(choice[0])], choice[1]))
        return self._look(state, choice, execution, _on_shared(execution, *execution.picture(), world.shared))

    def _make(self, execution: Execution, choice: Choice) -> None:
        execution.accesses.clear()
        execution.failures.clear()
        execution.handed_over.clear()
        execution.counted = execution.meddled = False
        execution.step(choice)
        self.worlds.steps += 1

    def _look(self, state: State, choice: Choice, execution: Execution, accesses: list[tuple[Access, bool]]) -> State:
        """The state that a real step, just made, has led to."""
        self._learn(execution, accesses)
        self._failed(state, choice, execution.failures)
        return self._remember(*self._state_of(execution, state, choice))

    def _state_of(self, execution: Execution, parent: State | None, choice: Choice | None) -> tuple[State, World]:
        """The state in which an execution stands; one that cannot be seen whole is a state of its own."""
        graph, walker = execution.picture()
        started = len(execution.controls)
        self.exploration.stuck = self.exploration.stuck or execution.stuck
        hidden = execution.hidden_reason or walker.hidden
        if not hidden:
            form = self.forms.canonicalise(graph)
            key, threads = self.forms.placed(form)
            return State(-1, key, threads, started, parent, choice), World(execution, threads, by_number(form, walker))
        self.exploration.unseen.add(hidden)
        live = tuple(index for index, control in enumerate(execution.controls) if control.live)
        unfinished = tuple(i for i in live if not execution.controls[i].thread.daemon)
        choices = [(i, a) for i in live for a in execution.alternatives(i)]
        if walker.next_instant is not None:
            choices.append((CLOCK, TICK))
        state = State(-1, None, live, started, parent, choice, tuple(choices), unfinished)
        return state, World(execution, live, [])

    def _remember(self, state: State, world: World | None = None) -> State:
        """The state itself if it is new, else the equal one that is known."""
        if state.key is not None:
            state = self._seen.setdefault(state.key, state)
        if world is not None:
            self._keep(state, world)
        return state

    def _keep(self, state: State, world: World) -> None:
        if state.number < 0 and world.execution.stuck is None:
            self.worlds.keep(state, world)
        else:
            self.worlds.end(world.execution)

    # -- what steps teach -------------------------------------------------------------------------------------------

    def _learn(self, execution: Execution, accesses: list[tuple[Access, bool]]) -> None:
        """Take into account what a real step read, wrote and observed."""
        if self.sandbox.spoilt:
            self.sandbox.spoilt = False
            raise _Grown
        self.locksets.started(execution.kinds)
        self.most_threads = max(self.most_threads, len(execution.controls))
        for access, shared in accesses:
            self.locksets.record(access, shared)
        self._observed |= execution.discovered - self.visible.observed
        if self._harvest is not None:
            self._harvest -= 1
        elif self._observed or (accesses and self.locksets.unprotected() - self.visible.locations):
            self._harvest = HARVEST

    def _failed(self, state: State, choice: Choice | None, failures: list[Failure]) -> None:
        if failures:
            self.exploration.found.append(Found(state, choice, tuple(failures)))

    def _note_edge(self, state: State, reached: State, choice: Choice) -> None:
        """Remember a transition that changes nothing that is shared, while the program has not ended."""
        if state.key is None or reached.key is None or state.key[0] != reached.key[0]:
            return
        if self.unfinished(state):
            self.exploration.quiet.setdefault((state.number, reached.number, choice[0]), choice)


def _on_shared(
    execution: Execution, graph: Graph, walker: Walker, before: Sequence[object] = ()
) -> list[tuple[Access, bool]]:
    """The accesses of the last step, and whether others could reach the object: before it, or after it (by the graph),
    or when a thread that it started was given it (that thread may have come to its end since)."""
    roots = tuple(walker.index[id(obj)] for obj in before if id(obj) in walker.index)
    shape, refs = graph.world
    owner = owners(Graph(graph.nodes, (shape, refs + roots), graph.threads))
    reached = {id(obj) for obj, by in zip(walker.objects, owner, strict=True) if by == SHARED}
    reached.update(map(id, before))
    reached.update(map(id, execution.handed_over))
    accesses = [(_unless_kept(access, obj, graph, walker), obj) for obj, access in execution.accesses]
    return [(access, _public(obj) or id(obj) in reached) for access, obj in accesses]


def _unless_kept(access: Access, obj: object, graph: Graph, walker: Walker) -> Access:
    """The access; not late if its thread can still reach the object after the step: then so it could in between."""
    if access.late is None:
        return access
    holders = [node for index, node in graph.threads if index == access.late]
    kept = walker.index.get(id(obj)) in reachable(graph.nodes, holders)
    return replace(access, late=None) if kept else access


def _public(obj: object) -> bool:
    """Classes, functions, enumerations and the namespaces of modules are there for everyone."""
    return isinstance(obj, (type, FunctionType, Enum)) or is_globals(obj)
