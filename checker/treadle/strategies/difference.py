"""What is different in a state that should have been the same, in a few words: where to look for what is not
deterministic in a program."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from treadle.kernel.nodes import Node
from treadle.kernel.shapes import Mark
from treadle.strategies.store import Forms, Key

Shape = tuple[Hashable, ...]


def difference(forms: Forms, expected: Key, found: Key) -> str:
    """The first object, shared ones first, that is not what it was; and what of it, if that is a plain value."""
    nodes = zip(_parts(forms, expected), _parts(forms, found), strict=False)
    told = (_in_words(forms.shapes[one[0]], forms.shapes[other[0]]) for one, other in nodes if one[0] != other[0])
    return next((each for each in told if each), "other objects are shared")


def _parts(forms: Forms, key: Key) -> Iterator[Node]:
    yield from forms.shared[key[0]]
    for local in key[1]:
        yield from forms.locals[local]


def _in_words(expected: Shape, found: Shape) -> str:
    """Empty if only the numbers of the objects are others: that is a consequence of something else."""
    if expected[0] != found[0]:
        return f"there is {_kind(found)} where there was {_kind(expected)}"
    attribute = ""
    for one, other in zip_longest(_told(expected), _told(found), fillvalue=Mark.ABSENT):
        if one != other:
            what = f"{attribute} of {_kind(found)}" if attribute else f"what {_kind(found)} holds"
            plain = all(type(each) in (int, str, float, type(None)) for each in (one, other))
            return f"{what} was {one!r} and is {other!r}" if plain else f"{what} is something else"
        if type(one) is tuple and len(one) == 2 and one[0] == ".":
            attribute = str(one[1])
    return ""


def _told(shape: Shape) -> Sequence[Any]:
    return [token for token in shape if not (type(token) is tuple and token[:1] == (Mark.NUMBER,))]


def _kind(shape: Shape) -> str:
    """What the object is."""
    named = shape[1] if len(shape) > 1 and shape[0] == "instance" else None
    if type(named) is tuple and named[:1] == ("class",):
        return f"a {named[1]}"
    return f"a {shape[0]}" if isinstance(shape[0], str) else "a thread's own object"
