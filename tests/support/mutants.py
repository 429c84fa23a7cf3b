"""The checker with one ingredient of its soundness taken out, each as a function that patches it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from treadle.kernel import execution, graph, instruction, visible, walk
from treadle.sandbox import frames, primitives
from treadle.strategies import accesses, steps, store

Patch = pytest.MonkeyPatch


def no_lockset_points(patch: Patch) -> None:
    """Unprotected accesses are no scheduling points."""
    patch.setattr(visible.Locksets, "unprotected", lambda self: frozenset())


def no_whole_containers(patch: Patch) -> None:
    """Whoever touches a whole container is not taken to touch its elements."""
    patch.setattr(visible, "whole_of", lambda location: None)


def alone_too_soon(patch: Patch) -> None:
    """The last thread alive counts as having been alone for ever."""
    patch.setattr(execution.Execution, "alone", property(lambda self: self._names is None or self._alive == 1))


def alone_when_all_have_finished(patch: Patch) -> None:
    """The main thread counts as alone when all others have finished, whether or not it has waited for them."""
    alone = property(lambda self: self._names is None or (self._alive == 1 and self.thread is self.main))
    patch.setattr(execution.Execution, "alone", alone)


def identities_do_not_count(patch: Patch) -> None:
    """Threads that hold the same are taken for each other although the program looks at their names."""
    patch.setattr(execution.Execution, "_walker", lambda self: walk.Walker(self.shapes, self.now, self._defined))


def nothing_is_derived(patch: Patch) -> None:
    """Recorded effects are used although they may change how far another thread has come in a dict."""
    patch.setattr(store.Forms, "derived", lambda self, local: False)


def no_try_lock_obligation(patch: Patch) -> None:
    """That a lock is held can be observed, but its releases are no points."""
    observe = execution.Execution.observe
    patch.setattr(
        execution.Execution,
        "observe",
        lambda self, obj, aspect: None if aspect == "held" else observe(self, obj, aspect),
    )


def opaque_is_empty(patch: Patch) -> None:
    """A frame or an object that cannot be seen is taken to hold nothing."""
    patch.setattr(walk.Walker, "hide", lambda self, reason: None)


def owners_are_forgotten(patch: Patch) -> None:
    """A lock's content does not say who holds it, nor a thread's what it holds."""
    patch.setattr(primitives.Mutex, "links", lambda self: ())
    patch.setattr(execution, "_reentrant", lambda locks: [])


class _Blind(dict[Any, Any]):
    """A table of effects that ignores the shared part of its keys."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((0, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((0, *key[1:]), value)


def table_without_shared_part(patch: Patch) -> None:
    """Recorded effects are looked up by the thread's local part alone."""
    initial = steps.Steps.initial

    def blind(self: steps.Steps) -> Any:
        self.table = _Blind()
        return initial(self)

    patch.setattr(steps.Steps, "initial", blind)


def looks_are_not_noted(patch: Patch) -> None:
    """Recorded effects are used wherever the thread's own part agrees, whatever the step reads."""
    access = execution.Execution.access

    def unnoted(self: execution.Execution, obj: object, location: Any, write: bool) -> None:
        access(self, obj, location, write)
        self.dependencies = [known for known in self.dependencies if isinstance(known, primitives.Primitive)]

    patch.setattr(execution.Execution, "access", unnoted)


def primitives_do_not_tell(patch: Patch) -> None:
    """It is not noted which primitives a step looks at."""
    patch.setattr(primitives.Content, "__get__", lambda self, obj, cls=None: self if obj is None else self._get(obj))


def only_the_last_of_an_instruction(patch: Patch) -> None:
    """What an instruction announced before it was interrupted is taken for looked at before."""

    def forgetful(self: instruction.Instruction, late: bool) -> None:
        self.points += 1
        self.touched.clear()

    patch.setattr(instruction.Instruction, "interrupted", forgetful)


def whoever_refers_to_what(patch: Patch) -> None:
    """Objects that two others reach on different ways are taken for those of one of them."""
    patch.setattr(store.Effect, "reached_from", lambda self, objects: objects)


def _without(patch: Patch, hidden: Callable[[str], bool]) -> None:
    local_state, generator_state = frames.local_state, frames.generator_state

    def less(state: Any) -> Any:
        if not isinstance(state, frames.FrameState):
            return state
        return frames.FrameState(state.code, state.lasti, tuple(v for v in state.values if not hidden(v[0])))

    patch.setattr(frames, "local_state", lambda frame, callee: less(local_state(frame, callee)))
    patch.setattr(frames, "generator_state", lambda generator: less(generator_state(generator)))


