"""CPython's own tests of `queue` pass on its source run inside the sandbox."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from support.cpython import names_of_tests, run_test
from treadle.sandbox.importer import Sandbox

SKIPPED = {
    "PySimpleQueueTest.test_references": "mirrors keep an object alive until the function returns",
}

LONG = ("many_threads", "PyPriorityQueueTest.test_shutdown")
"""Parts of the names of tests that move thousands of items."""


@cache
def sandbox(layer: str) -> Sandbox:
    loaded = Sandbox(Path(__file__).parent / "cpython_queue_tests.py", include=("test",), primitives=layer)
    loaded.load()
    return loaded


def names() -> list[str]:
    return names_of_tests(sandbox("virtual").modules["cpython_queue_tests"])


ASKED = [name for name in names() if name not in SKIPPED]


@pytest.mark.parametrize("name", [name for name in ASKED if not any(part in name for part in LONG)])
@pytest.mark.parametrize(("layer", "seed"), [("virtual", None), ("stdlib", 1)])
def test_the_queue_in_the_sandbox_passes_what_cpython_asks_of_its_own(name: str, layer: str, seed: int | None) -> None:
    run_test(sandbox(layer), name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("layer", ["virtual", "stdlib"])
def test_it_passes_under_other_schedules_too(name: str, layer: str) -> None:
    for seed in (None, 1, 2):
        run_test(sandbox(layer), name, seed)


def test_no_more_is_skipped_than_has_a_reason() -> None:
    assert set(SKIPPED) <= set(names())
    assert len(names()) >= 26
