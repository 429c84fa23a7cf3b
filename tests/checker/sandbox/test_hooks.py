"""Transformed code announces exactly the accesses that it makes, in order, each just before it happens."""

from __future__ import annotations

import sys
import types
from collections import deque
from typing import Any

import pytest

from treadle.sandbox import hooks, runtime, transform


class Recorder:
    """A host that only writes down what it is told."""

    thread: Any = None
    now = 0.0
    alone = False

    def __init__(self) -> None:
        self.accesses: list[tuple[object, object, bool]] = []
        self.hidden_for: list[str] = []
        self.nondeterministic_for: list[str] = []

    def interrupts(self, obj: object, location: object) -> bool:
        return False

    def depends_on(self, obj: object) -> None: ...

    def access(self, obj: object, location: object, write: bool) -> None:
        self.accesses.append((obj, location, write))

    def hidden(self, reason: str) -> None:
        self.hidden_for.append(reason)

    def doubt(self, reason: str) -> None: ...

    def loop(self) -> None: ...

    def nondeterministic(self, reason: str) -> None:
        self.nondeterministic_for.append(reason)


def module(source: str) -> types.ModuleType:
    made = types.ModuleType("subject")
    setattr(made, transform.NAME, hooks.namespace())
    exec(transform.compile_module(source, "subject.py", modname="subject"), made.__dict__)
    return made


class Box:
    """A plain object with attributes."""

    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)


def reports(body: str, **values: Any) -> list[tuple[str, object, str]]:
    """What `body` reports, run as a function of `values`; objects appear under their names."""
    host = recorded(body, **values)
    assert not host.hidden_for, host.hidden_for
    return named(host, values)


def recorded(body: str, **values: Any) -> Recorder:
    lines = "\n".join("    " + line for line in body.splitlines())
    function = module(f"def f({', '.join(values)}):\n{lines}\n").f
    host = Recorder()
    runtime.let_run(host)  # type: ignore[arg-type]
    try:
        function(**values)
    finally:
        runtime.let_run(None)
    return host


def named(host: Recorder, values: dict[str, Any]) -> list[tuple[str, object, str]]:
    names = {id(value): name for name, value in values.items()}
    return [(names.get(id(o), type(o).__name__), at, "w" if write else "r") for o, at, write in host.accesses]


R, W = "r", "w"
WHOLE = runtime.WHOLE

