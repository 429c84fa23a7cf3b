"""Accesses that are easy to overlook: by C code, by descriptors of real modules, under another name.

In each program one thread raises a flag and then changes something; another looks at the flag and then at the same
thing in a way of its own. That it sees the change without the flag is possible, and nothing may hold.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.checking import check
from treadle.vocabulary.verdict import Verdict

PROGRAM = """\
import array
import io
import itertools
import logging
import operator
import random
import sys
import threading
import types
import weakref
import xml.etree.ElementTree as ET
from collections import ChainMap, UserDict, UserList, defaultdict
from email.message import Message
from enum import Enum
from typing import Generic, TypeVar
from urllib.request import Request

T = TypeVar("T")
x = 0


class World:
    pass


class Kind(Generic[T]):
    n = 0

    def f(self):
        return 0

    def __len__(self):
        return 0


class Waiting(logging.Handler):
    def emit(self, record):
        with w.l:
            pass


class Other(World):
    pass


class Items(list):
    pass


class Mortal:
    def __del__(self):
        w.x = 1


class Colour(Enum):
    RED = 1


def plain(value=0):
    return value


def other():
    return 1


def making():
    n = 0
    return lambda: n


Colour.RED.x = 0
w = World()
w.flag = w.x = 0
{before}


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

FOUND = {
    # name: (before, change, look)
    "an element of an array": ("w.a = array.array('i', [0])", "w.a[0] = 1", "w.a[0]"),
    "the length of an array": ("w.a = array.array('i', [0])", "w.a.append(1)", "len(w.a) == 2"),
    "the elements of an array": ("w.a = array.array('i', [0])", "w.a[0] = 1", "[x for x in w.a if x]"),
    "bytes written through a view": ("w.b = bytearray(2); w.m = memoryview(w.b)", "w.m[0] = 1", "w.b[0]"),
    "bytes read through a view": ("w.b = bytearray(2); w.m = memoryview(w.b)", "w.b[0] = 1", "w.m[0]"),
    "a slice of a view": ("w.b = bytearray(2); w.m = memoryview(w.b)", "w.m[0:1] = b'1'", "w.b[0]"),
    "a proxy of a dict": ("w.d = {'a': 0}; w.p = types.MappingProxyType(w.d)", "w.d['a'] = 1", "w.p['a']"),
    "a key that is made by reading it": ("w.d = defaultdict(int)", "w.d['x']", "len(w.d)"),
    "a map of maps": ("w.d = {'a': 0}; w.c = ChainMap({}, w.d)", "w.d['a'] = 1", "w.c['a']"),
    "what is in a UserDict": ("w.d = UserDict(a=0)", "w.d['a'] = 1", "w.d.data['a']"),
    "what is in a UserList": ("w.d = UserList([0])", "w.d[0] = 1", "w.d.data[0]"),
    "an element of an object of a real module": ("w.m = Message()", "w.m['a'] = '1'", "w.m['a']"),
    "an object of C code": ("w.e = ET.Element('a')", "w.e.append(ET.Element('b'))", "len(w.e)"),
    "an attribute in C": ("w.e = ET.Element('a')", "w.e.text = 'x'", "w.e.text"),
    "a property of a real module": (
        "w.r = Request('http://a')",
        "w.r.full_url = 'http://b'",
        "w.r.full_url == 'http://b'",
    ),
    "the arguments of an error": ("w.e = ValueError(0)", "w.e.args = (1,)", "w.e.args[0]"),
    "the cause of an error": ("w.e = ValueError(0)", "w.e.__cause__ = KeyError()", "w.e.__cause__"),
    "an attribute of a thread": ("w.t = threading.Thread(target=print); w.t.x = 0", "w.t.x = 1", "w.t.x"),
    "a generator of numbers": ("w.r = random.Random(1)", "w.r.seed(2)", "w.r.random() > 0.5"),
    "a getter": ("pass", "w.x = 1", "operator.attrgetter('x')(w)"),
    "a getter of two steps": ("w.y = World(); w.y.x = 0", "w.y.x = 1", "operator.attrgetter('y.x')(w)"),
    "a getter as a key": (
        "w.a, w.b = World(), World(); w.a.x = 0; w.b.x = 1",
        "w.a.x = 2",
        "sorted([w.a, w.b], key=operator.attrgetter('x'))[0] is w.b",
    ),
    "a method as a key": ("w.d = {'a': 1, 'b': 0}", "w.d['b'] = 2", "max(['a', 'b'], key=w.d.get) == 'b'"),
    "a method that map calls": ("w.rows = []", "list(map(w.rows.append, [1]))", "len(w.rows)"),
    "a method of nobody that map calls": ("w.rows = [1]", "list(map(list.pop, [w.rows]))", "not w.rows"),
    "setattr that map calls": ("pass", "list(map(setattr, [w], ['x'], [1]))", "w.x"),
    "getattr that map calls": ("pass", "w.x = 1", "list(map(getattr, [w], ['x']))[0]"),
    "a method that iter calls": ("w.rows = [1, None]", "next(iter(w.rows.pop, 5))", "len(w.rows) == 1"),
    "a method that starmap calls": ("w.d = {}", "list(itertools.starmap(w.d.__setitem__, [(1, 2)]))", "len(w.d)"),
    "a method that filter calls": ("w.s = {1}", "w.s.add(2)", "list(filter(w.s.__contains__, [2]))"),
    "a method that any asks for": ("w.s = {1}", "w.s.add(2)", "any(map(w.s.__contains__, [2]))"),
    "an operator as a function": ("w.d = []", "operator.iadd(w.d, [1])", "w.d"),
    "a namespace and another": (
        "w.n = types.SimpleNamespace(x=0)",
        "w.n.x = 1",
        "w.n == types.SimpleNamespace(x=1)",
    ),
    "a file in memory that is printed to": ("w.s = io.StringIO()", "print('x', file=w.s)", "w.s.getvalue()"),
    "a file in memory that is read": ("w.s = io.StringIO('a')", "[line for line in w.s]", "w.s.tell()"),
    "the text of a namespace": ("w.n = types.SimpleNamespace(x=0)", "w.n.x = 1", "'x=1' in repr(w.n)"),
    "where a dict in Python keeps its items": ("w.d = UserDict(x=0)", "w.d.data = {'x': 1}", "w.d['x']"),
    "the attribute of a list": ("w.l = Items(); w.l.x = 0", "w.l.x = 1", "w.l.__dict__['x']"),
    "the pickled state of a list": ("w.l = Items(); w.l.x = 0", "w.l.x = 1", "w.l.__reduce_ex__(2)[2]['x']"),
    "the state to be pickled": ("w.o = World(); w.o.x = 0", "w.o.x = 1", "w.o.__reduce_ex__(2)[2]['x']"),
    "two accesses of one instruction": ("w.d = [0]", "w.d[0] = 1", "w.d == w.d and w.d[0]"),
    "a class attribute": ("pass", "Kind.n = 1", "Kind.n"),
    "a class attribute by an object": ("w.k = Kind()", "Kind.n = 1", "w.k.n"),
    "a class attribute that is new": ("w.k = Kind()", "Kind.new = 1", "hasattr(w.k, 'new')"),
    "a class attribute by an alias": ("pass", "Kind[int].n = 1", "Kind.n"),
    "an attribute of a member": ("pass", "Colour.RED.x = 2", "Colour.RED.x == 2"),
    "an attribute of a method": ("w.k = Kind(); Kind.f.n = 0", "Kind.f.n = 1", "w.k.f.n"),
    "an argument of a function with defaults": ("pass", "plain(w.x); w.x = 1", "plain(w.x)"),
    "the dict of an object, read": ("pass", "w.x = 1", "w.__dict__['x']"),
    "the dict of an object, written": ("pass", "w.__dict__['x'] = 1", "w.x"),
    "the dict of an object, updated": ("pass", "w.__dict__.update(x=1)", "w.x"),
    "the variables of an object, read": ("pass", "w.x = 1", "vars(w)['x']"),
    "the variables of an object, written": ("pass", "vars(w).update(x=1)", "w.x"),
}

