"""Every rule is needed: break one, and the lemma that rests on it fails, and a short schedule goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import product
from typing import Any

from queueproof.unbounded.induction import keeps
from queueproof.unbounded.reach import can_reach
from queueproof.unbounded.theorem import EVERY_WAKE_UP, REFUTED, Disproved, Finding, Searched, Theorem
from queuespec import broken, broken_calls, one_condition, unlocked
from queuespec.broken import Variant
from queuespec.search import Trace, shortest
from queuespec.system import System

VARIANTS = (*broken.VARIANTS, broken.GAP, *unlocked.VARIANTS, *broken_calls.VARIANTS)
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


def of_variant(variant: Variant) -> Theorem:
    """The refutation of one broken variant."""
    lemmas = keeps(variant.system.actions, variant.case, variant.invariant)
    reached = partial(can_reach, variant.system, variant.initial)
    return Theorem(
        f"rule-{variant.name}",
        f"The queue does without the rule that {variant.rule}.",
        REFUTED,
        (
            *(Disproved(lemma, reached=reached) for lemma in lemmas if lemma.name.startswith(variant.fails_at + " ")),
            Searched(
                "goes wrong in its smallest configuration",
                lambda: goes_wrong(
                    variant.system, variant.initial, variant.configuration, variant.goes_wrong, variant.steps
                ),
            ),
        ),
        EVERY_WAKE_UP,
    )


def theorems() -> list[Theorem]:
    """One theorem for each rule."""
    shared = Searched(
        "goes wrong in its smallest configurations",
        lambda: goes_wrong(one_condition.SYSTEM, one_condition.initial, (1, 1, 2), one_condition.deadlock, 7),
    )
    return [
        *map(of_variant, VARIANTS),
        Theorem(
            "rule-one-condition",
            "The queue does without the rule that putters and getters wait on conditions of their own.",
            REFUTED,
            (shared,),
            EVERY_WAKE_UP,
        ),
    ]
