"""Who looks at a dict through a view of it sees what others write into the dict, and is judged by it."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from treadle.vocabulary.verdict import Reason, Verdict

HEAD = """
import threading
from types import MappingProxyType

TABLE = {"tea": 1}
VIEW = MappingProxyType(TABLE)

class Shop:
    def __init__(self):
        self.lock = threading.Lock()
        self.table = {"tea": 1}
        self.view = MappingProxyType(self.table)

def start(*targets):
    for target in targets:
        threading.Thread(target=target).start()

def hidden_table():
    table = {"tea": 1}
    return MappingProxyType(table), lambda: table.update(tea=2)

SEEN, CHANGE = hidden_table()

def prog():
    shop = Shop()
"""
READ = {
    "of an object's dict": ('shop.view["tea"]', 'shop.table["tea"] = 2'),
    "by get": ('shop.view.get("tea")', 'shop.table["tea"] = 2'),
    "of a global dict": ('VIEW["tea"]', 'TABLE["tea"] = 2'),
    "of a dict that only a closure holds": ('SEEN["tea"]', "CHANGE()"),
    "by its values": ("list(shop.table.values())", 'shop.table["tea"] = 2'),
    "by its items, through the view": ("list(shop.view.items())", 'shop.table["tea"] = 2'),
    "by a copy": ("dict(shop.view)", 'shop.table["tea"] = 2'),
}


def check(folder: Path, body: str, **options: bool) -> treadle.Report:
    path = folder / "views.py"
    path.write_text(HEAD + body)
    return treadle.check(f"{path}::prog", **options)


@pytest.mark.parametrize("kind", READ)
def test_a_write_between_two_readings_is_noticed(kind: str, tmp_path: Path) -> None:
    reading, writing = READ[kind]
    body = f"""
    def read():
        before = {reading}
        assert {reading} == before
    def write():
        {writing}
    start(read, write)
"""
    report = check(tmp_path, body)
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, Reason.ASSERTION)


SWAPPED = """
    def swap():
        with shop.lock:
            shop.view = MappingProxyType({"tea": shop.view["tea"] + 1})
    def read():
        with shop.lock:
            seen = shop.view["tea"]
        with shop.lock:
            assert shop.view["tea"] in (seen, seen + 1, MORE)
    start(swap, swap, read)
"""


def test_a_view_that_is_replaced_is_another(tmp_path: Path) -> None:
    report = check(tmp_path, SWAPPED.replace("MORE", "seen + 2"))
    executed = check(tmp_path, SWAPPED.replace("MORE", "seen + 2"), table=False)
    assert (report.verdict, report.warnings, report.states) == (Verdict.HOLDS, (), executed.states)
    assert check(tmp_path, SWAPPED.replace("MORE", "seen")).reason == Reason.ASSERTION
