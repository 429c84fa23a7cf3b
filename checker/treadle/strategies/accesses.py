"""The accesses of one real step, and who else could have reached what was accessed: before the step, or after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from types import FunctionType

from treadle.kernel.execution import Execution, is_globals
from treadle.kernel.graph import SHARED, owners, reachable
from treadle.kernel.nodes import Graph
from treadle.kernel.visible import Access
from treadle.kernel.walk import Walker


def accesses_of(
    execution: Execution, graph: Graph, walker: Walker, before: Sequence[object] | None = ()
) -> list[tuple[Access, bool]]:
    """The accesses of the last step, and whether others could reach the object: before it, or after it (by the graph),
    or when a thread that it started was given it (that thread may have come to its end since). Where not all can be
    seen (`before` is None: so it was before the step), any object may be what somebody reaches in the dark; but if that
    is for a thread that never comes to an end of its step, the verdict is open anyway."""
    if before is None or (walker.hidden and execution.stuck is None) or execution.unseen:
        return [(access, True) for _, access in execution.accesses]
    roots = tuple(walker.index[id(obj)] for obj in before if id(obj) in walker.index)
    shape, refs = graph.world
    owner = owners(Graph(graph.nodes, (shape, refs + roots), graph.threads))
    reached = {id(obj) for obj, by in zip(walker.objects, owner, strict=True) if by == SHARED}
    reached.update(map(id, before))
    reached.update(map(id, execution.handed_over))
    accesses = [(_unless_kept(access, obj, graph, walker), obj) for obj, access in execution.accesses]
    return [(access, _public(obj) or id(obj) in reached) for access, obj in accesses]


def _unless_kept(access: Access, obj: object, graph: Graph, walker: Walker) -> Access:
    """The access; not late if its thread can still reach the object after the step: then so it could in between."""
    if access.late is None:
        return access
    holders = [node for index, node in graph.threads if index == access.late]
    kept = walker.index.get(id(obj)) in reachable(graph.nodes, holders)
    return replace(access, late=None) if kept else access


def _public(obj: object) -> bool:
    """Classes, functions, enumerations and the namespaces of modules are there for everyone."""
    return isinstance(obj, (type, FunctionType, Enum)) or is_globals(obj)
