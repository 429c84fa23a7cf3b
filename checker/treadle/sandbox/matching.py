"""Matching: what the patterns of a `match` statement may read of their subject."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from treadle.sandbox.calls import ATOMS, CONTAINERS, Touch, attribute, instance_dict, is_a, items
from treadle.sandbox.runtime import WHOLE


def matched(obj: Any, seen: dict[int, object] | None = None) -> Iterator[Touch]:
    """Reads of everything that patterns may look at: what is in containers, and the attributes of objects."""
    seen = {} if seen is None else seen
    if type(obj) in ATOMS or is_a(obj, type) or id(obj) in seen:
        return
    seen[id(obj)] = obj
    inner: list[Any] = items(obj)
    if is_a(obj, CONTAINERS):
        yield Touch(obj, WHOLE, False)
    else:
        for name in attributes(obj):
            yield from attribute(obj, name, False)
            inner.append(stored(obj, name))
    for value in inner:
        yield from matched(value, seen)


def attributes(obj: Any) -> list[str]:
    """The names of the attributes that the object itself has, slots included."""
    slots = {
        name
        for base in type(obj).__mro__
        for name, member in vars(base).items()
        if type(member) is types.MemberDescriptorType and not name.startswith("__")
    }
    return sorted(slots | instance_dict(obj).keys())


def stored(obj: Any, name: str) -> Any:
    """The value of such an attribute, found without running code of the user's; None if there is none."""
    if name in instance_dict(obj):
        return instance_dict(obj)[name]
    try:
        return object.__getattribute__(obj, name)
    except AttributeError:
        return None
