"""Python code that reports nothing of what it does: what it may touch counts as touched before it runs.

In each program one thread raises a flag and then changes something; another looks at the flag and then has code that
is not transformed look at the same thing. That it sees the change without the flag is possible, and must be found.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.checking import check
from treadle.vocabulary.verdict import Verdict

PROGRAM = """\
import bisect
import copy
import json
import statistics
import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(order=True)
class Point:
    x: int = 0


class World:
    pass


w = World()
w.flag, w.rows, w.table, w.point, w.other, w.counter = 0, [0], {{"n": 0}}, Point(), Point(), Counter(n=0)


def change():
    w.flag = 1
    {change}


def look():
    seen = w.flag
    found = {look}
    assert not (seen == 0 and found), "seen without the flag"


def program():
    for target in (change, look):
        threading.Thread(target=target).start()
"""

UNSEEN = {
    "a function of a real module, given a dict": ('w.table["n"] = 1', "json.dumps(w.table) != '{\"n\": 0}'"),
    "a function of a real module, given an object": ("w.point.x = 1", "copy.deepcopy(w.point).x"),
    "a function of a real module, given a list": ("w.rows[0] = 1", "statistics.mean(w.rows)"),
    "a method of a class of a real module": ("w.counter['n'] = 1", "w.counter.most_common(1)[0][1]"),
    "a method that changes an object of a real module": ("w.counter.update('n')", "w.counter['n']"),
    "equality that was generated": ("w.point.x = 1", "w.point != w.other"),
    "equality that C code asks for": ("w.point.x = 1", "not [w.point].count(w.other)"),
    "an order that C code asks for": ("w.point.x = 1", "bisect.bisect([w.other], w.point) and w.other < w.point"),
    "a text that was generated": ("w.point.x = 1", "'x=1' in repr(w.point)"),
    "a text within a text": ("w.point.x = 1", "'x=1' in f'{w.point}'"),
}


@pytest.mark.parametrize("place", UNSEEN)
def test_code_that_reports_nothing_is_taken_apart_from_what_was_before(place: str, tmp_path: Path) -> None:
    change, look = UNSEEN[place]
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(change=change, look=look))
    report = check(f"{file}::program")
    assert report.verdict is Verdict.VIOLATED
    assert "seen without the flag" in report.message


@pytest.mark.parametrize("place", UNSEEN)
def test_it_is_no_fault_to_look_when_nothing_changes(place: str, tmp_path: Path) -> None:
    _, look = UNSEEN[place]
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(change="pass", look=look))
    assert check(f"{file}::program").verdict is Verdict.HOLDS


@pytest.mark.parametrize("statement", ["exec('w.rows.append(1)')", "eval('w.rows.append(1)')", "eval('lambda: 0')()"])
def test_what_a_text_does_is_not_watched_so_nothing_holds(statement: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(change=statement, look="0"))
    report = check(f"{file}::program")
    assert report.verdict is Verdict.UNKNOWN
    assert "is not watched; write the code where it is used" in report.message