CASES: list[tuple[str, dict[str, Any], list[tuple[str, object, str]]]] = [
    ("return o.x", {"o": Box(x=1)}, [("o", (".", "x"), R)]),
    ("o.x = 5", {"o": Box()}, [("o", (".", "x"), W)]),
    ("o.x += 1", {"o": Box(x=1)}, [("o", (".", "x"), R), ("o", (".", "x"), W)]),
    ("del o.x", {"o": Box(x=1)}, [("o", (".", "x"), W)]),
    ("return xs[0]", {"xs": [1, 2]}, [("xs", ("[", 0), R)]),
    ("return xs[-1]", {"xs": [1, 2]}, [("xs", ("[", 1), R)]),
    ("xs[1] = 3", {"xs": [1, 2]}, [("xs", ("[", 1), W)]),
    ("xs[1] += 3", {"xs": [1, 2]}, [("xs", ("[", 1), R), ("xs", ("[", 1), W)]),
    ("del xs[0]", {"xs": [1, 2]}, [("xs", WHOLE, W)]),
    ("return xs[:]", {"xs": [1, 2]}, [("xs", WHOLE, R)]),
    ("xs[0:1] = [3]", {"xs": [1, 2]}, [("xs", WHOLE, W)]),
    (
        "xs[:1] += [3]",
        {"xs": [1, 2]},
        [("xs", WHOLE, R), ("list", WHOLE, R), ("list", WHOLE, W), ("xs", WHOLE, W)],
    ),
    ("return d['a']", {"d": {"a": 1}}, [("d", ("[", "a"), R)]),
    ("d['a'] = 2", {"d": {"a": 1}}, [("d", ("[", "a"), W)]),
    ("d['b'] = 2", {"d": {"a": 1}}, [("d", WHOLE, W)]),
    ("xs.append(1)", {"xs": []}, [("xs", WHOLE, W)]),
    ("return q.popleft()", {"q": deque([1])}, [("q", WHOLE, W)]),
    ("return len(xs)", {"xs": []}, [("xs", WHOLE, R)]),
    ("return d.get('a')", {"d": {"a": 1}}, [("d", ("[", "a"), R)]),
    ("return d.get('b')", {"d": {"a": 1}}, [("d", WHOLE, R)]),
    ("d.update(e)", {"d": {}, "e": {}}, [("d", WHOLE, W), ("e", WHOLE, R)]),
    ("return getattr(o, 'x')", {"o": Box(x=1)}, [("o", (".", "x"), R)]),
    ("setattr(o, 'x', 1)", {"o": Box(x=1)}, [("o", (".", "x"), W)]),
    ("return not xs", {"xs": []}, [("xs", WHOLE, R)]),
    ("if xs: pass", {"xs": []}, [("xs", WHOLE, R)]),
    ("while xs: pass", {"xs": []}, [("xs", WHOLE, R)]),
    ("assert not xs", {"xs": []}, [("xs", WHOLE, R)]),
    ("return xs and ys", {"xs": [1], "ys": [2]}, [("xs", WHOLE, R)]),
    ("return 1 if xs else 2", {"xs": []}, [("xs", WHOLE, R)]),
    ("return 3 in xs", {"xs": [3]}, [("xs", WHOLE, R)]),
    ("return xs == ys", {"xs": [1], "ys": [1]}, [("xs", WHOLE, R), ("ys", WHOLE, R)]),
    ("return xs + ys", {"xs": [1], "ys": [1]}, [("xs", WHOLE, R), ("ys", WHOLE, R)]),
    ("xs += ys", {"xs": [1], "ys": [1]}, [("ys", WHOLE, R), ("xs", WHOLE, W)]),
    ("a, b = xs", {"xs": [1, 2]}, [("xs", WHOLE, R)]),
    ("a, *b = xs", {"xs": [1, 2]}, [("xs", WHOLE, R)]),
    ("return [*xs]", {"xs": [1, 2]}, [("xs", WHOLE, R)]),
    ("return {**d}", {"d": {"a": 1}}, [("d", WHOLE, R)]),
    ("return f'{xs} and {o.x}'", {"xs": [], "o": Box(x=1)}, [("xs", WHOLE, R), ("o", (".", "x"), R)]),
    ("o.x, xs[0] = 1, 2", {"o": Box(), "xs": [0]}, [("o", (".", "x"), W), ("xs", ("[", 0), W)]),
    ("o.x = xs[0] = 1", {"o": Box(), "xs": [0]}, [("o", (".", "x"), W), ("xs", ("[", 0), W)]),
    ("for o.x in (1,): pass", {"o": Box()}, [("o", (".", "x"), W)]),
    ("return '%s' % xs", {"xs": []}, [("xs", WHOLE, R)]),
    ("return ''.join(xs)", {"xs": []}, [("xs", WHOLE, R)]),
    ("return list.append(xs, 1)", {"xs": []}, [("xs", WHOLE, W)]),
    ("return sorted(xs)", {"xs": []}, [("xs", WHOLE, R)]),
    ("return o.__class__", {"o": Box()}, []),
    ("return (1, 2)[0] + 3", {"o": Box()}, []),
]


@pytest.mark.parametrize(("body", "values", "expected"), CASES, ids=[case[0] for case in CASES])
def test_an_access_is_reported_with_its_place(body, values, expected) -> None:
    assert reports(body, **values) == expected


def test_each_step_of_a_loop_reads_the_container_again() -> None:
    assert reports("for x in xs: o.n = x", xs=[1, 2], o=Box()) == [
        ("xs", WHOLE, R),
        ("xs", WHOLE, R),
        ("o", (".", "n"), W),
        ("xs", WHOLE, R),
        ("o", (".", "n"), W),
        ("xs", WHOLE, R),
    ]


