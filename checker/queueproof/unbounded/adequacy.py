"""Whether the lemmas say enough: for each module of the specification, the lemmas that a mutant of it must
fail.

``noticed`` names the first lemma that a mutant fails, with the counterexample. Lemmas that speak of the
function that was changed come first, so most mutants die at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.mutation import Mutant
from queueproof.unbounded.proof import prove
from queueproof.unbounded.theorems import fifo, grain, law, liveness, refinement, safety, termination
from queuespec import (
    apple,
    contents,
    environment,
    fine_grained,
    one_condition,
    one_condition_fifo,
    pill,
    shutdown,
    tickets,
    two_conditions,
    watched,
)
from queuespec.apple import Apple
from queuespec.pill import Pills
from queuespec.shutdown import Closable

Lemmas = Callable[[Any], Iterator[Lemma]]


def _two_conditions(spec: Any) -> Iterator[Lemma]:
    yield safety.initially(spec)
    yield safety.begins(spec)
    yield from safety.induction(spec)
    yield from safety.effects(spec)
    yield from safety.conservation(spec)
    yield from safety.enabledness(spec)
    yield safety.no_lost_wakeup(spec)
    yield safety.no_deadlock(spec)
    yield from safety.lost_wakeups_are_lost_wakeups(spec)
    yield from liveness.progress(spec)
    yield from refinement.two_to_one(spec)


def _environment(world: Any) -> Iterator[Lemma]:
    yield from safety.world_induction(world)
    yield from safety.world_effects(world)
    yield from safety.conservation(two_conditions, world)


def _fine_grained(spec: Any) -> Iterator[Lemma]:
    yield grain.initially(spec)
    yield from grain.induction(spec)
    yield from grain.conservation(spec)
    yield from grain.refinement(spec)
    yield from grain.consequences(spec)


def _one_condition(spec: Any) -> Iterator[Lemma]:
    yield from law.safe_side(spec)
    yield from law.induction(spec)
    yield from law.steps_are_right(spec)
    yield from law.repairs(spec)


def _one_condition_fifo(spec: Any) -> Iterator[Lemma]:
    yield from law.strategy(spec)
    yield from law.moves_are_steps(spec)
    yield law.the_oldest_go_first(spec)


def _shutdown(spec: Any) -> Iterator[Lemma]:
    yield termination.initially(spec)
    yield from termination.induction(spec, Closable)
    yield from termination.shutdown_counts(spec)
    yield from termination.shutdown_sections(spec)
    yield from termination.shutdown_ends(spec)
    yield from refinement.shutdown_to_plain(spec)


def _pill(spec: Any) -> Iterator[Lemma]:
    yield from termination.ending(spec, Pills, 0)
    yield from refinement.pill_to_plain(spec)


def _apple(spec: Any) -> Iterator[Lemma]:
    yield from termination.ending(spec, Apple, 1)
    yield from refinement.apple_to_plain(spec)


LEMMAS: dict[ModuleType, Lemmas] = {
    two_conditions: _two_conditions,
    environment: _environment,
    fine_grained: _fine_grained,
    one_condition: _one_condition,
    one_condition_fifo: _one_condition_fifo,
    shutdown: _shutdown,
    pill: _pill,
    apple: _apple,
    tickets: liveness.turns,
    watched: liveness.notification,
    contents: lambda spec: iter([*fifo.induction(spec), *fifo.exact(spec)]),
}


def noticed(original: ModuleType, mutant: Mutant) -> str:
    """The first lemma that the mutant fails, and of what; "" if it passes them all."""
    try:
        lemmas = list(LEMMAS[original](mutant.load(original)))
    except (TypeError, AttributeError, NameError) as error:
        return f"cannot be loaded: {error}"
    return first_failure(sorted(lemmas, key=lambda lemma: not lemma.name.startswith(mutant.function)))


def first_failure(lemmas: Iterable[Lemma]) -> str:
    """The first of the lemmas that is not proved, and why; "" if all are."""
    for lemma in lemmas:
        try:
            proof = prove(lemma, recheck=False)
        except (TypeError, AttributeError, IndexError, ValueError) as error:
            return f"{lemma.name}: {type(error).__name__}: {error}"
        if not proof.proved:
            return f"{lemma.name}: {proof.reason}"
    return ""
