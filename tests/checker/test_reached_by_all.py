"""Wherever a module keeps an object, all threads can reach it: two that add to it without a lock lose an update."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle import check
from treadle.vocabulary.verdict import Reason, Verdict

PROGRAM = """\
import collections
import dataclasses
import enum
import functools
import threading
import types
import typing

{definition}

def add():
    kept = {kept}
    before = kept[0]
    kept[0] = before + 1

def program():
    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {kept}
    assert kept[0] == 2
"""

PLACES = {
    "the value of a member of an enumeration": ("class Colour(enum.Enum):\n    RED = [0]", "Colour.RED.value"),
    "an attribute of a member of an enumeration": (
        "class Shop(enum.Enum):\n    TEA = 1\n    def __init__(self, number):\n        self.kept = [0]",
        "Shop.TEA.kept",
    ),
    "the default of a named tuple": ('Row = collections.namedtuple("Row", "kept", defaults=[[0]])', "Row().kept"),
    "the default of a typed named tuple": ("class Row(typing.NamedTuple):\n    kept: list = [0]", "Row().kept"),
    "an attribute of a number": ("class Number(int): pass\nnumber = Number(3)\nnumber.kept = [0]", "number.kept"),
    "an attribute of a text": ('class Name(str): pass\nname = Name("tea")\nname.kept = [0]', "name.kept"),
    "an attribute of a tuple": ("class Row(tuple): pass\nrow = Row((1, 2))\nrow.kept = [0]", "row.kept"),
    "an attribute of a frozen set": ("class Set(frozenset): pass\nset_ = Set((1, 2))\nset_.kept = [0]", "set_.kept"),
    "a view of a dict": ('view = types.MappingProxyType({"kept": [0]})', 'view["kept"]'),
    "a dict that makes what is missing": ("made = collections.defaultdict(list, kept=[0])", 'made["kept"]'),
    "the default of a data class": (
        "@dataclasses.dataclass\nclass Order:\n    lines: tuple = ([0],)",
        "Order().lines[0]",
    ),
    "a mutable default": ("def get(kept=[0]):\n    return kept", "get()"),
    "a partial function": ("get = functools.partial(lambda kept: kept, [0])", "get()"),
    "an attribute of a function": ("def get(): pass\nget.kept = [0]", "get.kept"),
    "an argument of an exception": ("error = ValueError([0])", "error.args[0]"),
    "a slot": ('class Slim:\n    __slots__ = ("kept",)\nslim = Slim()\nslim.kept = [0]', "slim.kept"),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_update_of_what_a_module_keeps_can_be_lost(place: str, tmp_path: Path) -> None:
    definition, kept = PLACES[place]
    file = tmp_path / "keeping.py"
    file.write_text(PROGRAM.format(definition=definition, kept=kept))
    report = check((file, "program"))
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, Reason.ASSERTION)
