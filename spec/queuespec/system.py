"""The vocabulary of the concurrent model: an action is a guard and an effect; a system is a set of actions.

A state is an immutable tuple of integers. One action is one indivisible step, in most models a whole critical
section. Guards and effects are plain, loop-free functions, so the same function can be executed, searched and
handed to a theorem prover. An action may leave a free choice to its environment (who is woken): then
``picks`` lists the candidates, and guard and effect take the pick as a second argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Action:
    """One kind of step: enabled where ``guard`` is true, leading to ``effect`` of the state."""

    name: str
    guard: Callable[..., bool]
    effect: Callable[..., Any]
    picks: Callable[[Any], Iterable[int]] | None = None

    def successors(self, state: Any) -> Iterator[Any]:
        """Every state to which this action leads from ``state``."""
        for pick in [()] if self.picks is None else [(pick,) for pick in self.picks(state)]:
            if self.guard(state, *pick):
                yield self.effect(state, *pick)


@dataclass(frozen=True)
class System:
    """A named set of actions; where it starts is given by the ``initial`` function of its module."""

    name: str
    actions: tuple[Action, ...]

    def steps(self, state: Any) -> Iterator[tuple[str, Any]]:
        """Every step from ``state``: the name of the action and the state that it leads to."""
        for action in self.actions:
            for after in action.successors(state):
                yield action.name, after

    def __getitem__(self, name: str) -> Action:
        """The action of that name; ``KeyError`` if there is none."""
        for action in self.actions:
            if action.name == name:
                return action
        raise KeyError(name)

    def changed(self, name: str, **actions: Action | None) -> System:
        """This system under a new name with the named actions exchanged, removed (None) or added."""
        kept = [actions.pop(a.name, a) for a in self.actions]
        return System(name, tuple(a for a in [*kept, *actions.values()] if a is not None))


def action(guard: Callable[..., bool], effect: Callable[..., Any]) -> Action:
    """Make an action that bears the name of its effect."""
    return Action(effect.__name__, guard, effect)
