"""Steps that look at the same do the same: what no look tells of an object, its class, tells them apart too."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle import check
from treadle.kernel.shapes import Shape
from treadle.strategies import effects
from treadle.vocabulary.verdict import Verdict

HEAD = """\
import functools
import threading
from collections import namedtuple

class Good:
    def go(self):
        pass

class Bad(Good):
    def go(self):
        raise ValueError

class Number(int):
    pass

class Row(tuple):
    pass

class Named(namedtuple("Named", "first second")):
    pass

def adder(number):
    def add():
        assert number == 0
    return add

def multiplier(number):
    def multiply():
        assert number * 1 == 0
    return multiply

def fail_if(number):
    assert number == 0

def made(number):
    class Made:
        def go(self):
            assert number == 0
    return Made

def raised(error):
    try:
        raise error
    except KeyError:
        pass

lock, objects = threading.Lock(), [{good}, {bad}]

def use(obj):
    with lock:
        {use}

def program():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    for obj in objects:
        threading.Thread(target=use, args=(obj,)).start()
"""

USES = {
    "a method": ("Good()", "Bad()", "obj.go()"),
    "a method of a class that was made": ("made(0)()", "made(1)()", "obj.go()"),
    "a class that was made": ("made(0)", "made(1)", "obj().go()"),
    "a test of the class": ("Good()", "Bad()", "assert not isinstance(obj, Bad)"),
    "the type": ("[]", "{}", "assert type(obj) is list"),
    "an exception": ("KeyError()", "ValueError()", "raised(obj)"),
    "what an exception says": ("KeyError(0)", "KeyError(1)", 'assert str(obj) == "0"'),
    "whether it can be called": ("adder(0)", "[]", "assert callable(obj)"),
    "a function": ("multiplier(0)", "adder(1)", "obj()"),
    "a function with another variable": ("adder(0)", "adder(1)", "obj()"),
    "a partial function": ("functools.partial(fail_if, 0)", "functools.partial(fail_if, 1)", "obj()"),
    "the name of a function": ("adder(0)", "made(0)", 'assert obj.__name__ == "add"'),
    "a number of one's own class": ("Number(0)", "Number(1)", "assert obj + 1 == 1"),
    "the truth of a number": ("Number(0)", "Number(1)", "assert not obj"),
    "a number as a key": ("Number(0)", "Number(1)", "assert (3, 4)[obj] == 3"),
    "a method of a number": ("Number(0).__add__", "Number(1).__add__", "assert obj(1) == 1"),
    "a tuple of one's own class": ("Row((0,))", "Row((1,))", "assert obj[0] == 0"),
    "a named tuple of one's own class": ("Named(0, [])", "Named(1, [])", "assert obj.first == 0"),
    "a frozen set of objects": ("frozenset([(0, 1)])", "frozenset([(1, 1)])", "assert (0, 1) in obj"),
}


def program(folder: Path, name: str) -> str:
    good, bad, use = USES[name]
    (folder / "uses.py").write_text(HEAD.format(good=good, bad=bad, use=use))
    return f"{folder / 'uses.py'}::program"


@pytest.mark.parametrize("name", USES)
def test_what_is_evident_of_an_object_tells_steps_apart(name: str, tmp_path: Path) -> None:
    with_table = check(program(tmp_path, name))
    without = check(program(tmp_path, name), table=False)
    assert with_table.verdict is without.verdict is Verdict.VIOLATED
    assert (with_table.reason, with_table.states) == (without.reason, without.states)


def test_a_checker_to_which_all_objects_look_alike_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(shape: Shape) -> tuple[Shape, int | None]:
        return (), 0

    monkeypatch.setattr(effects, "evident", nothing)
    assert check(program(tmp_path, "a method")).verdict is Verdict.HOLDS
