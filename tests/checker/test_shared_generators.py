"""Two threads that advance one generator: every advance is an access to it, and it must not be running already."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agreement import by_oracle, difference
from support.outcomes import Outcomes, explored, outcomes

PROGRAM = """\
import threading

g = None
log = []


def numbers():
    yield 1
    yield 2


def through():
    yield from g


def one():
    {one}


def two():
    {two}


def program():
    global g
    g = {made}
    log.clear()
    for target in (one, two):
        threading.Thread(target=target).start()


def observe():
    return list(log)
"""


def program(one: str, two: str, made: str = "numbers()") -> str:
    return PROGRAM.format(one=one, two=two, made=made)


def ends(*logs: list[int]) -> frozenset[tuple[bool, tuple[object, ...]]]:
    return frozenset((False, ("list", *log)) for log in logs)


def test_one_of_two_that_meet_in_a_generator_gets_an_exception(tmp_path: Path) -> None:
    found = outcomes(program("log.append(next(g))", "log.append(next(g))"), tmp_path)
    # One after the other; the second may be faster with its append; or the first is still in the generator.
    assert found == Outcomes(ends([1, 2], [2, 1], [1]), frozenset({"ValueError"}))


def test_two_loops_over_one_generator_share_what_it_gives(tmp_path: Path) -> None:
    loop = "for x in g: log.append(x)"
    found = outcomes(program(loop, loop), tmp_path)
    # Whoever is in the generator goes on until it is exhausted, whether or not the other one fails.
    assert found == Outcomes(ends([1, 2], [2, 1]), frozenset({"ValueError"}))


def test_under_a_lock_nobody_meets_anybody(tmp_path: Path) -> None:
    locked = "with lock: log.append(next(g))"
    source = program(locked, locked).replace("log = []", "log = []\nlock = threading.Lock()", 1)
    assert outcomes(source, tmp_path) == Outcomes(ends([1, 2]), frozenset())


def test_generators_of_ones_own_are_no_scheduling_points(tmp_path: Path) -> None:
    own = "for x in numbers(): pass"
    found, exploration = explored(program(own, own), tmp_path)
    assert found == Outcomes(ends([]), frozenset())
    without = explored(program("pass", "pass"), tmp_path)[1]
    assert len(exploration.states) == len(without.states)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("for x in g: log.append(x)", "log.append(next(g))"),
        ("log.extend(g)", "log.append(next(g, 0))"),
        ("log[:] = [x for x in g]", "log.append(sum(g))"),
        ("for i, x in enumerate(g): log.append(i)", "a, b = g"),
        ("for x, y in zip(g, [7]): log.append(x)", "log.append(next(g, 0))"),
        ("log.append(list(map(str, g)))", "log.append(next(g, 0))"),
        ("log.append(g.send(None))", "g.close()"),
        ("log.append(g.send(None))", "g.throw(KeyError())"),
        ("log.append(2 in g)", "log.append(next(g, 0))"),
        ("log.append(list(through()))", "next(g)"),
        ("a, *b = g", "log.append(max(g, default=0))"),
        ("log.append([*g, 5])", "log.append(next(g, 0))"),
        ("log.append(str(*g))", "log.append(next(g, 0))"),
        ("log.append(any(x > 1 for x in g))", "log.append(next(g, 0))"),
        ("log.append(min(map(abs, g), default=0))", "log.append(next(g, 0))"),
        ("log.extend(sorted(zip(g, [7, 8])))", "log.append(next(g, 0))"),
        ("log.extend(set(g))", "log.append(next(g, 0))"),
    ],
)
def test_however_it_is_advanced_the_outcomes_are_those_that_exist(one: str, two: str, tmp_path: Path) -> None:
    source = program(one, two)
    expected = by_oracle(source)
    assert expected is not None
    assert not difference(expected, source, tmp_path)


@pytest.mark.parametrize("made", ["iter([1, 2])", "iter((1, 2))", "iter({1: 0, 2: 0})", "(x for x in (1, 2))"])
def test_other_iterators_are_shared_in_the_same_way(made: str, tmp_path: Path) -> None:
    source = program("for x in g: log.append(x)", "next(g)", made)
    expected = by_oracle(source)
    assert expected is not None
    assert not difference(expected, source, tmp_path)
