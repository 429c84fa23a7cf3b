"""Recorded effects by what a step looked at, not by all that is shared.

What a step does depends on the acting thread's own part and on the content of those shared objects that it looks at.
Which object it looks at first is decided by its own part; which one next, by that and by what it saw in the first; and
so on. So the steps form a decision tree: a branch names the next object to look at, its content leads to the next
branch, a leaf says what becomes of the objects that were looked at. Objects are named by the order in which they are
come across, not by their numbers in one state, so a leaf serves every state that agrees on what was looked at.

Some of it needs no look: a method is found by the class of an object, `isinstance` asks for nothing else, and a number
of a class of the user's is added up without anybody being told. So what is evident of an object
(`treadle.kernel.shapes.evident`) is known wherever it is come across, and decides too.

That rests on the note that the execution makes of each look (`Execution.dependencies`). Two things would show that one
is missing: an object that changes though nobody looked at it, which is not recorded here; and two steps that looked at
the same and did different things, which ends the search.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from treadle.kernel.execution import Diverged
from treadle.kernel.nodes import Interner, Local, Node
from treadle.kernel.shapes import Mark, Shape, evident
from treadle.strategies.store import Effect, Forms

WORLD = -1
"""The number of the world among the shared objects."""

Told = tuple[Any, ...]
"""A shape, the names that fill its holes, and of each object that is come across there what is evident."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a step does, in the names that it came to know the shared objects by; -1, -2... are the new objects."""

    changed: tuple[tuple[int, Node], ...]
    """By the name of the object; `WORLD` for the world."""
    new: tuple[Node, ...]
    acting: Node | None


@dataclass(slots=True)
class Branch:
    """What is known after so many looks: the object to be looked at next, or what the step does."""

    asks: int | None = None
    answers: dict[Told, Branch] = field(default_factory=dict)
    leaf: Change | None = None


class Names:
    """The names of shared objects, in the order in which a step comes across them.

    Arguments: those that the acting thread refers to; and of each object what is evident without a look, if that is
    to be told where it is come across.
    """

    __slots__ = ("evident", "first", "names", "order")

    def __init__(self, order: Iterable[int], evident: Callable[[int], Node] | None = None) -> None:
        self.order = list(order)
        self.names = {number: name for name, number in enumerate(self.order)}
        self.evident = evident
        self.first: Told = tuple([self._met(number) for number in tuple(self.order)]) if evident else ()

    def told(self, node: Node) -> Told:
        """The content of an object, by names; what it refers to is come across."""
        shape, refs = node
        names, order, met = self.names, self.order, []
        for ref in refs:
            if ref not in names:
                names[ref] = len(order)
                order.append(ref)
                met.append(ref)
        known = tuple([names[ref] for ref in refs])
        return (shape, known, *map(self._met, met)) if met and self.evident else (shape, known)

    def _met(self, number: int) -> Told:
        assert self.evident is not None
        return self.told(self.evident(number))


class _Nameless(Exception):  # noqa: N818
    """The step refers to an object that it has not come across by looking."""


