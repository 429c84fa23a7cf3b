"""What a recorded effect makes of a whole state, without building that state's graph again.

An effect says what becomes of the shared objects and of the acting thread. What becomes of the others? They do
nothing; but the numbers of shared objects change, and an object may come to be shared no more, or to be reached by
nobody. Which objects these are depends only on which of them none, one, or several of the others reach, and not even
on that for what is shared anyway: what the world reaches, and what several of the others refer to. So for each effect
and each such pattern the new shared part and, for each local part, the new local part are computed once and looked up
from then on: a transition costs a few look-ups, however large the state is.

Where the numbers of the shared objects depend on what the threads hold, they are settled afterwards, by look-ups too
(`treadle.strategies.settling`); only where that does not decide, nothing is remembered and the graph is built.
"""

from __future__ import annotations

import functools
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from treadle.kernel.nodes import Canonical, Graph
from treadle.strategies.settling import Settled, Settling
from treadle.strategies.store import Effect, Forms, Key, bits

Pattern = tuple[int, int]
"""A bit for each shared object: those that are shared afterwards whatever the rest is; and those of the others that one
of the other threads reaches."""


@dataclass(slots=True, eq=False)
class Composed:
    """What becomes of the state under one effect and one pattern."""

    shared: int
    acting: int | None
    spawned: tuple[int | None, ...]
    numbers: dict[int, int]
    """The new number of each object that is shared afterwards, by its place among the nodes of the effect."""
    moved: int
    """The objects whose number is not what it was, a bit each."""
    loose: bool
    """Do the numbers of some shared objects depend on what the threads hold? Then they are to be settled."""
    others: dict[int, int] = field(default_factory=dict)
    """The new local part of another thread, by the old one, as far as it was asked for."""