GIVEN_UP = {
    "the class of an object": ("w.o = World()", "w.o.__class__ = Other", "type(w.o) is Other"),
    "the code of a function": ("pass", "plain.__code__ = other.__code__", "plain()"),
    "the defaults of a function": ("pass", "plain.__defaults__ = (1,)", "plain()"),
    "a cell": ("w.g = making()", "w.g.__closure__[0].cell_contents = 1", "w.g()"),
    "a method": ("w.k = Kind()", "Kind.f = lambda self: 1", "w.k.f()"),
    "a special method": ("w.k = Kind()", "Kind.__len__ = lambda self: 1", "len(w.k)"),
    "a global by globals()": ("pass", "globals()['x'] = 1", "x"),
    "globals by globals()": ("pass", "globals().update(x=1)", "x"),
    "a global by the module": ("pass", "sys.modules[__name__].x = 1", "x"),
    "a global by setattr": ("pass", "setattr(sys.modules[__name__], 'x', 1)", "x"),
    "a wait under the lock of a real module": (
        "w.l = threading.Lock(); w.o = logging.Logger('o'); w.o.addHandler(Waiting())",
        "w.o.warning('x')",
        "w.l.acquire() and w.o.warning('y') or w.l.release() or 0",
    ),
    "a class of a real module": ("Message.x = 0", "Message.x = 1", "Message.x"),
    "a real module": ("types.x = 0", "types.x = 1", "types.x"),
    "a dict in common": (
        "w.a, w.b = World(), World(); w.a.__dict__ = w.b.__dict__ = {'x': 0}",
        "w.a.x = 1",
        "w.b.x",
    ),
    "a dict that was kept": ("w.o = World(); w.o.x = 0; w.d = w.o.__dict__", "w.d['x'] = 1", "w.o.x"),
    "an object that dies": ("w.o = Mortal()", "w.o = None", "w.x"),
    "a weak reference": ("w.o = World(); w.r = weakref.ref(w.o)", "w.o = None", "w.r() is None"),
    "a weak dictionary": (
        "w.o = World(); w.d = weakref.WeakValueDictionary(a=w.o)",
        "w.o = None",
        "'a' not in w.d",
    ),
    "a call when an object dies": (
        "w.o = World(); w.r = weakref.ref(w.o, lambda r: setattr(w, 'x', 1))",
        "w.o = None",
        "w.x",
    ),
}


@pytest.mark.parametrize("place", FOUND)
def test_an_access_in_this_place_is_seen(place: str, tmp_path: Path) -> None:
    before, change, look = FOUND[place]
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(before=before, change=change, look=look))
    report = check(f"{file}::program")
    assert report.verdict is Verdict.VIOLATED
    assert "seen without the flag" in report.message


@pytest.mark.parametrize("place", GIVEN_UP)
def test_what_changes_behind_the_back_of_the_checker_never_holds(place: str, tmp_path: Path) -> None:
    before, change, look = GIVEN_UP[place]
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(before=before, change=change, look=look))
    assert check(f"{file}::program").verdict is not Verdict.HOLDS
