"""Steps from state to state: looked up where their effect is known, made for real where it is not.

A step depends only on the acting thread's own part and the shared part, so its effect is recorded once and looked up
in every other state that agrees on both; what it does not look at need not even agree (`treadle.strategies.effects`).
Real code runs only for what was never seen before, and teaches on the way which accesses no lock protects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from treadle.kernel.execution import CLOCK, TICK, Choice, Execution
from treadle.kernel.judging import Failure
from treadle.kernel.shapes import Shapes
from treadle.kernel.visible import Access, Location, Locksets, Visible
from treadle.sandbox.importer import Sandbox
from treadle.strategies.accesses import accesses_of
from treadle.strategies.audit import Audit
from treadle.strategies.compositions import Compositions
from treadle.strategies.dependencies import looked_at_by
from treadle.strategies.effects import Effects
from treadle.strategies.store import Effect, Forms, Key, Move, State
from treadle.strategies.worlds import World, Worlds, by_number
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.trace import Place

HARVEST = 40
"""After a location turns out to be unprotected, so many more recorded steps are made before the restart: it may show
more of them at once."""

CREDIT = 200
"""So many more steps may be made ahead of the search than were of use to it: there may be no end to what is new."""

NEAR = 4
"""So many states are looked at to find one from which a step is not known."""

EffectKey = tuple[int, int, str, bool]


@dataclass
class Found:
    """A violation: the state in which it shows, and the choice that brings it about (None: the state itself)."""

    state: State
    choice: Choice | None
    failures: tuple[Failure, ...] = ()


@dataclass
class Taught:
    """What the steps of one search have shown."""

    found: list[Found] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    """What could not be seen, so that states were not merged."""
    stuck: Place | None = None
    """Where a thread never reaches a scheduling point."""


class Grown(Exception):  # noqa: N818
    """More became visible: start again."""


class Steps:
    """Makes the steps of one program."""

    def __init__(self, sandbox: Sandbox, program: Program, options: Options) -> None:
        self.sandbox, self.program, self.options = sandbox, program, options
        self.shapes = Shapes()
        self.forms = Forms(self.shapes)
        self.compositions = Compositions(self.forms)
        self.visible = Visible(own_calls=True)
        self.locksets = Locksets()
        self.worlds = Worlds(self.forms, self.compositions, self._execution)
        self.most_threads = 0
        self.monitored = False
        """Does any specification follow the program?"""
        self.judged = False
        """Does any specification or invariant?"""
        self.forget(Taught())

    def _execution(self) -> Execution:
        return Execution(self.sandbox, self.program, self.options, self.shapes, self.visible)

    def forget(self, taught: Taught) -> None:
        """Forget every effect: a search begins."""
        self.taught = taught
        self.table: dict[EffectKey, Effect] = {}
        self.effects = Effects(self.forms)
        self.audit = Audit(str(self.program), self.options.audit, self.worlds, self.forms)
        self.known: dict[Key, State] = {}
        self.observed: set[Location] = set()
        self.harvest: int | None = None
        self.credit = CREDIT
        self.made = 0
        """How many steps were made for real, to see where they lead."""

    # -- states -----------------------------------------------------------------------------------------------------

    def initial(self) -> State:
        """The state in which every thread is at its first scheduling point."""
        execution = self.worlds.begin()
        self._learn(execution, accesses_of(execution, *execution.picture()))
        state, world = self._looked_at(execution, None, CLOCK, TICK)
        self._failed(state, None, execution.failures)
        return self._remember(state, world)

    def moves(self, state: State) -> Sequence[Move]:
        """Everything that can happen next in a state."""
        return state.moves if state.key is None else self.forms.moves(state.key)

    def unfinished(self, state: State) -> bool:
        """Must any thread still finish?"""
        return state.unfinished if state.key is None else self.forms.unfinished(state.key)

    def moves_now(self, state: State) -> Sequence[Move]:
        """What the search does in a state."""
        return self.moves(state)

    # -- steps ------------------------------------------------------------------------------------------------------

    def step(self, state: State, place: int, alternative: str) -> State:
        """The state that a move leads to."""
        key = state.key
        if key is None or place == CLOCK or not self.options.table or self.derived(key):
            return self._real_step(state, place, alternative)
        effect_key = (key[0], key[1][place], alternative, len(key[1]) == 1)
        effect = self.table.get(effect_key) or self.effect(effect_key)
        if effect is None:
            return self._recorded(state, place, alternative, effect_key)
        self.use(effect)
        after = self.compositions.apply(key, place, effect)
        reached = self.known.get(after) or self._new(after, state, place, alternative, effect)
        if self.audit.rate:
            self.audit.draw(state, (place, alternative), reached)
        return reached

    def _new(self, key: Key, parent: State, place: int, alternative: str, effect: Effect) -> State:
        state = self.known[key] = State(key, parent, place, alternative, effect, self.compositions.threads)
        return state

    def derived(self, key: Key) -> bool:
        """May the step of one thread change what another holds?"""
        return self.shapes.derived and any(map(self.forms.derived, key[1]))

    def effect(self, effect_key: EffectKey) -> Effect | None:
        """The effect of a step that was made before, or of one that looks at the same; None if there was none."""
        effect = self.table.get(effect_key)
        if effect is None and not effect_key[3]:
            effect = self.effects.predict(*effect_key[:3])
            if effect is not None:
                self.table[effect_key] = effect
                self.credit += 1
        return effect

    def use(self, effect: Effect) -> None:
        """The search has come to a step of which the effect is known."""
        if effect.ahead and not effect.used:
            self.credit += 2
        effect.used += 1

    def _recorded(self, state: State, place: int, alternative: str, effect_key: EffectKey) -> State:
        """The state that a step leads to which is made for real. The execution that made it goes on as long as there
        is another step that was not seen before: to come to it later would take an execution from the beginning."""
        first, world = self.record_step(state, place, alternative, effect_key, self.worlds.at(state))
        first = reached = self._remember(first)
        while self.credit > 0:
            if world is None:
                return first
            self.credit -= 1
            unknown = self._unknown(reached)
            if unknown is None:
                way = self._way_on(reached)
                if not way:
                    break
                reached, world = way[-1], self.worlds.lead(world, way)
                unknown = self._unknown(reached)
                assert unknown is not None
            reached, world = self.record_step(reached, *unknown, world, ahead=True)
        if world is not None:
            self._keep(reached, world)
        return first

    def _way_on(self, state: State) -> list[State]:
        """The states on a short way to one from which a step is not known; empty if none is near."""
        if state.key is None or self.derived(state.key) or self.taught.found or self.harvest is not None:
            return []
        ways, met = [[state]], {state.key}
        for way in ways:
            before = way[-1]
            for place, alternative in self.moves_now(before):
                after = self.known_step(before, place, alternative)
                if after is None or after.key in met or after.key is None:
                    continue
                if self._unknown(after) is not None:
                    return [*way, after]
                met.add(after.key)
                if len(ways) < NEAR:
                    ways.append([*way, after])
        return []

    def known_step(self, state: State, place: int, alternative: str) -> State | None:
        """The state that a move leads to if its effect is known."""
        assert state.key is not None
        if place == CLOCK or self.derived(state.key):
            return None
        effect = self.effect((state.key[0], state.key[1][place], alternative, len(state.key[1]) == 1))
        if effect is None:
            return None
        key = self.compositions.apply(state.key, place, effect)
        return State(key, state, place, alternative, effect, self.compositions.threads)

    def _unknown(self, state: State) -> tuple[int, str, EffectKey] | None:
        """A move whose effect is not known, and the key of the effect."""
        if state.key is None or self.derived(state.key) or self.taught.found or self.harvest is not None:
            return None
        shared, locals_ = state.key
        for place, alternative in self.moves_now(state):
            if place != CLOCK:
                effect_key = (shared, locals_[place], alternative, len(locals_) == 1)
                if self.effect(effect_key) is None:
                    return place, alternative, effect_key
        return None

    def record_step(
        self, state: State, place: int, alternative: str, effect_key: EffectKey, world: World, ahead: bool = False
    ) -> tuple[State, World | None]:
        """Make the step in that world and record its effect: the state that it leads to and the world, which stands
        there now; None for the world if it has been dealt with. What is odd about a step that is made ahead of the
        search is left for the search to find in its turn, on a shortest way."""
        assert state.key is not None
        execution, before = world.execution, len(world.execution.controls)
        index = world.threads[place]
        self._make(world, (index, alternative))
        graph, walker = execution.effect_picture(world.shared, index, before)
        unseen = walker.hidden or execution.hidden_reason or execution.stuck
        if ahead and (unseen or execution.failures or execution.meddled):
            self.worlds.end(execution)
            return state, None
        if unseen:
            accesses = accesses_of(execution, graph, walker, None)
            return self._look(state, place, alternative, execution, accesses), None
        if execution.meddled:
            accesses = accesses_of(execution, *execution.picture(), world.shared)
            return self._look(state, place, alternative, execution, accesses), None
        self._learn(execution, accesses_of(execution, graph, walker, world.shared))
        after, spawned = dict(graph.threads), range(before, len(execution.controls))
        effect = Effect(
            self.forms.in_order(graph.nodes),
            graph.world,
            after.get(index),
            tuple(map(after.get, spawned)),
            len(world.shared),
        )
        key, threads, numbers = self.compositions.placed(state.key, state.threads, place, effect, state.started)
        reached = State(key, state, place, alternative, effect, self.compositions.threads)
        reached.seen(threads, state.started + len(spawned))
        self._failed(state, state.choice_at(place, alternative), execution.failures)
        effect.ahead = ahead
        if not (execution.failures or execution.counted):
            self.table[effect_key] = effect
            self._learn_effect(effect_key, effect, world)
        names = dict(zip(state.threads, world.threads, strict=True))
        names |= {state.started + offset: there for offset, there in enumerate(spawned)}
        return reached, World(execution, tuple(names[thread] for thread in threads), by_number(numbers, walker))

    def _learn_effect(self, effect_key: EffectKey, effect: Effect, world: World) -> None:
        """Record the effect by what the step looked at, if that was noted."""
        execution, (shared, local, alternative, last) = world.execution, effect_key
        if last or effect.spawned or execution.blind:
            return
        looked_at = looked_at_by(execution, world.shared, self.forms.shared[shared], effect)
        if looked_at is not None:
            self.effects.learn(shared, local, alternative, looked_at, effect)

    def _real_step(self, state: State, place: int, alternative: str) -> State:
        """Make the step for real and look at the whole state that it leads to."""
        world = self.worlds.at(state)
        execution = world.execution
        self._make(world, (CLOCK if place == CLOCK else world.threads[place], alternative))
        before = world.shared if state.key is not None else None
        accesses = accesses_of(execution, *execution.picture(), before)
        return self._look(state, place, alternative, execution, accesses)

    def _make(self, world: World, choice: Choice) -> None:
        execution = world.execution
        execution.shared = world.shared
        execution.accesses.clear()
        execution.failures.clear()
        execution.handed_over.clear()
        execution.dependencies.clear()
        execution.counted = execution.meddled = execution.blind = execution.unseen = False
        execution.step(choice)
        self.worlds.steps += 1
        self.made += 1

    def _look(
        self, state: State, place: int, alternative: str, execution: Execution, accesses: list[tuple[Access, bool]]
    ) -> State:
        """The state that a real step, just made, has led to."""
        self._learn(execution, accesses)
        self._failed(state, state.choice_at(place, alternative), execution.failures)
        return self._remember(*self._looked_at(execution, state, place, alternative))

    def _looked_at(
        self, execution: Execution, parent: State | None, place: int, alternative: str
    ) -> tuple[State, World]:
        """The state in which an execution stands; one that cannot be seen whole is a state of its own."""
        graph, walker = execution.picture()
        started = len(execution.controls)
        self.taught.stuck = self.taught.stuck or execution.stuck
        hidden = execution.hidden_reason or walker.hidden
        if not hidden:
            form = self.forms.canonicalise(graph)
            key, threads = self.forms.placed(form)
            state = State(key, parent, place, alternative).seen(threads, started)
            return state, World(execution, threads, by_number(form.numbers, walker))
        self.taught.unseen.add(hidden)
        live = tuple(index for index, control in enumerate(execution.controls) if control.live)
        state = State(None, parent, place, alternative).seen(live, started)
        state.unfinished = any(not execution.controls[index].thread.daemon for index in live)
        state.moves = [(i, way) for i, index in enumerate(live) for way in execution.alternatives(index)]
        if walker.next_tick is not None:
            state.moves.append((CLOCK, TICK))
        return state, World(execution, live, [])

    def _remember(self, state: State, world: World | None = None) -> State:
        """The state itself if it is new, else the equal one that is known."""
        if state.key is not None:
            state = self.known.setdefault(state.key, state)
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
            raise Grown
        self.locksets.started(execution.kinds)
        self.most_threads = max(self.most_threads, len(execution.controls))
        self.monitored = self.monitored or bool(execution.monitors)
        if execution.invariants or execution.monitors:
            self._is_judged()
        for access, shared in accesses:
            self.locksets.record(access, shared)
        self.effects.off = self.effects.off or execution.wayward
        self.worlds.followed = bool(
            self.visible.locations or self.effects.off or self.taught.unseen or execution.hidden_reason
        )
        self.observed |= execution.discovered - self.visible.observed
        if self.harvest is not None:
            self.harvest -= 1
        elif self.observed or (accesses and not self.visible.holds_all(self.locksets.unprotected())):
            self.harvest = HARVEST

    def _is_judged(self) -> None:
        self.judged = True

    def _failed(self, state: State, choice: Choice | None, failures: list[Failure]) -> None:
        if failures:
            self.taught.found.append(Found(state, choice, tuple(failures)))
