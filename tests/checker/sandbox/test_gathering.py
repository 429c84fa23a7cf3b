"""A function in C that goes through a generator: its items are gathered first, so that states can be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from treadle.sandbox.gathering import GATHERERS, gathered

PROGRAM = """
import collections
import threading

lock = threading.Lock()

class Price:
    def __init__(self, amount):
        self.amount = amount

    def __gt__(self, other):
        return self.amount > other.amount

def taken(*items):
    for item in items:
        with lock:
            pass
        yield item

def work():
    assert EXPRESSION

def prog():
    threading.Thread(target=work).start()
    threading.Thread(target=work).start()
"""

GATHERED = (
    "list(taken(1, 2)) == [1, 2]",
    "tuple(taken(1, 2)) == (1, 2)",
    "sorted(taken(2, 1)) == [1, 2]",
    "collections.deque(taken(1, 2)) == collections.deque([1, 2])",
    "','.join(taken('a', 'b')) == 'a,b'",
    "set(taken(1, 2)) == {1, 2}",
    "frozenset(taken(1, 2)) == {1, 2}",
    "dict(taken((1, 2), (3, 4))) == {1: 2, 3: 4}",
    "sum(taken(1, 2)) == 3",
    "min(taken(2, 1)) == 1",
    "max(taken(1, 2)) == 2",
    "any(taken(0, 1, 2)) and not any(taken())",
    "not all(taken(1, 0, 2)) and all(taken())",
)


def checked(tmp_path: Path, expression: str) -> treadle.Report:
    file = tmp_path / "gathering.py"
    file.write_text(PROGRAM.replace("EXPRESSION", expression))
    return treadle.check(f"{file}::prog")


@pytest.mark.parametrize("expression", GATHERED)
def test_while_a_generator_waits_its_states_are_told_apart(expression: str, tmp_path: Path) -> None:
    report = checked(tmp_path, expression)
    assert (report.verdict, report.warnings) == ("holds", ())
    assert (report.states, report.transitions) == (6, 6)  # two threads, each before its first turn, its second, none


def test_every_function_that_gathers_is_tested() -> None:
    names = {expression.removeprefix("not ").partition("(")[0].rpartition(".")[2] for expression in GATHERED}
    assert {function.__name__ for function in GATHERERS} | {"join"} == names


def test_what_a_function_does_with_each_item_in_between_is_doubted_if_it_runs_code_of_the_program(
    tmp_path: Path,
) -> None:
    report = checked(tmp_path, "max(taken(Price(1), Price(2))).amount == 2")
    assert report.verdict == "unknown"
    assert report.message == "the order in which a Price is made and compared is not explored"


def test_an_exception_of_the_generator_is_that_of_the_call(tmp_path: Path) -> None:
    report = checked(tmp_path, "list(int(text) for text in taken('1', 'two'))")
    assert (report.verdict, report.reason) == ("violated", "exception")
    assert "invalid literal" in report.message


def test_another_function_of_the_name_is_given_the_generator_itself(tmp_path: Path) -> None:
    report = checked(tmp_path, "(lambda list: list(taken(1)))(lambda items: next(items)) == 1")
    assert report.verdict == "holds"


def test_outside_of_the_checker_nothing_is_gathered() -> None:
    items = (item for item in (1, 2))
    assert gathered(items, list) is items
