"""What only one thread can reach is done first, without a choice.

A step that begins with an operation on an object which nobody else can reach is independent of all that the others can
do before it: they can neither reach the object, so as to enable, disable or notice the operation, nor tell when what
follows it happens, since everything after the operation of a step commutes to the left (Lipton's left-movers; that is
what makes it one step). So the step alone is a persistent set (Godefroid 1996; the escape of objects: Dwyer, Hatcliff
and others 2004), and whoever stands before such a step takes it at once; the state in between is not a state of the
search. After MOST of them in a row one is, in which every choice is followed, so that nobody is overlooked for ever.

Two kinds of steps wait for their turn all the same. Lock sets are those of objects that several threads can reach, so
one that lets go of an object would hide what the others do to it later. And one that starts a thread, ends its own, or
that time has to do with, is more than this argument covers.
"""

from __future__ import annotations

import functools

from treadle.kernel.execution import Touch
from treadle.sandbox.primitives import MutexOperation
from treadle.strategies.store import Effect, Forms, mentions_time

MOST = 64


class Alone:
    """Which steps are done first."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self.pending = functools.cache(self._pending)
        self.independent = functools.cache(self._independent)

    def _pending(self, shared: int, local: int) -> str | None:
        """In which way a thread goes on that is before an operation on what nobody else can reach; None if it is not."""
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
        forms, nodes = self._forms, effect.nodes
        if effect.acting is None or effect.spawned:
            return False
        if any(mentions_time(forms.shapes[shape]) for shape, _ in (*forms.locals[local], *nodes, effect.acting)):
            return False
        before = forms.reach(shared, local)
        return not before & ~effect.reached_by_acting()
