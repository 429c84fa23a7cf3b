"""The oracle and the checker side by side on one program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import oracle
from support.outcomes import Outcomes, outcomes


def by_oracle(source: str, **options: Any) -> Outcomes | None:
    """What the oracle finds; None if it does not come to an end within its bounds."""
    result = oracle.explore(source, **{"sleep_sets": True, "max_executions": 3000, **options})
    if not result.complete:
        return None
    return Outcomes(
        frozenset((one.deadlocked, one.observation) for one in result.outcomes),
        frozenset(kind for one in result.outcomes for _, kind in one.failures),
    )


def difference(expected: Outcomes, source: str, folder: Path, **options: Any) -> str:
    """What the checker misses or invents, in words with the program; empty if nothing."""
    found = outcomes(source, folder, **options)
    if found == expected:
        return ""
    return (
        f"options {options}\n"
        f"missed: {sorted(map(repr, expected.final - found.final))} {sorted(expected.failures - found.failures)}\n"
        f"invented: {sorted(map(repr, found.final - expected.final))} {sorted(found.failures - expected.failures)}\n"
        f"{source}"
    )
