"""States that behave differently are different states: one small program for each place where state can hide.

In each program two threads do one of two things, whichever comes first; the last statement tells them apart. An
exploration that takes the two for one state misses an outcome.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.outcomes import outcomes
from treadle.checking import check
from treadle.vocabulary.verdict import Verdict

FIRST_COME = """\
import threading
from collections import OrderedDict, defaultdict, deque, namedtuple
from enum import Enum
from functools import lru_cache, partial


class World:
    pass


class Row(list):
    pass


class Table(dict):
    pass


class Group(set):
    pass


class Colour(Enum):
    RED = 1


class Holder:
    rows = []
    count = 0


def function(rows=[]):
    return rows


def other_function():
    return 1


@lru_cache(None)
def cached(number):
    return number


def making(value):
    return lambda: value


def counting(number):
    for each in range(number):
        yield each


w = None


def one():
    with w.lock:
        if not w.taken:
            {one}
        w.taken = True


def two():
    with w.lock:
        if not w.taken:
            {two}
        w.taken = True


def program():
    global w
    w = World()
    w.lock, w.taken, w.seen = threading.Lock(), False, None
    {before}
    threads = [threading.Thread(target=target) for target in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    w.seen = {seen}


def observe():
    return w.seen
"""

HIDING_PLACES = {
    # name: (before, what one does, what two does, how to tell, the outcomes)
    "the content of a list": ("w.x = []", "w.x.append(1)", "w.x.append(2)", "w.x[0]", {1, 2}),
    "the length of a list": ("w.x = []", "w.x.extend(['a', 'b'])", "w.x.append('ab')", "len(w.x)", {1, 2}),
    "the order of a dict": (
        "w.x = {}",
        "w.x.update(a=1, b=2)",
        "w.x.update(b=2, a=1)",
        "[k for k in w.x][0]",
        {"a", "b"},
    ),
    "the order of an ordered dict": (
        "w.x = OrderedDict(a=1, b=2)",
        "w.x.move_to_end('a')",
        "pass",
        "[k for k in w.x][0]",
        {"a", "b"},
    ),
    "the factory of a defaultdict": (
        "pass",
        "w.x = defaultdict(int)",
        "w.x = defaultdict(list)",
        "str(w.x[0])",
        {"0", "[]"},
    ),
    "a bool or a number": ("pass", "w.x = 1", "w.x = True", "str(w.x)", {"1", "True"}),
    "a float or a number": ("pass", "w.x = 1", "w.x = 1.0", "str(w.x)", {"1", "1.0"}),
    "the sign of zero": ("pass", "w.x = 0.0", "w.x = -0.0", "str(w.x)", {"0.0", "-0.0"}),
    "the length of a deque": ("pass", "w.x = deque([1], 2)", "w.x = deque([1], 3)", "w.x.maxlen", {2, 3}),
    "bytes that change": ("w.x = bytearray(1)", "w.x[0] = 1", "w.x[0] = 2", "w.x[0]", {1, 2}),
    "a closure": ("pass", "w.x = making(1)", "w.x = making(2)", "w.x()", {1, 2}),
    "a partial": ("pass", "w.x = partial(int, '1')", "w.x = partial(int, '2')", "w.x()", {1, 2}),
    "a bound method": ("w.y = [2]; w.z = [1, 1]", "w.x = w.y.count", "w.x = w.z.count", "w.x(1)", {0, 2}),
    "the position of a generator": (
        "w.x = counting(3)",
        "next(w.x)",
        "pass",
        "next(w.x)",
        {0, 1},
    ),
    "the position of an iterator": ("w.x = iter([1, 2])", "next(w.x)", "pass", "next(w.x)", {1, 2}),
    "who is the same object": (
        "w.y, w.z = [], []",
        "w.x = [w.y, w.y]",
        "w.x = [w.y, w.z]",
        "str(w.x[0] is w.x[1])",
        {"True", "False"},
    ),
    "a default argument": ("pass", "function().append(1)", "function().append(2)", "function()[0]", {1, 2}),
    "the content of a class attribute": (
        "pass",
        "Holder.rows.append(1)",
        "Holder.rows.append(2)",
        "Holder.rows[0]",
        {1, 2},
    ),
    "a class attribute": ("pass", "Holder.count = 1", "Holder.count = 2", "Holder.count", {1, 2}),
    "a cache": ("pass", "cached(1)", "cached(2)", "cached(1) + cached.cache_info().misses", {2, 3}),
    "an attribute of a function": (
        "other_function.x = 0",
        "other_function.x = 1",
        "other_function.x = 2",
        "other_function.x",
        {1, 2},
    ),
    "an attribute of an enum member": (
        "Colour.RED.x = 0",
        "Colour.RED.x = 1",
        "Colour.RED.x = 2",
        "Colour.RED.x",
        {1, 2},
    ),
    "the order of attributes": (
        "w.x = World()",
        "w.x.a = 1; w.x.b = 1",
        "w.x.b = 1; w.x.a = 1",
        "list(vars(w.x))[0]",
        {"a", "b"},
    ),
    "a slice": ("w.x = []", "w.x.append(slice(1, 2, 3))", "w.x.extend(['slice', 1, 2, 3])", "len(w.x)", {1, 4}),
    "a method of a number": ("w.x = []", "w.x.append((1).__add__)", "w.x.extend(['__add__', 1])", "len(w.x)", {1, 2}),
    "an attribute or an element": ("w.x = Row()", "w.x.extend(['a', 1])", "w.x.a = 1", "len(w.x)", {0, 2}),
    "an attribute or a key": ("w.x = Table()", "w.x['a'] = 1", "w.x.a = 1", "len(w.x)", {0, 1}),
    "an attribute or an element of a set": (
        "w.x, w.y, w.z = Group(), World(), World(); w.y.n, w.z.n = 1, 2",
        "w.x.add(w.y); w.x.other = w.z",
        "w.x.add(w.z); w.x.other = w.y",
        "w.x.other.n",
        {1, 2},
    ),
    "a class made by a call": (
        "pass",
        "w.x = namedtuple('Pair', 'a b')(1, 2)",
        "w.x = namedtuple('Pair', 'b a')(1, 2)",
        "w.x.a",
        {1, 2},
    ),
    "a type made by a call": (
        "pass",
        "w.x = type('Made', (), {'n': 1})()",
        "w.x = type('Made', (), {'n': 2})()",
        "w.x.n",
        {1, 2},
    ),
    "the file of an error": (
        "pass",
        "w.x = OSError(2, 'no', 'f')",
        "w.x = OSError(2, 'no', 'g')",
        "w.x.filename",
        {"f", "g"},
    ),
    "the name in an error": (
        "pass",
        "w.x = AttributeError('no', name='f')",
        "w.x = AttributeError('no', name='g')",
        "w.x.name",
        {"f", "g"},
    ),
    "the code of an exit": ("w.x = SystemExit(0)", "w.x.code = 1", "w.x.code = 2", "w.x.code", {1, 2}),
}


SET_ORDER = {
    # name: (before, what one does, what two does, how to tell)
    "the order of a set": ("w.x = set()", "w.x.add(0); w.x.add(8)", "w.x.add(8); w.x.add(0)", "next(iter(w.x))"),
    "what a set pops": ("w.x = set()", "w.x.add(0); w.x.add(8)", "w.x.add(8); w.x.add(0)", "w.x.pop()"),
    "the text of a set": ("w.x = set()", "w.x.add(0); w.x.add(8)", "w.x.add(8); w.x.add(0)", "str(w.x)"),
}


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_what_is_hidden_in_this_place_is_seen(place: str, tmp_path: Path) -> None:
    before, one, two, seen, expected = HIDING_PLACES[place]
    source = FIRST_COME.format(before=before, one=one, two=two, seen=seen)
    assert outcomes(source, tmp_path).final == {(False, outcome) for outcome in expected}


@pytest.mark.parametrize("place", SET_ORDER)
def test_who_asks_for_the_order_of_a_set_is_told_that_it_is_not_known(place: str, tmp_path: Path) -> None:
    before, one, two, seen = SET_ORDER[place]
    file = tmp_path / "program.py"
    later = f"None; threading.Thread(target=lambda: {seen}).start()"
    file.write_text(FIRST_COME.format(before=before, one=one, two=two, seen=later))
    report = check(f"{file}::program")
    assert report.verdict is Verdict.UNKNOWN
    assert "iterates over a set, whose order depends on its history" in report.message


COUNT = """\
import threading

{definitions}


def work(lock, number):
    {work}


def program():
    lock = threading.Lock()
    threads = [threading.Thread(target=work, args=(lock, number)) for number in range({threads})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def observe():
    return {observed}
"""

NUMBERS = {4, 5, 6, 8, 9, 10}
"""Of 0, 1, 2 in any order: total = 2 * total + number."""


CLASS = "class Holder:\n    total = 0"
FUNCTION = "def holder():\n    pass\n\nholder.total = 0"


@pytest.mark.parametrize(
    ("definitions", "work", "threads", "observed", "expected"),
    [
        pytest.param("total = 0", "global total; total += 1", 2, "total", {1, 2}, id="a global, unprotected"),
        pytest.param(
            "total = 0",
            "global total\n    with lock: total = 2 * total + number",
            3,
            "total",
            NUMBERS,
            id="a global",
        ),
        pytest.param(
            CLASS,
            "with lock: Holder.total = 2 * Holder.total + number",
            3,
            "Holder.total",
            NUMBERS,
            id="a class attribute",
        ),
        pytest.param(
            FUNCTION,
            "with lock: holder.total = 2 * holder.total + number",
            3,
            "holder.total",
            NUMBERS,
            id="an attribute of a function",
        ),
        pytest.param("rows = []", "with lock: rows.append(number)", 2, "rows[0]", {0, 1}, id="a global list"),
    ],
)
def test_what_a_module_holds_belongs_to_one_execution(
    definitions: str, work: str, threads: int, observed: str, expected: set[int], tmp_path: Path
) -> None:
    source = COUNT.format(definitions=definitions, work=work, threads=threads, observed=observed)
    assert outcomes(source, tmp_path).final == {(False, outcome) for outcome in expected}


GROWING = """\
import threading


class World:
    pass


w = None


def one():
    try:
        for key in w.table:
            del key
            with w.lock:
                pass
    except RuntimeError:
        w.seen = 1


def two():
    with w.lock:
        w.table["b"] = 1


def program():
    global w
    w = World()
    w.lock, w.table, w.seen = threading.Lock(), {"a": 1}, 0
    threads = [threading.Thread(target=target) for target in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def observe():
    return w.seen
"""


def test_a_dict_that_grows_while_it_is_iterated_over_is_noticed(tmp_path: Path) -> None:
    assert outcomes(GROWING, tmp_path).final == {(False, 0), (False, 1)}


SENTINEL = """\
import threading

NOTHING = object()
lock = threading.Lock()
found = []


def work(mine):
    with lock:
        pass
    with lock:
        found.append(str(mine is NOTHING))


def program():
    for mine in (NOTHING, object()):
        threading.Thread(target=work, args=(mine,)).start()


def observe():
    return tuple(found)
"""


def test_an_object_without_content_is_known_by_its_name(tmp_path: Path) -> None:
    assert outcomes(SENTINEL, tmp_path).final == {(False, ("True", "False")), (False, ("False", "True"))}
