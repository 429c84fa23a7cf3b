"""The look-ups behind the theorems about real code, executed for real: of 100,000 and more none leads elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from queueproof.exploration import Explored, theorems

AT_LEAST = 100_000
APART = 300
"""Programs of at most so many states are audited without symmetry too, until there are enough: that way there is far
more to look up."""


def programs() -> Iterator[Explored]:
    """The programs of all theorems, each once."""
    parts = [part for theorem in theorems() for part in theorem.parts if isinstance(part, Explored)]
    yield from {part.name: part for part in parts}.values()


def audited(part: Explored, **options: object) -> tuple[int, int]:
    """How many look-ups were audited, and how many states there are; a mismatch raises."""
    report = replace(part, options=(*part.options, ("audit", 1), *options.items())).explore()
    assert (report.verdict, report.reason) == (part.verdict, part.reason)
    assert report.audited is not None
    return report.audited, report.states


SMALL = [part for part in programs() if part.name.endswith("2, 2, 1, 1)")]


@pytest.mark.parametrize("part", SMALL, ids=lambda part: part.name)
def test_no_look_up_of_a_small_program_leads_elsewhere(part: Explored) -> None:
    assert audited(part)[0] > 0


@pytest.mark.slow
def test_no_look_up_of_any_theorem_leads_elsewhere() -> None:
    counted = {part: audited(part) for part in programs()}
    total = sum(count for count, _ in counted.values())
    for part in (part for part, (_, states) in counted.items() if states <= APART):
        if total < AT_LEAST:
            total += audited(part, symmetry=False)[0]
    assert total >= AT_LEAST
