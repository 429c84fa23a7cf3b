"""Every rule is needed: break one, and the lemma that rests on it fails, and a short schedule goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from queueproof.unbounded.induction import keeps
from queueproof.unbounded.theorem import EVERY_WAKE_UP, REFUTED, Disproved, Finding, Searched, Theorem
from queuespec import broken, one_condition, two_conditions
from queuespec.broken import Gapped, Variant
from queuespec.search import Trace, reachable, shortest
from queuespec.system import System
from queuespec.two_conditions import Counters

Initial = Callable[[int, int, int], Any]


def told(trace: Trace) -> str:
    """The steps of a trace, by name."""
    return " -> ".join(name for name, _ in trace[1:])


def smaller(configuration: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    """All configurations that are smaller in some respect and larger in none."""
    everything = product(*(range(1, n + 1) for n in configuration))
    return (c for c in everything if c != configuration)


def goes_wrong(
    system: System,
    initial: Initial,
    configuration: tuple[int, int, int],
    bad: Callable[[Any], bool],
    steps: int,
) -> Finding:
    """Whether the shortest way to a bad state has so many steps, and no smaller configuration has any."""
    trace = shortest(system, [initial(*configuration)], bad)
    if trace is None or len(trace) - 1 != steps:
        return Finding(False, detail=f"{configuration}: {told(trace) if trace else 'nothing goes wrong'}")
    for c in smaller(configuration):
        if shortest(system, [initial(*c)], bad) is not None:
            return Finding(False, detail=f"the smaller configuration {c} goes wrong too")
    kpc = "K={}, P={}, C={}".format(*configuration)
    return Finding(True, states=len(trace), detail=f"{kpc}: {told(trace)}")


def can_reach(system: System, initial: Initial, state: Any) -> bool:
    """Whether the state can be reached from the empty queue with as many threads; nothing beyond a corrupt state."""
    s = getattr(state, "queue", state)
    putters = two_conditions.putters(s)
    getters = two_conditions.getters(s) + getattr(state, "deciding", 0)
    sane = tuple(replace(action, guard=_where_sane(action.guard)) for action in system.actions)
    return state in reachable(System(system.name, sane), [initial(s.capacity, putters, getters)])


def _where_sane(guard: Callable[..., bool]) -> Callable[..., bool]:
    return lambda state, *pick: guard(state, *pick) and not broken.corrupt(getattr(state, "queue", state))


def _theorem(
    name: str,
    rule: str,
    system: System,
    case: type[Any],
    invariant: Any,
    fails_at: str,
    search: Searched,
    initial: Initial = two_conditions.initial,
) -> Theorem:
    lemmas = [lemma for lemma in keeps(system.actions, case, invariant) if lemma.name.startswith(fails_at + " ")]
    return Theorem(
        f"rule-{name}",
        f"The queue does without the rule that {rule}.",
        REFUTED,
        (*(Disproved(lemma, reached=partial(can_reach, system, initial)) for lemma in lemmas), search),
        EVERY_WAKE_UP,
    )


def of_variant(variant: Variant) -> Theorem:
    """The refutation of one broken variant."""
    search = Searched(
        "goes wrong in its smallest configuration",
        lambda: goes_wrong(
            variant.system,
            two_conditions.initial,
            variant.configuration,
            variant.goes_wrong,
            variant.steps,
        ),
    )
    return _theorem(
        variant.name,
        variant.rule,
        variant.system,
        Counters,
        two_conditions.invariant,
        variant.fails_at,
        search,
    )


def theorems() -> list[Theorem]:
    """One theorem for each rule."""
    gap = Searched(
        "goes wrong in its smallest configuration",
        lambda: goes_wrong(broken.GAPPED, broken.gapped_initial, (1, 1, 1), broken.gapped_lost_wakeup, 3),
    )
    shared = Searched(
        "goes wrong in its smallest configurations",
        lambda: goes_wrong(one_condition.SYSTEM, one_condition.initial, (1, 1, 2), one_condition.deadlock, 7),
    )
    return [
        *map(of_variant, broken.VARIANTS),
        _theorem(
            "check-and-sleep-apart",
            "a thread checks and falls asleep in one step",
            broken.GAPPED,
            Gapped,
            broken.gapped_invariant,
            "get_sleeps",
            gap,
            broken.gapped_initial,
        ),
        Theorem(
            "rule-one-condition",
            "The queue does without the rule that putters and getters wait on conditions of their own.",
            REFUTED,
            (shared,),
            EVERY_WAKE_UP,
        ),
    ]