class Compositions:
    """Applies recorded effects to states."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._composed: dict[tuple[Effect, Pattern], Composed] = {}
        self._by_masks: dict[tuple[Effect, int, int, bool], Composed] = {}
        self.settling = Settling(forms)
        self.mask = functools.cache(self._refers_to)
        self._plain = functools.cache(self._holds_no_set)
        self.masks = functools.lru_cache(maxsize=1)(self._masks)
        self._key_after = functools.lru_cache(maxsize=1 << 16)(self._placed_key)

    def _refers_to(self, local: int) -> int:
        """The shared objects that a local part refers to."""
        mask = 0
        for _, refs in self._forms.locals[local]:
            for ref in refs:
                if ref >= 0:
                    mask |= 1 << ref
        return mask

    def _masks(self, locals_: Sequence[int]) -> tuple[int, int, int]:
        """The shared objects that one thread refers to, or two, or three, and more."""
        one = two = three = 0
        mask = self.mask
        for local in locals_:
            refers = mask(local)
            three |= two & refers
            two |= one & refers
            one |= refers
        return one, two, three

    def _loose(self, effect: Effect, locals_: Sequence[int], place: int) -> tuple[int, int]:
        """What is shared afterwards anyway, and what else the others refer to."""
        one, two, three = self.masks(locals_)
        acting = self.mask(locals_[place])
        shared = effect.reached(two & ~acting | three & acting)
        return shared, (one & ~acting | two & acting) & ~shared

    def _pattern(self, effect: Effect, locals_: Sequence[int], place: int) -> Pattern:
        """The objects that are shared afterwards anyway, and those of the others that one of the others reaches."""
        shared, loose = self._loose(effect, locals_, place)
        if not loose:
            return shared, 0
        one = several = 0
        for other, local in enumerate(locals_):
            if other != place and self.mask(local) & loose:
                reaches = effect.reached_from(self.mask(local) & ~shared) & ~shared
                several |= one & reaches
                one |= reaches
        return shared | several, one & ~several

    def told_by_masks(self, effect: Effect, locals_: Sequence[int], place: int) -> bool:
        """Does the pattern depend only on which objects one and several of the others refer to, whoever they are? So it
        is if there is one other only, and if nothing is reached from two loose objects."""
        shared, loose = self._loose(effect, locals_, place)
        reached = 0
        for index in bits(loose) if len(locals_) > 2 else ():
            reaches = effect.reached_from(1 << index) & ~shared
            if reaches & reached:
                return False
            reached |= reaches
        return True

    def composed(self, effect: Effect, locals_: Sequence[int], place: int) -> Composed:
        """What becomes of the state."""
        one, two, three = self.masks(locals_)
        acting = self.mask(locals_[place])
        masks = effect, two & ~acting | three & acting, one & ~acting | two & acting, len(locals_) == 2
        found = self._by_masks.get(masks)
        if found is None:
            at = effect, self._pattern(effect, locals_, place)
            found = self._composed.get(at)
            if found is None:
                found = self._composed[at] = self._compose(*at)
            if self.told_by_masks(effect, locals_, place):
                self._by_masks[masks] = found
        return found

    def _compose(self, effect: Effect, pattern: Pattern) -> Composed:
        """Worked out on the state without the others, of which the pattern says enough."""
        shared, one = map(bits, pattern)
        acting = [(0, effect.acting)] if effect.acting is not None else []
        spawned = [(1 + offset, owner) for offset, owner in enumerate(effect.spawned) if owner is not None]
        graph = Graph(list(effect.nodes), effect.world, [*acting, *spawned])
        form = self._forms.canonicalise.without_others(graph, shared, one)
        now = dict(zip(form.threads, map(self._forms.locals, form.locals), strict=True))
        moved = sum(1 << index for index in range(effect.before) if form.numbers.get(index) != index)
        after = tuple(now.get(1 + offset) for offset in range(len(effect.spawned)))
        loose = form.told < len(form.numbers)
        return Composed(self._forms.shared(form.shared), now.get(0), after, form.numbers, moved, loose)

    def apply(self, key: Key, place: int, effect: Effect) -> Key:
        """The key of the state after the thread at `place` has done this."""
        locals_ = key[1]
        composed = self.composed(effect, locals_, place)
        after = list(locals_)
        del after[place]
        if composed.moved & self.masks(locals_)[0]:
            try:
                after = sorted(map(composed.others.__getitem__, after))
            except KeyError:
                after = sorted([self.other(composed, effect, local) for local in after])
        if composed.acting is not None:
            insort(after, composed.acting)
        for local in composed.spawned:
            if local is not None:
                insort(after, local)
        if composed.loose:
            return self.settling.key((composed.shared, tuple(after))) or self.built(key, place, effect)
        return composed.shared, tuple(after)

    def built(self, key: Key, place: int, effect: Effect) -> Key:
        """The key of that state by building its graph."""
        return self._key_after(key, place, effect)

    def _placed_key(self, key: Key, place: int, effect: Effect) -> Key:
        return self._placed(key, range(len(key[1])), place, effect, len(key[1]))[0][0]

    def threads(self, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int) -> tuple[int, ...]:
        """The thread at each place of that state, if `threads` are those of the state before."""
        return self.placed(key, threads, place, effect, started)[1]

    def numbers(self, key: Key, place: int, effect: Effect) -> dict[int, int] | None:
        """The number of each object that is shared in that state, by its place among the nodes of the effect; None if
        nothing less than its graph decides about it."""
        composed = self.composed(effect, key[1], place)
        if not composed.loose:
            return composed.numbers
        pairs = self._pairs(composed, key, range(len(key[1])), place, effect, len(key[1]))
        settled = self.settling.settled(composed.shared, [local for local, _ in pairs])
        return None if settled is None else _renumbered(composed.numbers, settled)

    def placed(
        self, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int
    ) -> tuple[Key, tuple[int, ...], dict[int, int]]:
        """The key of that state, the thread at each place of it, and the number of each shared object, by its place
        among the nodes of the effect."""
        composed = self.composed(effect, key[1], place)
        shared, numbers = composed.shared, composed.numbers
        pairs = self._pairs(composed, key, threads, place, effect, started)
        if composed.loose:
            settled = self.settling.settled(shared, [local for local, _ in pairs])
            if settled is None:
                (after, placed), form = self._placed(key, threads, place, effect, started)
                return after, placed, form.numbers
            shared, numbers = settled.shared, _renumbered(numbers, settled)
            pairs = [(self.settling.local(settled, local), thread) for local, thread in pairs]
        pairs.sort()
        return (shared, tuple([local for local, _ in pairs])), tuple([thread for _, thread in pairs]), numbers

    def _pairs(
        self, composed: Composed, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int
    ) -> list[tuple[int, int]]:
        """The local part of each thread in that state, before it is settled, and the thread."""
        pairs = [
            (self.other(composed, effect, local), thread)
            for other, (local, thread) in enumerate(zip(key[1], threads, strict=True))
            if other != place
        ]
        if composed.acting is not None:
            pairs.append((composed.acting, threads[place]))
        return pairs + [(local, started + offset) for offset, local in enumerate(composed.spawned) if local is not None]

    def other(self, composed: Composed, effect: Effect, local: int) -> int:
        """What becomes of the local part of a thread that does nothing."""
        after = composed.others.get(local)
        if after is None:
            after = local
            if self.mask(local) & composed.moved:
                now = tuple(map(composed.numbers.get, self.settling.refs(local)))
                plain = None not in now and self._plain(local)
                after = self.settling.renumbered(local, now) if plain else self._absorbing(composed, effect, local)
            composed.others[local] = after
        return after

    def _holds_no_set(self, local: int) -> bool:
        """Has everything that the thread holds an order of its own?"""
        return all(shape not in self._forms.shapes.unordered for shape, _ in self._forms.locals[local])

    def _absorbing(self, composed: Composed, effect: Effect, local: int) -> int:
        """A local part when an object that it refers to is shared no more, or has to be put in order."""
        nodes, owner = self._forms.among(effect.nodes, local)
        return self._forms.locals(self._forms.canonicalise.local(nodes, owner, composed.numbers))

    def _placed(
        self, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int
    ) -> tuple[tuple[Key, tuple[int, ...]], Canonical]:
        """The key and the threads by building the graph of the state; and its form."""
        form = self._forms.canonicalise(self._forms.mid_state(key, threads, place, effect, started))
        return self._forms.placed(form), form


def _renumbered(numbers: dict[int, int], settled: Settled) -> dict[int, int]:
    return {index: settled.numbers[number] for index, number in numbers.items()}
