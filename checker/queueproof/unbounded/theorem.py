"""A theorem: one claim, and the parts that establish it, each decided by one engine.

The parts are small and independent, so that a pool of processes can share them out. A theorem is
established when every part is; the first part that is not says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from queueproof.unbounded.lemma import Lemma

PROVED = "proved for all"
EXHAUSTED = "exhausted within bounds"
REFUTED = "refuted with counterexample"

Progress = Callable[[str], None]

# How a wait may end: notify wakes the longest sleeper; or any; or more than asked; or a sleeper wakes by
# itself.
FIFO, ANY, MORE, SPURIOUS = "fifo", "any", "more", "spurious"
EVERY_WAKE_UP = (FIFO, ANY, MORE, SPURIOUS)


@dataclass(frozen=True)
class Finding:
    """What became of one part: how much work it was, what it found, and, if it failed, why."""

    ok: bool
    paths: int = 0
    queries: int = 0
    states: int = 0
    detail: str = ""


class Part(Protocol):
    """One obligation of a theorem."""

    @property
    def name(self) -> str:
        """What is to be shown."""

    @property
    def engine(self) -> str:
        """Who shows it."""

    def check(self) -> Finding:
        """Show it, or say why not."""


@dataclass(frozen=True)
class Outcome:
    """What became of a theorem; ``detail`` is the counterexample, or why it was not established.

    ``notes`` says what was found of each part.
    """

    ok: bool
    size: str
    seconds: float
    detail: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theorem:
    """A claim, how it is established, by which engines, and under which kinds of wake-up it holds."""

    name: str
    claim: str
    established: str
    parts: tuple[Part, ...]
    wake_ups: tuple[str, ...] = ()

    @property
    def engines(self) -> str:
        """The engines of all parts, each once."""
        return ", ".join(dict.fromkeys(part.engine for part in self.parts))

    def prove(self, progress: Progress = lambda _: None) -> Outcome:
        """Check all parts, one after the other; ``progress`` is told the name of each before it begins."""
        started = time.perf_counter()
        findings = []
        for part in self.parts:
            progress(f"{self.name}: {part.name} ({part.engine})")
            findings.append(part.check())
        return self.outcome(findings, time.perf_counter() - started)

    def outcome(self, findings: Iterable[Finding], seconds: float) -> Outcome:
        """Sum up what was found of the parts, in their order."""
        findings = list(findings)
        failures = [
            f"{part.name} ({part.engine}): {finding.detail}"
            for part, finding in zip(self.parts, findings, strict=True)
            if not finding.ok
        ]
        notes = tuple(finding.detail for finding in findings)
        ok = bool(findings) and not failures
        detail = "; ".join(filter(None, notes) if ok else failures or ["no parts"])
        return Outcome(ok, size(findings), seconds, detail, notes)


def size(findings: Iterable[Finding]) -> str:
    """The size of a proof: its parts, paths, questions to solvers, and states searched."""
    findings = list(findings)
    counts = {
        "parts": len(findings),
        "paths": sum(finding.paths for finding in findings),
        "queries": sum(finding.queries for finding in findings),
        "states": sum(finding.states for finding in findings),
    }
    return ", ".join(f"{count:,} {what if count > 1 else SINGULAR[what]}" for what, count in counts.items() if count)


SINGULAR = {"parts": "part", "paths": "path", "queries": "query", "states": "state"}


# The kinds of part. The engines are imported when they are needed: some interpreters lack their wheels.


def _without(engine: str, error: ImportError) -> Finding:
    return Finding(False, detail=f"not checked: {engine} cannot be imported here ({error})")


@dataclass(frozen=True)
class Proved:
    """A lemma that path exploration proves; Z3 and cvc5 re-check its certificate."""

    lemma: Lemma
    engine: str = "Z3 + cvc5"

    @property
    def name(self) -> str:
        """What is to be shown."""
        return self.lemma.name

    def check(self) -> Finding:
        """Prove it."""
        try:
            from queueproof.unbounded.certificate import EXPECTED
            from queueproof.unbounded.proof import prove
        except ImportError as error:
            return _without(self.engine, error)
        proof = prove(self.lemma)
        return Finding(proof.proved, proof.paths, 2 * len(EXPECTED), detail=proof.reason)


@dataclass(frozen=True)
class Confirmed:
    """A lemma that CrossHair confirms over all paths, and whose witness it refutes."""

    lemma: Lemma
    engine: str = "CrossHair"

    @property
    def name(self) -> str:
        """What is to be shown."""
        return self.lemma.name

    def check(self) -> Finding:
        """Confirm it."""
        try:
            from queueproof.unbounded.crosshair_engine import confirm
        except ImportError as error:
            return _without(self.engine, error)
        reason = confirm(self.lemma)
        return Finding(not reason, queries=2, detail=reason)


@dataclass(frozen=True)
class Disproved:
    """A lemma that must be false: the counterexample to it is the finding, and whether it can be reached."""

    lemma: Lemma
    engine: str = "Z3"
    reached: Callable[[Any], bool] | None = None
    """Whether a state can be reached; a counterexample to induction need not be one that can."""

    @property
    def name(self) -> str:
        """What is to be shown false."""
        return f"not: {self.lemma.name}"

    def check(self) -> Finding:
        """Refute it."""
        try:
            from queueproof.unbounded.proof import prove
        except ImportError as error:
            return _without(self.engine, error)
        proof = prove(self.lemma, recheck=False)
        if proof.counterexample is None:
            return Finding(False, proof.paths, detail=proof.reason or "no counterexample: it holds")
        told = f"{self.lemma.name} fails of {proof.counterexample}"
        if self.reached is not None:
            told += f", which {'can' if self.reached(proof.counterexample) else 'cannot'} be reached"
        return Finding(True, proof.paths, detail=told)


@dataclass(frozen=True)
class Searched:
    """A statement about finitely many states, decided by visiting them."""

    name: str
    search: Callable[[], Finding]
    engine: str = "search"

    def check(self) -> Finding:
        """Visit them."""
        return self.search()


def proved(lemmas: Iterable[Lemma]) -> tuple[Part, ...]:
    """Each of the lemmas by path exploration."""
    return tuple(Proved(lemma) for lemma in lemmas)


def both(lemmas: Iterable[Lemma]) -> tuple[Part, ...]:
    """Each of the lemmas by both engines."""
    lemmas = list(lemmas)
    return (*proved(lemmas), *(Confirmed(lemma) for lemma in lemmas))
