"""Shared objects that only those who hold them tell apart: in which order they are numbered.

What the world tells apart is numbered first, whatever the threads hold. The rest, the *loose* objects, get colours:
a number that depends on what the object refers to, and on the place in which each thread holds it, but not on which
thread that is. Where the colours decide, the order is a function of a few small numbers, which both searches look up;
where they do not, the whole graph is asked (`treadle.kernel.graph`). Any order is right: an order that differs between
equal states would only cost a merge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence

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


def in_order(shared: Sequence[Node], told: int, ranked: Refs, unordered: Container[int]) -> list[int] | None:
    """The numbers that the loose objects have, in the order in which they shall have them; None if their colours do not
    decide. It begins with the least colour that no other has, goes on with what is reached from there, breadth first,
    and so on."""
    counts = Counter(ranked)
    alone = sorted((rank, told + place) for place, rank in enumerate(ranked) if counts[rank] == 1)
    order: dict[int, None] = {}
    for _, first in alone:
        order |= dict.fromkeys(_reached(shared, first, told, order, unordered))
    return list(order) if len(order) == len(ranked) else None


def _reached(
    shared: Sequence[Node], first: int, told: int, known: Container[int], unordered: Container[int]
) -> Iterator[int]:
    """The loose objects that are reached from the first without those that are known; what is in sets has no order."""
    waiting = [first] if first not in known else []
    for number in waiting:  # grows while it is walked
        yield number
        shape, refs = shared[number + 1]
        for ref in refs if shape not in unordered else ():
            if ref >= told and ref not in known and ref not in waiting:
                waiting.append(ref)