def the_numbered_are_alike(patch: Patch) -> None:
    """Objects that accesses and locks are recorded by are taken for each other if they look alike."""
    walker = execution.Execution._walker

    def forgetful(self: execution.Execution) -> walk.Walker:
        found = walker(self)
        found.numbers = {}
        return found

    patch.setattr(execution.Execution, "_walker", forgetful)


def no_mirrors(patch: Patch) -> None:
    """What waits on the evaluation stack is not part of a frame."""
    _without(patch, lambda name: name.startswith(".t"))


def no_cells(patch: Patch) -> None:
    """The variables that functions share are not part of a frame."""
    _without(patch, lambda name: name.startswith(".c"))


def no_locals(patch: Patch) -> None:
    """Local variables are not part of a frame."""
    _without(patch, lambda name: not name.startswith("."))


def no_positions(patch: Patch) -> None:
    """Where a frame stands is not part of it."""
    local_state = frames.local_state

    def nowhere(frame: Any, callee: Any) -> Any:
        state = local_state(frame, callee)
        return frames.FrameState(state.code, 0, state.values) if isinstance(state, frames.FrameState) else state

    patch.setattr(frames, "local_state", nowhere)


def no_aliasing(patch: Patch) -> None:
    """The canonical form says what a reference leads to, but not whether another one leads to the same object."""

    def alike(self: Any, shape: int, numbers: list[int]) -> Any:
        nodes, order = self.graph.nodes, self.order
        first = {nodes[index]: number for number, index in reversed(list(enumerate(order)))}
        return (shape, tuple(first[nodes[order[number]]] if number >= 0 else number for number in numbers))

    patch.setattr(graph._Naming, "_in_order", alike)


def lists_are_sets(patch: Patch) -> None:
    """The references of a list are taken to have no order."""
    node = walk.Walker.node

    def unordered(self: walk.Walker, obj: object = None) -> Any:
        found = node(self, obj)
        if isinstance(obj, list):
            self.shapes.unordered.add(found[0])
        return found

    patch.setattr(walk.Walker, "node", unordered)


def no_instants(patch: Patch) -> None:
    """Instants are told apart only by whether they have passed."""

    def instant(self: walk.Walker, value: Any) -> None:
        remaining = float(value) - self.now
        if remaining > 0 and (self.next_instant is None or remaining < self.next_instant):
            self.next_instant = remaining
        self._shape.append((walk.Mark.INSTANT, type(value).__name__, 1.0 if remaining > 0 else 0.0))

    for kind in (walk.Instant, walk.Deadline, walk.Reading):
        patch.setitem(walk._INLINE, kind, instant)


def no_deadlines(patch: Patch) -> None:
    """The deadlines of pending operations are told apart only by whether they have passed."""
    plain = execution.Execution.plain_fields

    def fields(self: execution.Execution, operation: Any) -> Any:
        return tuple(
            execution.Remaining(min(1.0, field)) if isinstance(field, execution.Remaining) else field
            for field in plain(self, operation)
        )

    patch.setattr(execution.Execution, "plain_fields", fields)


def only_what_was_shared_before(patch: Patch) -> None:
    """Accesses to an object that becomes reachable for others in the very same step are not recorded."""

    def on_shared(running: execution.Execution, pictured: Any, walker: Any, before: Any = ()) -> Any:
        known = {id(obj) for obj in before}
        return [(access, True) for obj, access in running.accesses if accesses._public(obj) or id(obj) in known]

    patch.setattr(steps, "accesses_of", on_shared)


def waiters_have_no_order(patch: Patch) -> None:
    """A condition's content says how many wait, but not who comes first."""

    def nobody(walker: walk.Walker, obj: Any) -> None:
        walker._deque(deque(item for item in obj if not isinstance(item, primitives.Waiter)))

    patch.setattr(primitives.Condition, "links", lambda self: (self._lock,))
    patch.setattr(primitives.Condition, "status", lambda self: (len(self._waiters),))
    patch.setattr(primitives.Waiter, "links", lambda self: ())
    patch.setitem(walk._DESCRIBE, deque, nobody)


def globals_are_forgotten(patch: Patch) -> None:
    """The values of the globals that functions bind are not part of the state."""
    world = execution.Execution._world

    def forgetful(self: execution.Execution, walker: walk.Walker) -> Any:
        held, self._globals = self._globals, [entry for entry in self._globals if entry[1] == "w"]
        try:
            return world(self, walker)
        finally:
            self._globals = held

    patch.setattr(execution.Execution, "_world", forgetful)


def daemons_must_finish(patch: Patch) -> None:
    """Whether a thread is a daemon does not matter for the end of the program."""
    patch.setattr(store.Forms, "daemon", lambda self, local: False)
