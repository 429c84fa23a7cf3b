"""Explicit-state exploration: every reachable state once, breadth first.

    take the next state; for each move in it, step; judge; if the state that it leads to is new, remember it

How a step is made is `treadle.strategies.steps`, and which are made without a choice `treadle.strategies.alone`.
Breadth first makes the first counterexample a shortest one, if no step on the way was made without a choice.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from treadle.kernel.execution import CLOCK, Choice, Diverged
from treadle.kernel.visible import Locksets, Visible
from treadle.properties.states import lost_wakeup
from treadle.sandbox.importer import Sandbox
from treadle.strategies import levels
from treadle.strategies.alone import AloneFirst
from treadle.strategies.cutting import Hands
from treadle.strategies.steps import Found, Grown, Taught
from treadle.strategies.store import State
from treadle.strategies.tables import GivenBack
from treadle.vocabulary.options import Options, Program

__all__ = ["Exploration", "Explorer", "Found", "Progress"]

Progress = Callable[[int, int, int, int, int], None]
"""Is told the numbers of states, transitions, states to expand, executions, and transitions that were made for real."""


@dataclass
class Exploration(Taught):
    """What was explored, and what was found."""

    states: Sequence[State] = field(default_factory=list)
    transitions: int = 0
    quiet: dict[tuple[int, int, int], str] = field(default_factory=dict)
    """Transitions that change nothing that is shared: from, to, the place that acts; and the alternative."""
    bound: str = ""
    """The bound that was hit; empty if the search is complete."""
    diverged: str = ""
    restarts: int = 0
    fingerprinted: int = 0
    """How many states were told apart by their fingerprints only."""
    races: dict[object, State] = field(default_factory=dict)
    """Where two threads touch one place at once, one of them writing; and the first state in which they do."""
    left_locked: State | None = None
    """The first end at which a plain lock is still held."""

    def quiet_edges(self) -> dict[tuple[int, int, int], Choice]:
        """The transitions that change nothing that is shared: from, to, the thread that acts; and the choice."""
        edges = {}
        for (source, target, place), alternative in self.quiet.items():
            choice = self.states[source].choice_at(place, alternative)
            edges[source, target, choice[0]] = choice
        return edges


class _Bound(Exception):  # noqa: N818
    """A bound was hit."""


class Unexplained(Exception):  # noqa: N818
    """A monitor has found a violation, or somebody else has, with the calls of the acting thread alone: those of others
    may explain what was seen, so the search starts again with all of them."""


class Explorer(AloneFirst):
    """Explores one program."""

    def __init__(self, sandbox: Sandbox, program: Program, options: Options, progress: Progress | None = None) -> None:
        super().__init__(sandbox, program, options)
        self.progress = progress
        self.record: Callable[[State, Choice, State], None] | None = None
        """Is told of every transition: from which state, by which choice, to which."""
        self.hands: Hands | None = None
        """Who else steps large levels."""
        self.started = time.monotonic()
        self.exploration = Exploration()

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
                except _Bound as bound:
                    self.exploration.bound = str(bound)
                except Unexplained:
                    restarts += 1
                    self.worlds.close()
                    self.visible, self.locksets = Visible(), Locksets()
                    continue
                except (Grown, Diverged) as ended:
                    if isinstance(ended, Grown) or self.harvest is not None:  # threads looked alike that do not
                        restarts += 1
                        self.worlds.close()
                        self.visible = self.visible.grown(self.locksets.unprotected(), self.observed)
                        continue
                    self.exploration.diverged = str(ended)
                self._finish_audit()
                return self.exploration
        finally:
            if enabled:
                gc.enable()

    def _explore_once(self) -> None:
        self.forget(self.exploration)
        self._asleep: dict[object, bool] = {}
        self._at_once = self.options.vectorised
        frontier: list[State] = []
        self._enter(self.run_on(self.initial()), frontier)
        while frontier and not self._done():
            frontier = self._level(frontier)
        if self.harvest is not None:
            raise Grown

    def _level(self, level: list[State]) -> list[State]:
        """Step every state of one level in every way: the states of the next."""
        if self._at_once and len(level) >= levels.WORTH_IT and levels.plain(self):
            level = self._levels(level)
        frontier: list[State] = []
        for left, state in enumerate(level, 1 - len(level)):
            for place, alternative in self.moves(state):
                self._check_bounds(len(frontier) - left)
                reached = self.step(state, place, alternative)
                if reached.number < 0:
                    reached = self._enter(self.run_on(reached), frontier)
                self._note_edge(state, reached, place, alternative)
                if self.record is not None:
                    self.record(state, state.choice_at(place, alternative), reached)
                if self._done():
                    return []
            self.worlds.drop(state)
        return frontier

    def _finish_audit(self) -> None:
        try:
            self.audit.finish()
        except Diverged as diverged:
            self.exploration.diverged = self.exploration.diverged or str(diverged)

    def _levels(self, level: list[State]) -> list[State]:
        """Step whole levels at once, to the end or to a level that has to be stepped state by state."""
        try:
            vectorised = levels.Levels(self, level)
        except GivenBack:  # the tables would be too large
            self._at_once = False
            return level
        try:
            vectorised.search()
        except GivenBack:
            return vectorised.given_back()
        return []

    def _enter(self, reached: State, frontier: list[State]) -> State:
        """Judge a state that has just been reached, and remember it if it is new."""
        if reached.number < 0:
            states = self.exploration.states
            assert isinstance(states, list)
            reached.number = len(states)
            states.append(reached)
            frontier.append(reached)
            self._judge(reached)
        return reached

    def _judge(self, state: State) -> None:
        """Is the state a violation in itself?"""
        exploration = self.exploration
        if self.visible.locations and state.key is not None:
            place = self.forms.race(state.key)
            if place is not None and place not in exploration.races:
                exploration.races[place] = state
                if self.options.races:
                    exploration.found.append(Found(state, None))
        if exploration.stuck is not None:
            return
        ends = not state.moves if state.key is None else self.forms.ends(state.key)
        if (ends and (self.unfinished(state) or self._leaks(state))) or (self.monitored and self._lost_wakeup(state)):
            exploration.found.append(Found(state, None))

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
        if exploration.found and self.monitored and self.visible.own_calls:
            raise Unexplained
        if self.harvest is not None and (self.harvest <= 0 or exploration.found or exploration.stuck):
            raise Grown
        return bool(exploration.stuck or (exploration.found and not self.options.go_on))

    def choices(self, state: State) -> Sequence[Choice]:
        """Everything that can happen next in a state, by threads."""
        return [state.choice_at(place, alternative) for place, alternative in self.moves(state)]

    def _check_bounds(self, frontier: int) -> None:
        exploration, options = self.exploration, self.options
        exploration.transitions += 1
        if len(exploration.states) > options.max_states:
            raise _Bound(f"more than {options.max_states} states")
        if self.worlds.executions > options.max_executions:
            raise _Bound(f"more than {options.max_executions} executions")
        if exploration.transitions % 64 == 0:
            self.check_time()
            if self.progress is not None and exploration.transitions % 512 == 0:
                counts = len(exploration.states), exploration.transitions, frontier
                self.progress(*counts, self.worlds.executions, self.made)

    def check_time(self) -> None:
        """Has the search gone on for too long?"""
        if time.monotonic() - self.started > self.options.max_seconds:
            raise _Bound(f"more than {self.options.max_seconds:g} seconds")

    def _note_edge(self, state: State, reached: State, place: int, alternative: str) -> None:
        """Remember a transition that changes nothing that is shared, while the program has not ended."""
        if state.key is None or reached.key is None or state.key[0] != reached.key[0] or place == CLOCK:
            return
        if self.unfinished(state):
            self.exploration.quiet.setdefault((state.number, reached.number, place), alternative)
