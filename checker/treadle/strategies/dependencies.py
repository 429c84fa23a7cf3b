"""The shared objects on which a step depended, in order of looking: what the thread looked at, and who judged the step.

A monitor that was told of a call or a return depends on all that it knows, which is all that can be reached from it. A
look from outside after the step (a monitor's at the object that it watches, an invariant's) says what it said before
the step, unless something changed at which it looked: only then does it count. (That it said yes before is known only
if the search ends at the first no.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from treadle.kernel.execution import Execution, is_globals
from treadle.kernel.nodes import Node
from treadle.sandbox import runtime
from treadle.strategies.effects import WORLD
from treadle.strategies.store import Effect


def looked_at_by(
    execution: Execution, shared: Sequence[object], nodes: Sequence[Node], effect: Effect
) -> list[int] | None:
    """The numbers of the objects, among those that were shared before the step; None if that cannot be told.

    Arguments: the execution that has just made the step; the shared objects by their numbers, and their nodes after
    that of the world; and what the step did.
    """
    numbers = {id(obj): number for number, obj in enumerate(shared)}
    changed = {n for n, (after, before) in enumerate(zip(effect.nodes, nodes[1:], strict=False)) if after != before}
    if effect.world != nodes[0]:
        changed.add(WORLD)

    def numbered(objects: Iterable[object]) -> Iterator[int | None]:
        for obj in objects:
            number = WORLD if obj is runtime.WORLD or is_globals(obj) else numbers.get(id(obj))
            yield from _known_to(number, nodes) if obj in monitors else (number,)

    monitors = _Identities(execution.monitors)
    found = list(numbered(execution.dependencies))
    for judge, look in execution.looks:
        seen = list(numbered(look.objects))
        for obj in look.written:
            if id(obj) in numbers:
                execution.doubt(f"a {type(obj).__qualname__} is changed by an invariant or a view, which may only look")
        if look.blind:
            return None
        if not changed.isdisjoint(seen) or None in seen or execution.options.go_on:
            found += [*numbered([judge]), *seen]
    return [number for number in found if number is not None]


class _Identities:
    """A set of objects by their identity."""

    def __init__(self, objects: Iterable[object]) -> None:
        self._identities = {id(obj) for obj in objects}

    def __contains__(self, obj: object) -> bool:
        return id(obj) in self._identities


def _known_to(monitor: int | None, nodes: Sequence[Node]) -> Iterator[int | None]:
    """All that can be reached from the monitor, itself first."""
    found = dict.fromkeys([monitor])
    order = [*found]
    for number in order:
        yield number
        if number is not None and number != WORLD:
            order += [ref for ref in nodes[number + 1][1] if ref not in found]
            found |= dict.fromkeys(order)
