"""Keys in which some shared objects have any numbers, settled: these objects numbered in the order that their holders
give them (`treadle.kernel.holders`), by a few look-ups.

What a thread's local part adds to their colours is kept for each local part; what the colours decide, for each shared
part and each order of colours.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from treadle.kernel.holders import WORD, colours_held, colours_of, numbers, orders, ranks
from treadle.strategies.store import Forms, Key


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What the colours have decided."""

    shared: int
    """The new shared part."""
    numbers: tuple[int, ...]
    """The new number of each shared object, by the old one."""


class Settling:
    """Settles keys."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self.told = functools.cache(lambda shared: forms.canonicalise.told(forms.shared[shared]))
        self.colours = functools.cache(self._colours)
        self.held = functools.cache(self._held)
        self.decided = functools.cache(self._decided)
        self.refs = functools.cache(self._shared_refs)
        self.renumbered = functools.cache(self._with_numbers)

    def loose(self, shared: int) -> bool:
        """Are there objects in the shared part that the world does not tell apart?"""
        return self.told(shared) < len(self._forms.shared[shared]) - 1

    def settled(self, shared: int, locals_: Sequence[int]) -> Settled | None:
        """What becomes of the shared objects of a state; None if the colours do not decide."""
        told = self.told(shared)
        colours = list(self.colours(shared))
        for local in locals_:
            held = self.held(local, told)
            if held is None:
                return None
            for number, colour in held:
                colours[number - told] += colour
        first, *others = self.decided(shared, ranks([colour & WORD for colour in colours]))
        if others:
            form = self._form(first, locals_)
            if any(self._form(other, locals_) != form for other in others):
                return None
        return first

    def _form(self, settled: Settled, locals_: Sequence[int]) -> Key:
        return settled.shared, tuple(sorted([self.local(settled, local) for local in locals_]))

    def local(self, settled: Settled, local: int) -> int:
        """What becomes of a local part."""
        return self.renumbered(local, tuple([settled.numbers[ref] for ref in self.refs(local)]))

    def key(self, key: Key) -> Key | None:
        """The settled key; None if the colours do not decide."""
        settled = self.settled(*key)
        return None if settled is None else self._form(settled, key[1])

    # -- what is looked up ------------------------------------------------------------------------------------------

    def _colours(self, shared: int) -> tuple[int, ...]:
        forms = self._forms
        return tuple(colours_of(forms.shared[shared], self.told(shared), forms.shapes.unordered))

    def _held(self, local: int, told: int) -> tuple[tuple[int, int], ...] | None:
        held = colours_held(self._forms.locals[local], told, self._forms.shapes.unordered)
        return None if held is None else tuple(held.items())

    def _decided(self, shared: int, ranked: tuple[int, ...]) -> tuple[Settled, ...]:
        """What colours in that order decide; several if some tie, of which the first holds if all make the same."""
        forms, told, nodes = self._forms, self.told(shared), self._forms.shared[shared]
        found = []
        for order in orders(nodes, told, ranked, forms.shapes.unordered):
            now = numbers(order, told)
            world, *rest = forms.in_order([(shape, tuple([now[ref] for ref in refs])) for shape, refs in nodes])
            after = [world, *rest[:told], *(rest[number] for number in order)]
            found.append(Settled(forms.shared(tuple(after)), now))
        return tuple(found)

    def _shared_refs(self, local: int) -> tuple[int, ...]:
        """The shared objects that a local part refers to, in order."""
        return tuple(dict.fromkeys(ref for _, refs in self._forms.locals[local] for ref in refs if ref >= 0))

    def _with_numbers(self, local: int, now: tuple[int, ...]) -> int:
        """A local part when the objects that it refers to have these numbers. It holds no set of which the order could
        be another then."""
        numbers = dict(zip(self.refs(local), now, strict=True))
        return self._forms.locals(tuple([
            (shape, tuple([numbers[ref] if ref >= 0 else ref for ref in refs]))
            for shape, refs in self._forms.locals[local]
        ]))  # fmt: skip
