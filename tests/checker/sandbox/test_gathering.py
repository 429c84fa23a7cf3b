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

    def __radd__(self, other):
        return other + self.amount

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


def test_items_are_compared_by_their_own_methods(tmp_path: Path) -> None:
    report = checked(tmp_path, "max(taken(Price(1), Price(2))).amount == 2")
    assert (report.verdict, report.states, report.transitions) == ("holds", 6, 6)


def test_adding_up_by_code_of_the_program_is_doubted(tmp_path: Path) -> None:
    report = checked(tmp_path, "sum(taken(Price(1), Price(2))) == 3")
    assert (report.verdict, report.message) == ("unknown", "when a Price is added up in C is not explored")


@pytest.mark.parametrize(
    "expression",
    [
        "min(taken(), default=3) == 3",
        "sum(taken(1, 2), 4) == 7",
        "sum(taken((1,), (2,)), ()) == (1, 2)",
        "sorted(taken(1, 2), key=lambda item: -item) == [2, 1]",
        "max((item for item in (1, 2)), key=str) == 2",
        "list(map(str, (1, 2))) == ['1', '2']",
        "dict(zip('ab', (1, 2))) == {'a': 1, 'b': 2}",
    ],
)
def test_other_operands_mean_what_they_meant(expression: str, tmp_path: Path) -> None:
    assert checked(tmp_path, expression).verdict == "holds"


OWN = """
import collections
import itertools
import threading

class Events:
    def __init__(self, *items):
        self.items = items
        self.events = []

    def __iter__(self):
        self.events.append("iter")
        return Turn(self.events, self.items)

class Sized(Events):
    def __len__(self):
        self.events.append("len")
        return len(self.items)

class Turn:
    def __init__(self, events, items):
        self.events, self.left = events, list(items)

    def __iter__(self):
        return self

    def __next__(self):
        self.events.append("next")
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

def work():
    for make in (Events, Sized):
        known, hidden = make(*ITEMS), make(*ITEMS)
        other_name = (FUNCTION,)
        assert FUNCTION(known) == other_name[0](hidden)
        assert known.events == hidden.events, (known.events, hidden.events)

def merge(first, key):
    return first + key

def prog():
    threading.Thread(target=WORK).start()
"""


def own(tmp_path: Path, function: str = "None", items: str = "(1, 2)", work: str = "work") -> treadle.Report:
    file = tmp_path / "own.py"
    file.write_text(OWN.replace("FUNCTION", function).replace("ITEMS", items).replace("WORK", work))
    return treadle.check(f"{file}::prog")


@pytest.mark.parametrize(
    ("function", "items"),
    [
        *((name, "(1, 2)") for name in ("list", "tuple", "sorted", "collections.deque", "set", "frozenset", "sum")),
        *((name, "(0, 2, 1)") for name in ("min", "max", "any", "all")),
        ("','.join", "('a', 'b')"),
        ("dict", "((1, 2), (3, 4))"),
    ],
)
def test_iterators_of_the_program_are_asked_as_the_function_in_c_asks(
    function: str, items: str, tmp_path: Path
) -> None:
    report = own(tmp_path, function, items)
    assert report.verdict != "violated", report.message


def test_a_key_of_a_function_of_the_program_is_handed_on_as_it_is(tmp_path: Path) -> None:
    for call in ("merge('a', key='b') == 'ab'", "(lambda sorted: sorted(key=1) == 1)(lambda key: key)"):
        report = own(tmp_path, work=f"lambda: exec('raise SystemExit') if not {call} else None")
        assert report.verdict == "holds"


def test_of_several_operands_the_first_is_none_to_go_through(tmp_path: Path) -> None:
    report = checked(tmp_path, "(lambda one: max(one, one, key=id) is one)(taken(1))")
    assert report.verdict != "violated"


def test_an_operand_that_the_generator_changes_is_the_old_one(tmp_path: Path) -> None:
    changing = "[each for each in [None] if globals().update(start=5)]"
    report = checked(tmp_path, f"globals().update(start=1) or sum((len({changing}) for _ in '1'), start) == 1")
    assert report.verdict != "violated", report.message


def test_an_exception_of_the_generator_is_that_of_the_call(tmp_path: Path) -> None:
    report = checked(tmp_path, "list(int(text) for text in taken('1', 'two'))")
    assert (report.verdict, report.reason) == ("violated", "exception")
    assert "invalid literal" in report.message


def test_another_function_of_the_name_is_given_the_generator_itself(tmp_path: Path) -> None:
    report = checked(tmp_path, "(lambda list: list(taken(1)))(lambda items: next(items)) == 1")
    assert report.verdict == "holds"


def test_outside_of_the_checker_nothing_is_gathered() -> None:
    items = (item for item in (1, 2))
    assert gathered(list, items) is items
