"""What a recorded effect makes of a whole state, without building that state's graph again.

An effect says what becomes of the shared objects and of the acting thread. What becomes of the others? They do nothing;
but the numbers of shared objects change, and an object may come to be shared no more, or to be reached by nobody.
Which objects these are depends only on which of them none, one, or several of the others refer to, and not even on that
for what an object reaches that is shared anyway. So for each effect
and each such pattern the new shared part and, for each local part, the new local part are computed once and looked up
from then on: a transition costs a few look-ups for each thread, however large the state is.

That holds as long as the numbers of the shared objects do not depend on what the threads hold (`Canonical.by_threads`).
Where they do, nothing is remembered and the graph is built.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

from treadle.kernel.graph import Canonical
from treadle.strategies.store import Effect, Forms, Key

Pattern = tuple[int, int]
"""A bit for each shared object: those that are shared afterwards whatever the rest is; and those of the others that one
of the other threads refers to."""


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
    others: dict[int, int] = field(default_factory=dict)
    """The new local part of another thread, by the old one, as far as it was asked for."""


class Compositions:
    """Applies recorded effects to states."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._composed: dict[tuple[Effect, Pattern], Composed] = {}
        self._anyway: dict[tuple[Effect, int], int] = {}
        self._mask = functools.cache(self._refers_to)

    def _refers_to(self, local: int) -> int:
        """The shared objects that a local part refers to."""
        mask = 0
        for _, refs in self._forms.locals[local]:
            for ref in refs:
                if ref >= 0:
                    mask |= 1 << ref
        return mask

    def _pattern(self, effect: Effect, locals_: Sequence[int], place: int) -> Pattern:
        one = several = 0
        for other, local in enumerate(locals_):
            if other != place:
                mask = self._mask(local)
                several |= one & mask
                one |= mask
        shared = self._anyway.get((effect, several))
        if shared is None:
            shared = self._anyway[effect, several] = effect.reached(several)
        return shared, one & ~shared

    def apply(
        self, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int
    ) -> tuple[Key, tuple[int, ...]]:
        """The key of the state after the thread at `place` has done this, and the thread at each of its places."""
        locals_ = key[1]
        composed = self._composed.get((effect, self._pattern(effect, locals_, place)))
        if composed is None:
            return self.placed(key, threads, place, effect, started)[0]
        others = composed.others
        pairs = []
        for other, local in enumerate(locals_):
            if other != place:
                after = others.get(local)
                pairs.append((self._other(composed, effect, local) if after is None else after, threads[other]))
        if composed.acting is not None:
            pairs.append((composed.acting, threads[place]))
        pairs += [(local, started + offset) for offset, local in enumerate(composed.spawned) if local is not None]
        pairs.sort()
        return (composed.shared, tuple([local for local, _ in pairs])), tuple([thread for _, thread in pairs])

    def _other(self, composed: Composed, effect: Effect, local: int) -> int:
        """What becomes of the local part of a thread that does nothing."""
        after = local
        if self._mask(local) & composed.moved:
            nodes, owner = self._forms.among(effect.nodes, local)
            after = self._forms.locals(self._forms.canonicalise.local(nodes, owner, composed.numbers))
        composed.others[local] = after
        return after

    def placed(
        self, key: Key, threads: Sequence[int], place: int, effect: Effect, started: int
    ) -> tuple[tuple[Key, tuple[int, ...]], Canonical]:
        """The same by building the graph, and its form; for the next time it is remembered what became of what."""
        form = self._forms.canonicalise(self._forms.mid_state(key, threads, place, effect, started))
        reached, there = self._forms.placed(form)
        at = effect, self._pattern(effect, key[1], place)
        if not form.by_threads and at not in self._composed:
            now = dict(zip(there, reached[1], strict=True))
            spawned = tuple(now.get(started + offset) for offset in range(len(effect.spawned)))
            numbers = {index: number for index, number in form.numbers.items() if index < len(effect.nodes)}
            before = len(self._forms.shared[key[0]]) - 1
            moved = sum(1 << index for index in range(before) if numbers.get(index) != index)
            self._composed[at] = Composed(reached[0], now.get(threads[place]), spawned, numbers, moved)
        return (reached, there), form
