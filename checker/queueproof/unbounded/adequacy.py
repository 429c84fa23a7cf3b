"""Whether the lemmas say enough: for each module of the specification, the lemmas that a mutant of it must
fail.

A mutant that passes them all must be equivalent: ``equivalent`` proves that the changed function agrees
with the original wherever the invariant (of a part of the invariant: the types) holds. What is neither
noticed nor equivalent is a gap. ``noticed`` names the first lemma that a mutant fails, with the
counterexample. Lemmas that speak of the function that was changed come first, so most mutants die at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_type_hints

from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.mutation import Mutant
from queueproof.unbounded.proof import prove
from queueproof.unbounded.theorems import (
    fifo,
    grain,
    handing,
    joining,
    law,
    liveness,
    notification,
    refinement,
    safety,
    termination,
)
from queuespec import (
    apple,
    contents,
    environment,
    fine_grained,
    hand_over,
    one_condition,
    one_condition_fifo,
    pill,
    shutdown,
    tasks,
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
    yield from grain.steps_are_possible(spec)
    yield from grain.consequences(spec)


def _one_condition(spec: Any) -> Iterator[Lemma]:
    yield from law.safe_side(spec)
    yield from law.induction(spec)
    yield from law.guards_are_right(spec)
    yield from law.steps_are_right(spec)
    yield from law.repairs(spec)


def _one_condition_fifo(spec: Any) -> Iterator[Lemma]:
    yield from law.strategy(spec)
    yield from law.moves_are_steps(spec)
    yield from law.the_line_is_a_line(spec)
    yield law.the_oldest_go_first(spec)


def _shutdown(spec: Any) -> Iterator[Lemma]:
    yield termination.initially(spec)
    yield safety.begins(spec, spec.hide)
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
    tasks: joining.lemmas,
    tickets: liveness.turns,
    hand_over: handing.lemmas,
    watched: notification.lemmas,
    contents: lambda spec: iter([*fifo.induction(spec), *fifo.exact(spec)]),
}


@dataclass(frozen=True)
class Failure:
    """How a mutant is noticed: the lemma that it fails, why, and the counterexample if there is one."""

    lemma: str
    reason: str
    case: Any = None

    def __str__(self) -> str:
        """In one line."""
        return f"{self.lemma}: {self.reason}"


def noticed(original: ModuleType, mutant: Mutant) -> Failure | None:
    """The first lemma that the mutant fails; None if it passes them all."""
    try:
        lemmas = list(LEMMAS[original](mutant.load(original)))
    except (TypeError, AttributeError, NameError) as error:
        return Failure("all lemmas", f"cannot be loaded: {error}")
    concerned = mutant.function.removesuffix("_guard")
    return first_failure(sorted(lemmas, key=lambda lemma: not lemma.name.startswith(concerned)))


def first_failure(lemmas: Iterable[Lemma]) -> Failure | None:
    """The first of the lemmas that is not proved; None if all are."""
    for lemma in lemmas:
        try:
            proof = prove(lemma, recheck=False)
        except (TypeError, AttributeError, IndexError, ValueError) as error:
            return Failure(lemma.name, f"{type(error).__name__}: {error}")
        if not proof.proved:
            return Failure(lemma.name, proof.reason, proof.counterexample)
    return None


def equivalent(original: ModuleType, mutant: Mutant) -> bool:
    """Whether the changed function is proved to agree with the original in every state that can matter."""
    old = getattr(original, mutant.function)
    new = getattr(mutant.load(original), mutant.function)
    kinds = [kind for name, kind in get_type_hints(old).items() if name != "return"]
    if len(kinds) != 1 or not hasattr(kinds[0], "_fields") or mutant.function == "types":
        return False
    assume = _assumption(original, mutant.function, kinds[0])
    lemma = Lemma(f"{mutant.name} changes nothing", kinds[0], assume, lambda s: _same(old(s), new(s)))
    try:
        return prove(lemma, recheck=False).proved
    except (TypeError, AttributeError, IndexError, ValueError):
        return False


def _assumption(original: Any, function: str, case: type[Any]) -> Callable[[Any], bool]:
    """The invariant, for functions of the steps; only the types, for the parts that the invariant is made
    of.
    """
    if original is one_condition_fifo:
        if case is one_condition_fifo.Round and function != "on_schedule":
            return one_condition_fifo.on_schedule
        return lambda s: one_condition_fifo.types(getattr(s, "line", s))
    part = function.endswith(PARTS) or not hasattr(original, "invariant")
    types = getattr(original, "types", two_conditions.types)
    if part and "queue" in case._fields:
        return lambda s: two_conditions.types(s.queue) and types(s)
    assumed: Callable[[Any], bool] = types if part else original.invariant
    return assumed


PARTS = ("invariant", "_served", "since_empty", "since_full", "_shutdown", "_end", "everyone", "_it", "_them",
         "apple", "first", "wakeup", "deadlock", "stuck", "ended")  # fmt: skip


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, tuple):
        return bool(old == new)
    if type(old) is bool or type(new) is bool or hasattr(old, "build") or hasattr(new, "build"):
        return bool(old) is bool(new)
    return bool(old == new)