class Effects:
    """The decision trees of one exploration."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._masks: Interner[Local] = Interner()
        self._masked = functools.cache(self._mask)
        self._derived = functools.cache(self._holds_derived)
        self._roots: dict[tuple[int, str, Told], Branch] = {}
        self._kinds: Interner[Shape] = Interner()
        self._evident = functools.cache(self._evident_of)
        self._same: dict[tuple[object, ...], Effect] = {}
        """One of all effects that do the same."""
        self.off = False
        """Was anything changed that no look at an object shows?"""

    def __len__(self) -> int:
        return len(self._roots)

    def _mask(self, local: int) -> tuple[int, tuple[int, ...]]:
        """A thread's own part without the numbers of shared objects, and these in order."""
        known = Names(())
        entries = []
        for shape, refs in self._forms.locals[local]:
            known.told((shape, tuple(ref for ref in refs if ref >= 0)))
            entries.append((shape, tuple(known.names[ref] if ref >= 0 else ref for ref in refs)))
        return self._masks(tuple(entries)), tuple(known.order)

    def _evident_of(self, shape: int) -> tuple[int, int | None]:
        tokens, count = evident(self._forms.shapes[shape])
        return self._kinds(tokens), count

    def _come_across(self, nodes: Sequence[Node], first: Iterable[int]) -> Names:
        """The names as the step begins, of a thread that refers to these."""

        def met(number: int) -> Node:
            shape, refs = nodes[number + 1]
            kind, count = self._evident(shape)
            return kind, refs[:count]

        return Names(first, met)

    def _holds_derived(self, shared: int) -> bool:
        """Does a shared object change with another one to which it refers?"""
        return any(Mark.DERIVED in self._forms.shapes[shape] for shape, _ in self._forms.shared[shared])

    def predict(self, shared: int, local: int, alternative: str) -> Effect | None:
        """What the step does in terms of the numbers of this shared part; None if that is not known."""
        mask, order = self._masked(local)
        if self.off or self._derived(shared):
            return None
        nodes = self._forms.shared[shared]
        known = self._come_across(nodes, order)
        branch = self._roots.get((mask, alternative, known.first))
        if branch is None:
            return None
        while branch.leaf is None:
            if branch.asks is None:
                return None
            number = known.order[branch.asks] if branch.asks != WORLD else WORLD
            found = branch.answers.get(known.told(nodes[number + 1]))
            if found is None:
                return None
            branch = found
        effect = _applied(branch.leaf, nodes, known.order)
        return self._same.setdefault((effect.nodes, effect.world, effect.acting, effect.before), effect)

    def learn(self, shared: int, local: int, alternative: str, looked_at: Sequence[int], effect: Effect) -> None:
        """Record what a step did that looked at these shared objects in this order.

        Raises Diverged if another step that looked at the same did something else.
        """
        if self.off or self._derived(shared):
            return
        nodes = self._forms.shared[shared]
        order = list(dict.fromkeys(looked_at))
        if any(
            after != before for number, (after, before) in enumerate(zip(effect.nodes, nodes[1:], strict=False))
            if number not in order
        ):  # fmt: skip
            return  # it was changed by what is not noted
        if effect.world != nodes[0] and WORLD not in order:
            order.append(WORLD)
        mask, first = self._masked(local)
        known = self._come_across(nodes, first)
        branch = self._roots.setdefault((mask, alternative, known.first), Branch())
        try:
            for number in order:
                branch = _looked(branch, number, nodes, known)
            change = _change(effect, nodes, order, known)
        except _Nameless:
            return
        if branch.asks is not None or branch.leaf not in (None, change):
            raise Diverged("two steps that looked at the same did different things")
        branch.leaf = change


def _looked(branch: Branch, number: int, nodes: Sequence[Node], known: Names) -> Branch:
    """The branch after a look at that object; if it cannot be named yet, the world is looked at first."""
    if number != WORLD and number not in known.names:
        branch = _looked(branch, WORLD, nodes, known)
        if number not in known.names:
            raise _Nameless
    name = WORLD if number == WORLD else known.names[number]
    if branch.leaf is not None or branch.asks not in (None, name):
        raise Diverged("two steps that saw the same looked at different things")
    branch.asks = name
    return branch.answers.setdefault(known.told(nodes[number + 1]), Branch())


def _change(effect: Effect, nodes: Sequence[Node], looked_at: Sequence[int], known: Names) -> Change:
    before = len(nodes) - 1

    def named(node: Node) -> Node:
        shape, refs = node
        try:
            return shape, tuple(known.names[ref] if ref < before else before - 1 - ref for ref in refs)
        except KeyError:
            raise _Nameless from None

    changed = []
    for number in looked_at:
        after = effect.world if number == WORLD else effect.nodes[number]
        if after != nodes[number + 1]:
            changed.append((WORLD if number == WORLD else known.names[number], named(after)))
    new = tuple(map(named, effect.nodes[before:]))
    return Change(tuple(changed), new, None if effect.acting is None else named(effect.acting))


def _applied(change: Change, nodes: Sequence[Node], order: Sequence[int]) -> Effect:
    """What the step does, in terms of these numbers."""
    before = len(nodes) - 1

    def numbered(node: Node) -> Node:
        shape, refs = node
        return shape, tuple([order[ref] if ref >= 0 else before - 1 - ref for ref in refs])

    after, world = list(nodes[1:]), nodes[0]
    for name, node in change.changed:
        if name == WORLD:
            world = numbered(node)
        else:
            after[order[name]] = numbered(node)
    after += map(numbered, change.new)
    return Effect(tuple(after), world, None if change.acting is None else numbered(change.acting), (), before)
