"""CPython's own tests of the language, transformed, still pass: with the hooks idle and with them at work.

What fails is listed by name, with the reason. A test that fails and is not listed, or is listed and passes,
is an error.
"""

from __future__ import annotations

import importlib.util
import sys
import types
import unittest
import warnings
from pathlib import Path
from typing import Any

import pytest

from treadle.sandbox import audits, foreign, hooks, runtime, transform

pytestmark = pytest.mark.usefixtures("few_objects")

LIFETIME = "a mirror keeps a temporary object alive until it is overwritten or the function returns"
TRACED = "counts the line events of sys.settrace, of which hooks have some of their own"
DISSECTED = "runs the code of a generator expression with another iterator put into its frame"
COLUMNS = "compares columns of tracebacks, or has no frame for a comprehension"

EXPECTED: dict[str, dict[str, str]] = {
    "test_generators": {"test_close_releases_frame_locals": LIFETIME},
    "test_listcomps": {"test_exception_locations": COLUMNS},
    "test_dictcomps": {"test_exception_locations": COLUMNS},
    "test_setcomps": {"test_exception_locations": COLUMNS},
    "test_contextlib": {"test_nokeepref": LIFETIME},
    "test_iter": {"test_ref_counting_behavior": LIFETIME},
    "test_dict": {"test_container_iterator": LIFETIME},
    "test_deque": {"test_container_iterator": LIFETIME},
    "test_patma": {
        "test_default_capture": TRACED,
        "test_default_wildcard": TRACED,
        "test_no_default": TRACED,
        "test_only_default_capture": TRACED,
        "test_only_default_wildcard": TRACED,
        "test_unreachable_code": TRACED,
    },
}
if sys.version_info >= (3, 14):
    EXPECTED["test_generators"] |= {
        "test_generator_resurrect": LIFETIME,
        "test_modify_f_locals": DISSECTED,
        "test_new_gen_from_gi_code": DISSECTED,
    }
SUITES = """
    test_grammar test_contextlib test_generators test_with test_unpack test_augassign test_scope
    test_listcomps test_named_expressions test_dictcomps test_setcomps test_genexps test_iter
    test_list test_super test_patma
    test_fstring test_decorators test_compare test_bool test_unpack_ex test_raise
"""
LONG_SUITES = "test_deque test_dict"


class Counting:
    """A host that counts what it is told."""

    thread: Any = None
    now = 0.0
    accesses = 0

    alone = False

    def interrupts(self, obj: object, location: object) -> bool:
        return False

    def depends_on(self, obj: object) -> None: ...

    def access(self, obj: object, location: object, write: bool) -> None:
        assert isinstance(write, bool)
        self.accesses += 1

    def hidden(self, reason: str) -> None: ...

    def doubt(self, reason: str) -> None: ...

    def expose(self, attributes: dict[str, Any], owner: object) -> None: ...

    def loop(self) -> None: ...
    def nondeterministic(self, reason: str) -> None: ...


def load(name: str) -> types.ModuleType:
    """CPython's test module `name`, transformed."""
    spec = importlib.util.find_spec(f"test.{name}")
    if spec is None or spec.origin is None:
        pytest.skip(f"this Python has no test.{name}")
    made = types.ModuleType(spec.name)
    made.__file__, made.__package__, made.__spec__ = spec.origin, "test", spec
    setattr(made, transform.NAME, hooks.namespace())
    source = Path(spec.origin).read_text(encoding="utf-8")
    sys.modules[spec.name] = made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(transform.compile_module(source, spec.origin, modname=spec.name), made.__dict__)
    return made


@pytest.fixture(autouse=True)
def the_world_outside_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of these tests start processes. Here it is about the transform, not about what is refused."""
    monkeypatch.setattr(audits, "REFUSED", {})


@pytest.fixture(autouse=True)
def not_everything_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """One test gives ten thousand callbacks to one stack, and C code could reach all of them each time."""
    monkeypatch.setattr(foreign, "MOST", 500)


def name_of(case: Any) -> str:
    """The name of the test method, also for a subtest."""
    return str(getattr(case, "test_case", case).id().split(".")[-1].split(" ")[0])


def failures(module: types.ModuleType, host: Counting | None) -> tuple[set[str], set[str]]:
    """The tests that fail, and all that ran. Doctests are left out: no loader transforms their text."""
    suite = unittest.TestSuite()
    for case in vars(module).values():
        if isinstance(case, type) and issubclass(case, unittest.TestCase):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    ran = {name_of(case) for group in suite for case in (group if isinstance(group, unittest.TestSuite) else [group])}
    result = unittest.TestResult()
    runtime.let_run(host)  # type: ignore[arg-type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            suite.run(result)
    finally:
        runtime.let_run(None)
    return {name_of(case) for case, _ in result.failures + result.errors}, ran


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG_SUITES.split())
def test_cpythons_longer_tests_pass_transformed(name: str) -> None:
    test_cpythons_own_tests_pass_transformed(name)


@pytest.mark.parametrize("name", SUITES.split())
def test_cpythons_own_tests_pass_transformed(name: str) -> None:
    before = sys.modules.get(f"test.{name}")
    module = load(name)
    try:
        idle, ran = failures(module, None)
        expected = set(EXPECTED.get(name, {})) & ran
        assert idle == expected
        host = Counting()
        working, again = failures(module, host)
        assert working == expected
        assert ran == again
        assert not ran or host.accesses > 0
    finally:
        if before is None:
            sys.modules.pop(f"test.{name}", None)
        else:
            sys.modules[f"test.{name}"] = before
