"""What only one thread can reach is done first, without a choice.

A step that begins with an operation on an object which nobody else can reach is independent of all that the others can
do before it: they can neither reach the object, so as to enable, disable or notice the operation, nor tell when what
follows it happens, since everything after the operation of a step commutes to the left (Lipton's left-movers; that is
what makes it one step). So the step alone is a persistent set (Godefroid 1996; the escape of objects: Dwyer, Hatcliff
and others 2004), and whoever stands before such a step takes it at once; the state in between is not a state of the
search. After MOST of them in a row one is, in which every choice is followed, so that nobody is overlooked for ever.

Some steps wait for their turn all the same. Lock sets are those of objects that several threads can reach, so one that
lets go of an object would hide what the others do to it later: whatever the thread held itself, and whatever is taken
out of a shared object, it must hold itself afterwards, for what it reaches by way of others these can take away. And
one that starts a thread, ends its own, or that time has to do with, is more than this argument covers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

from treadle.kernel.execution import Touch
from treadle.kernel.graph import reachable
from treadle.sandbox.importer import Sandbox
from treadle.sandbox.primitives import MutexOperation
from treadle.strategies.steps import EffectKey, Grown, Steps, Taught
from treadle.strategies.store import Effect, Forms, Move, State, instants
from treadle.vocabulary.options import Options, Program

MOST = 64
"""So many such steps are taken in a row."""


class Alone:
    """Which steps are done first."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self.pending = functools.cache(self._pending)
        self.independent = functools.cache(self._independent)
        self.timed = functools.cache(self._mentions_time)

    def _mentions_time(self, local: int) -> bool:
        return any(instants(self._forms.shapes[shape]) for shape, _ in self._forms.locals[local])

    def _pending(self, shared: int, local: int) -> str | None:
        """In which way a thread goes on that is before an operation on what nobody else can reach, if it is."""
        forms = self._forms
        if not issubclass(forms.operation(local), (MutexOperation, Touch)):
            return None
        targets = forms.targets(shared, local)
        if not targets or any(ref >= 0 for ref, _ in targets):
            return None
        ways = forms.alternatives(shared, local)
        return ways[0] if len(ways) == 1 else None

    def _independent(self, shared: int, local: int, effect: Effect) -> bool:
        """Is the effect of such a step one that nobody else could tell from one that happened later?"""
        if effect.acting is None or effect.spawned:
            return False
        if any(instants(self._forms.shapes[shape]) for shape, _ in (*effect.nodes, effect.acting)):
            return False
        return self._lost(shared, local, effect) <= _held(effect)

    def _lost(self, shared: int, local: int, effect: Effect) -> set[int]:
        """What the thread held itself, and what shared objects or the world refer to no more."""
        world, *nodes = self._forms.shared[shared]
        lost = {ref for _, refs in self._forms.locals[local] for ref in refs if ref >= 0}
        for (_, before), (_, after) in zip([world, *nodes], [effect.world, *effect.nodes], strict=False):
            lost.update(set(before) - set(after))
        return lost


def _held(effect: Effect) -> set[int]:
    """What the thread holds itself afterwards: what it refers to, or what does that it alone can reach."""
    nodes, acting = effect.nodes, effect.acting
    assert acting is not None
    others = reachable(nodes, [effect.world, (-1, tuple(range(effect.before)))])
    held: set[int] = set()
    waiting = list(acting[1])
    while waiting:
        ref = waiting.pop()
        if ref not in held:
            held.add(ref)
            waiting += nodes[ref][1] if ref not in others else ()
    return held


class AloneFirst(Steps):
    """Makes the steps of one program, some of them first."""

    def __init__(self, sandbox: Sandbox, program: Program, options: Options) -> None:
        super().__init__(sandbox, program, options)
        self.alone = Alone(self.forms)

    def forget(self, taught: Taught) -> None:
        """Forget every effect: a search begins."""
        super().forget(taught)
        self.odd: set[EffectKey] = set()
        """Steps that cannot be recorded ahead of the search."""

    def _is_judged(self) -> None:
        before = self.alone_first
        super()._is_judged()
        if before and self.known:
            raise Grown  # what was done first may not have been

    @property
    def alone_first(self) -> bool:
        """Are some steps done first? Not where a specification or an invariant looks at each state, nor where threads
        are listed: in the list is each, and so what it alone can reach otherwise."""
        return self.options.alone_first and not (self.judged or self.visible.identities)

    def run_on(self, state: State) -> State:
        """The state after those steps that are done first (`treadle.strategies.alone`)."""
        for _ in range(MOST if self.alone_first else 0):
            move = self.first(state)
            if move is None:
                break
            state = self.step(state, *move)
        return state

    def first(self, state: State) -> Move | None:
        """A step that is done first."""
        for place, alternative, effect_key in self._alone_in(state):
            if self._independent(lambda: state, effect_key):
                return place, alternative
        return None

    def goes_first(self, standing: Callable[[], State], shared: int, local: int, last: bool) -> bool:
        """Is the step of a thread with that local part done first? `standing` gives a state in which it stands."""
        alternative = self.alone.pending(shared, local)
        if alternative is None:
            return False
        return self._independent(standing, (shared, local, alternative, last))

    def _independent(self, standing: Callable[[], State], effect_key: EffectKey) -> bool:
        """May the step be done first? It is made for real, if need be, to see that."""
        effect = self.effect(effect_key)
        if effect is None and effect_key not in self.odd:
            state = standing()
            assert state.key is not None
            place = state.key[1].index(effect_key[1])
            after, world = self.record_step(state, place, effect_key[2], effect_key, self.worlds.at(state), ahead=True)
            if world is not None:
                self._keep(self._remember(after), world)
            effect = self.effect(effect_key)
        if effect is None:
            self.odd.add(effect_key)
        return effect is not None and self.alone.independent(*effect_key[:2], effect)

    def _alone_in(self, state: State) -> Iterator[tuple[int, str, EffectKey]]:
        """The steps before which threads stand that begin with what nobody else can reach."""
        if state.key is None or not self.alone_first or self.derived(state.key):
            return
        shared, locals_ = state.key
        if self.shapes.timed and any(map(self.alone.timed, locals_)):
            return  # whoever waits for a moment may be notified before it, or after
        for place, local in enumerate(locals_):
            alternative = self.alone.pending(shared, local)
            if alternative is not None:
                yield place, alternative, (shared, local, alternative, len(locals_) == 1)

    def moves_now(self, state: State) -> Sequence[Move]:
        """What the search does in a state: a step that is done first, or everything."""
        for place, alternative, effect_key in self._alone_in(state):
            effect = self.effect(effect_key)
            first = self.alone.independent(*effect_key[:2], effect) if effect else effect_key not in self.odd
            if first:
                return [(place, alternative)]
        return self.moves(state)
