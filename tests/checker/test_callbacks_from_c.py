"""C code that calls back into Python, which blocks there: what the C code has got so far is in no variable.

In each program one thread is inside the C code, in a function that it has given it, when the other one may go on. If
the state forgot what the C code has got so far, two states that end differently would be one, and an ending would be
missed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agreement import by_oracle, difference

PROGRAM = """\
import collections
import functools
import itertools
import threading


class World:
    pass


class Key:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return w.x + self.n < other.n

    def __eq__(self, other):
        return w.x == 0

    def __hash__(self):
        return w.x * 0

    def __len__(self):
        return w.x

    def __index__(self):
        return w.x

    def __add__(self, other):
        return w.x

    def __radd__(self, other):
        return other * 10 + w.x

    def __str__(self):
        return str(w.x)

    __repr__ = __str__


class Mapping(dict):
    def __missing__(self, key):
        return w.x


w = None


def look(*_):
    return w.x


def sign(n, *_):
    return n * (1 - 2 * w.x)


def fold(total, n):
    return total * 10 + w.x


def each():
    for _ in (1, 2):
        yield w.x


def one():
    w.y = {one}


def two():
    w.x = 1


def program():
    global w
    w = World()
    w.x = 0
    w.y = None
    for target in (one, two):
        threading.Thread(target=target).start()


def observe():
    return (w.x, w.y)
"""

CALLBACKS = [
    "list(map(look, [1, 2, 3]))",
    "list(filter(look, [1, 2, 3]))",
    "sorted([1, 2, 3], key=sign)",
    "sorted([Key(1), Key(2), Key(1)])[0].n",
    "min([1, 2, 3], key=sign)",
    "max([3, 2, 1], key=sign)",
    "sum(each())",
    "sum([Key(1), Key(2), Key(3)])",
    "list(each())",
    "tuple(each())",
    "sorted(each())",
    "any(n > 0 for n in each())",
    "[*each(), *each()]",
    "list(zip(each(), each()))",
    "list(enumerate(each()))",
    "dict(enumerate(each()))",
    "''.join(str(n) for n in each())",
    "list(set(each()))",
    "functools.reduce(fold, [1, 2, 3], 0)",
    "functools.partial(fold, look())(look())",
    "functools.partial(map, look)([1, 2]).__next__()",
    "list(functools.partial(map, look)([1, 2]))",
    "list(itertools.accumulate([1, 2, 3], fold))",
    "list(itertools.chain(each(), each()))",
    "list(itertools.chain.from_iterable([each(), each()]))",
    "list(itertools.islice(each(), 2))",
    "list(itertools.starmap(fold, [(1, 2), (3, 4)]))",
    "list(itertools.takewhile(look, [1, 2]))",
    "list(itertools.dropwhile(look, [1, 2]))",
    "list(itertools.filterfalse(look, [1, 2]))",
    "[list(g) for _, g in itertools.groupby([1, 2, 3], look)]",
    "list(itertools.zip_longest(each(), [1]))",
    "list(itertools.product(each(), [1]))",
    "list(itertools.compress([1, 2, 3], each()))",
    "{}.setdefault(Key(1), look())",
    "len({Key(1): 1, Key(2): 2, Key(3): 3})",
    "len({Key(1), Key(2), Key(3)})",
    "Mapping().__getitem__(1) * 10 + Mapping()[2]",
    "[Key(1), Key(2)] == [Key(1), Key(3)]",
    "[Key(1), Key(2)].index(Key(3), 1) if [Key(1)].count(Key(2)) else 5",
    "(Key(1), 1) < (Key(2), 2)",
    "Key(5) in [Key(1), Key(2)]",
    "[1, 2, 3][Key(1)] * 10 + [1, 2, 3][Key(2)]",
    "list(range(Key(1), 3))",
    "'%s%s' % (Key(1), Key(2))",
    "'{}{}'.format(Key(1), Key(2))",
    "str([Key(1), Key(2), Key(3)])",
    "dict(collections.Counter(each()))",
    "list(collections.deque(each()))",
    "dict(collections.defaultdict(look, a=look()))",
    "len(Key(1)) * 10 + len(Key(2))",
    "list(iter(look, 1)) if look() else 7",
    "max(each(), default=look())",
    "[n for n in map(look, each())]",
    "next(map(look, [1]))",
    "(lambda a, b, c: (a, b, c))(*each())",
    "(lambda **k: sorted(k.items()))(**dict(zip('abc', each())))",
]


@pytest.mark.parametrize("expression", CALLBACKS)
def test_what_c_code_has_got_so_far_is_not_forgotten(expression: str, tmp_path: Path) -> None:
    source = PROGRAM.format(one=expression)
    expected = by_oracle(source, max_executions=6000)
    assert expected is not None
    assert not difference(expected, source, tmp_path)
    assert not difference(expected, source, tmp_path, table=False)