@pytest.mark.parametrize(
    "body", ["return [x.n for x in xs]", "return {x.n for x in xs}", "return {x.n: 0 for x in xs}"]
)
def test_a_comprehension_reports_what_it_does(body: str) -> None:
    inner = Box(n=1)
    assert reports(body, xs=[inner], o=inner) == [
        ("xs", WHOLE, R),
        ("xs", WHOLE, R),
        ("o", (".", "n"), R),
        ("xs", WHOLE, R),
    ]


def test_a_generator_expression_reports_what_it_does() -> None:
    inner = Box(n=1)
    found = [f for f in reports("return sum(x.n for x in xs)", xs=[inner], o=inner) if f[0] in ("xs", "o")]
    assert found == [("xs", WHOLE, R), ("xs", WHOLE, R), ("o", (".", "n"), R), ("xs", WHOLE, R)]


def test_a_variable_that_closures_share_is_reported_with_its_cell() -> None:
    host = recorded("n = o\ndef g():\n    nonlocal n\n    n += 1\ng()\nreturn n", o=1)
    cells = {id(obj) for obj, _, _ in host.accesses}
    assert len(cells) == 1
    assert isinstance(host.accesses[0][0], types.CellType)
    assert [(at, write) for _, at, write in host.accesses] == [
        (("cell",), True),
        (("cell",), False),
        (("cell",), True),
        (("cell",), False),
    ]


def test_only_globals_that_some_function_rebinds_are_reported() -> None:
    made = module("n = 0\nfixed = 1\ndef f():\n    global n\n    n += fixed\n    return n\n")
    host = Recorder()
    runtime.let_run(host)  # type: ignore[arg-type]
    try:
        assert made.f() == 1
    finally:
        runtime.let_run(None)
    assert all(obj is made.__dict__ for obj, _, _ in host.accesses)
    assert [(at, write) for _, at, write in host.accesses] == [
        (("[", "n"), False),
        (("[", "n"), True),
        (("[", "n"), False),
    ]


def test_private_names_are_reported_as_the_class_mangles_them() -> None:
    made = module("class C:\n    def __init__(self):\n        self.__x = 1\n")
    host = Recorder()
    runtime.let_run(host)  # type: ignore[arg-type]
    try:
        obj = made.C()
    finally:
        runtime.let_run(None)
    assert host.accesses == [(obj, (".", "_C__x"), True)]


def test_an_instance_attribute_that_its_class_supplies_is_a_read_of_both() -> None:
    class Sample:
        count = 0

    obj = Sample()
    found = recorded("return o.count", o=obj).accesses
    assert found == [(obj, (".", "count"), False), (Sample, (".", "count"), False)]


def test_unknown_c_code_writes_its_operands_and_hides_state() -> None:
    xs: list[int] = []
    host = recorded("f(xs)", f=sys.getrefcount, xs=xs)
    assert (xs, WHOLE, True) in host.accesses
    assert len(host.hidden_for) == 1
    assert "getrefcount" in host.hidden_for[0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"a", "b"}, "differs between processes"), ({1, 2}, "depends on its history")],
    ids=["texts", "numbers"],
)
def test_iterating_over_a_set_is_nondeterministic(values: set[object], expected: str) -> None:
    host = recorded("for x in s: pass", s=values)
    assert host.nondeterministic_for == [f"subject.py:2 iterates over a set, whose order {expected}; sort it"]
    assert recorded("for x in s: pass", s={1}).nondeterministic_for == []


def test_an_address_is_nondeterministic() -> None:
    assert len(recorded("return id(o)", o=Box()).nondeterministic_for) == 1


def test_nothing_is_reported_outside_of_an_execution() -> None:
    function = module("def f(xs):\n    xs.append(1)\n    return [x for x in xs]\n").f
    assert function([0]) == [0, 1]
