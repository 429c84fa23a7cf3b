"""Each broken variant works in one thread, so only an interleaving shows its fault, and says what that is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import pytest

from boundedqueue import NaiveQueue, broken

MODULES = [module.name for module in pkgutil.iter_modules(broken.__path__)]


@pytest.mark.parametrize("name", broken.__all__)
def test_alone_it_is_a_queue(name: str) -> None:
    queue = getattr(broken, name)(2)
    taken: list[Any] = []
    for n in range(0, 6, 2):
        queue.put(n)
        queue.put(n + 1)
        taken += [queue.get(), queue.get()]
    assert taken == list(range(6))


def test_alone_the_naive_queue_is_a_queue() -> None:
    queue = NaiveQueue[int](2)
    queue.put(1)
    queue.put(2)
    assert [queue.get(), queue.get()] == [1, 2]


@pytest.mark.parametrize("name", MODULES)
def test_each_file_says_which_rule_is_missing_and_marks_the_place(name: str) -> None:
    module = importlib.import_module(f"boundedqueue.broken.{name}")
    assert "The rule that is missing: " in (module.__doc__ or "")
    assert "# FAULT: " in inspect.getsource(module)


@pytest.mark.parametrize("name", MODULES)
def test_each_file_holds_one_fault_and_is_exported(name: str) -> None:
    module = importlib.import_module(f"boundedqueue.broken.{name}")
    classes = [
        name for name, value in vars(module).items() if inspect.isclass(value) and value.__module__ == module.__name__
    ]
    assert classes
    assert set(classes) <= set(broken.__all__)
