"""Runs CPython's own tests inside a sandbox, each test method as the main thread of a virtual execution."""

from __future__ import annotations

import gc
import unittest
from types import ModuleType

from support.cooperative import Execution
from treadle.sandbox.importer import Sandbox


def names_of_tests(module: ModuleType) -> list[str]:
    """`Class.method` for each test that the module has, leaving out classes that CPython itself skips."""
    classes = [value for value in vars(module).values() if isinstance(value, type)
               and issubclass(value, unittest.TestCase) and value is not unittest.TestCase
               and not getattr(value, "__unittest_skip__", False)]  # fmt: skip
    return [f"{cls.__name__}.{name}" for cls in classes for name in unittest.defaultTestLoader.getTestCaseNames(cls)]


def run_test(sandbox: Sandbox, name: str, seed: int | None) -> None:
    """Run one test of the loaded module under the schedule that `seed` names; raises what the test raises."""
    cls, method = name.split(".")
    case = getattr(sandbox.modules[sandbox.modname], cls)(method)
    gc.freeze()  # what was there before need not be searched when a test collects garbage
    try:
        Execution(seed).run(case.debug)
    finally:
        gc.unfreeze()
