"""The lemmas of an inductive proof, made from a system's own actions.

An invariant is inductive when it holds initially and every action keeps it; what follows from it then holds
in every reachable state, for all integers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from queueproof.unbounded.lemma import Lemma
from queuespec.system import Action

Predicate = Callable[[Any], bool]


def always(_: Any) -> bool:
    """No further assumption."""
    return True


def step(action: Action, case: type[Any], given: Predicate, then: Callable[[Any, Any], bool], name: str) -> Lemma:
    """From a state that meets ``given``, the action leads to one such that ``then(before, after)``."""
    return Lemma(
        f"{action.name} {name}",
        case,
        lambda s: action.guard(s) and given(s),
        lambda s: then(s, action.effect(s)),
    )


def keeps(
    actions: Iterable[Action], case: type[Any], invariant: Predicate, assuming: Predicate = always
) -> Iterator[Lemma]:
    """Every action keeps the invariant (in states that also meet the assumption)."""
    for action in actions:
        yield step(
            action,
            case,
            lambda s: invariant(s) and assuming(s),
            lambda _, after: invariant(after),
            "keeps the invariant",
        )


def implies(name: str, case: type[Any], invariant: Predicate, then: Predicate) -> Lemma:
    """The invariant implies the rest."""
    return Lemma(name, case, invariant, then)


def unchanged(
    actions: Iterable[Action],
    case: type[Any],
    invariant: Predicate,
    measures: Callable[[Any], tuple[Any, ...]],
    name: str,
) -> Iterator[Lemma]:
    """No action changes the measures."""
    for action in actions:
        yield step(action, case, invariant, lambda s, after: measures(after) == measures(s), name)
