"""The examples in the docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import boundedqueue

MODULES = [
    "boundedqueue",
    *(m.name for m in pkgutil.walk_packages(boundedqueue.__path__, "boundedqueue.") if "__main__" not in m.name),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_each_module_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
