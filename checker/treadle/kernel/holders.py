"""Shared objects that only those who hold them tell apart: in which order they are numbered.

What the world tells apart is numbered first, whatever the threads hold. The rest, the *loose* objects, get colours: a
number that depends on what the object refers to, and on the place in which each thread holds it, but not on which
thread that is. Where the colours decide, the order is a function of a few small numbers, which both searches look up.
Where some tie, it is tried whether it matters which of them comes first; where it does, the whole graph is asked
(`treadle.kernel.graph`). Any order is right: an order that differs between equal states would only cost a merge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from itertools import pairwise

from treadle.kernel.nodes import Node, Refs

WORD = (1 << 64) - 1
"""Colours are added up in 64 bits."""


def colours_of(shared: Sequence[Node], told: int, unordered: Container[int]) -> list[int]:
    """The colours of the loose objects by what they refer to; `shared` is a shared part, the world first, in which the
    first `told` objects are told apart by the world."""
    return [_colour((shape, *_masked(shape, refs, told, unordered))) for shape, refs in shared[told + 1 :]]


def colours_held(local: Sequence[Node], told: int, unordered: Container[int]) -> dict[int, int] | None:
    """What one thread's local part adds to the colours of the loose objects that it holds, by their numbers. None if
    it holds a set as well: in which order its own objects stand may then depend on the numbers."""
    places: dict[int, list[object]] = {}
    for number, (_, refs) in enumerate(local):
        for place, ref in enumerate(refs):
            if ref >= told:
                places.setdefault(ref, []).append((number, place))
    if places and any(shape in unordered for shape, _ in local):
        return None
    known = tuple([(shape, *_masked(shape, refs, told, unordered)) for shape, refs in local]) if places else ()
    return {ref: _colour((known, *at)) for ref, at in places.items()}


def _masked(shape: int, refs: Refs, told: int, unordered: Container[int]) -> Iterable[object]:
    """The references, without those to loose objects."""
    masked = [ref if ref < told else told for ref in refs]
    return sorted(masked) if shape in unordered else masked


def _colour(known: object) -> int:
    return hash(known) & WORD


def ranks(colours: Sequence[int]) -> tuple[int, ...]:
    """For each colour how many are less: all that the order depends on.

    >>> ranks([30, 10, 30, 20])
    (2, 0, 2, 1)
    """
    ordered = sorted(colours)
    first = {colour: place for place, colour in reversed(list(enumerate(ordered)))}
    return tuple([first[colour] for colour in colours])


def orders(shared: Sequence[Node], told: int, ranked: Refs, unordered: Container[int]) -> list[Refs]:
    """The numbers that the loose objects have, in the order in which they shall have them. It begins with the least
    colour that no other has, goes on with what is reached from there, breadth first, and so on.

    Where some tie that are not reached so, the first of the orders takes them as they are, and each of the others has
    two of them swapped. If all these lead to the same form, every swap is an automorphism, and so is every permutation.
    """
    counts = Counter(ranked)
    alone = [number for _, number in sorted((rank, told + n) for n, rank in enumerate(ranked) if counts[rank] == 1)]
    order = _all_reached(shared, alone, told, unordered)
    left = [number for number in range(told, told + len(ranked)) if number not in order]
    referred = {ref for number in left for ref in shared[number + 1][1]}
    first = [number for number in left if number not in referred] or left
    tied = sorted((number for number in first), key=lambda number: ranked[number - told])
    swapped = [tied]
    for place, (one, other) in enumerate(pairwise(tied)):
        if ranked[one - told] == ranked[other - told]:
            swapped.append([*tied[:place], other, one, *tied[place + 2 :]])
    return [tuple(_all_reached(shared, [*alone, *each, *left], told, unordered)) for each in swapped]


def numbers(order: Refs, told: int) -> Refs:
    """The new number of each shared object, by the old one."""
    found = [*range(told), *([0] * len(order))]
    for place, number in enumerate(order):
        found[number] = told + place
    return tuple(found)


def _all_reached(shared: Sequence[Node], roots: Iterable[int], told: int, unordered: Container[int]) -> dict[int, None]:
    """The loose objects that are reached from the roots, from one after the other; what is in sets has no order."""
    reached: dict[int, None] = {}
    for root in roots:
        waiting = [root] if root not in reached else []
        for number in waiting:  # grows while it is walked
            reached[number] = None
            shape, refs = shared[number + 1]
            for ref in refs if shape not in unordered else ():
                if ref >= told and ref not in reached and ref not in waiting:
                    waiting.append(ref)
    return reached
