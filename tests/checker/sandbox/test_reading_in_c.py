"""Functions in C that compare, add up or test what their operands hold: a race with that is found, or doubted."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from treadle.sandbox import calls, foreign, gathering

PROGRAM = """
import heapq
import functools
import itertools
import operator
import threading

shared = [1]

class Mine:
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        return iter(self.items)

def write():
    shared[0] = 100
    shared[0] = 1

def empty():
    shared.clear()
    shared.append(1)

def read():
    assert EXPRESSION

def prog():
    threading.Thread(target=WRITER).start()
    threading.Thread(target=read).start()
"""

FOUND = {
    "min((shared, [50])) is shared": "write",
    "max([shared, [50]]) is not shared": "write",
    "sorted((shared, [50]))[0] is shared": "write",
    "any([shared])": "empty",
    "all((shared,))": "empty",
    "len(sum((shared,), [])) == 1": "empty",
    "len(functools.reduce(operator.add, (shared, []))) == 1": "empty",
    "operator.lt((shared,), ([50],))": "write",
    "heapq.nsmallest(1, (shared, [50]))[0] is shared": "write",
    "(lambda two: two.sort() or two[0] is shared)([[50], shared])": "write",
    "min(each for each in (shared, [50])) is shared": "write",
    "max(each for each in (shared, [50])) is not shared": "write",
    "any(each for each in (shared,))": "empty",
    "all(map(lambda each: each, (shared,)))": "empty",
    "min((each,) for each in (shared, [50]))[0] is shared": "write",
    "min(Mine(shared, [50])) is shared": "write",
}

DOUBTED = {
    "[min][0](each for each in (shared, [50])) is shared": "write",
    "[min][0](Mine(shared, [50])) is shared": "write",
    "max((each for each in (shared, [50])), key=lambda each: each) is not shared": "write",
    "len(sum((each for each in ([],)), start=shared)) == 1": "empty",
    "sorted(each for each in (shared, [50]))[0] is shared": "write",
    "min((each for each in (shared, [50])), key=lambda each: each) is shared": "write",
    "sorted((shared, [50]), key=lambda each: each)[0] is shared": "write",
    "len(sum((each for each in (shared,)), [])) == 1": "empty",
    "[*filter(None, (each for each in (shared,)))] == [shared]": "empty",
    "len(functools.reduce(operator.add, (each for each in (shared, [])))) == 1": "empty",
}


def verdict(tmp_path: Path, expression: str, writer: str) -> str:
    file = tmp_path / "reading.py"
    file.write_text(PROGRAM.replace("EXPRESSION", expression).replace("WRITER", writer))
    return str(treadle.check(f"{file}::prog").verdict)


@pytest.mark.parametrize(("expression", "writer"), FOUND.items())
def test_the_race_is_found(expression: str, writer: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, expression, writer) == "violated"


@pytest.mark.parametrize(("expression", "writer"), DOUBTED.items())
def test_where_it_is_not_looked_into_nothing_holds(expression: str, writer: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, expression, writer) != "holds"


def test_a_checker_that_takes_comparing_for_shallow_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "COMPARING", frozenset())
    assert verdict(tmp_path, "min((shared, [50])) is shared", "write") == "holds"


def test_a_checker_that_does_not_gather_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_GATHERERS", {})
    assert verdict(tmp_path, "min(each for each in (shared, [50])) is shared", "write") == "holds"


def test_a_checker_that_doubts_nothing_it_gathers_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "nested", lambda obj, seen=None: iter(()))
    assert verdict(tmp_path, "sorted(each for each in (shared, [50]))[0] is shared", "write") == "holds"
