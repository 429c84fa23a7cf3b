"""CPython's own lock tests pass on the virtual primitives, in both layers and under several schedules."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from support.cpython import names_of_tests, run_test
from treadle.sandbox.importer import Sandbox

SKIPPED = {
    "ConditionAsRLockTests.test_recursion_count": "CPython skips it too: Condition has no _recursion_count",
}


@cache
def sandbox(layer: str) -> Sandbox:
    loaded = Sandbox(Path(__file__).parent / "cpython_lock_tests.py", include=("test",), primitives=layer)
    loaded.load()
    return loaded


def names() -> list[str]:
    return names_of_tests(sandbox("virtual").modules["cpython_lock_tests"])


ASKED = [name for name in names() if name not in SKIPPED]


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(("layer", "seed"), [("virtual", None), ("stdlib", 1)])
def test_the_virtual_primitives_pass_what_cpython_asks_of_its_own(name: str, layer: str, seed: int | None) -> None:
    run_test(sandbox(layer), name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("layer", ["virtual", "stdlib"])
def test_they_pass_under_other_schedules_too(name: str, layer: str) -> None:
    for seed in (None, *range(2, 7)):
        run_test(sandbox(layer), name, seed)


def test_no_more_is_skipped_than_has_a_reason() -> None:
    assert set(SKIPPED) <= set(names())
    assert len(names()) >= 100
