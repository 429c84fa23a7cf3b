"""Generated programs in which objects change hands: made by one thread, given away, taken, used by another.

A program has a kind of object and a few channels. Each thread is a row of phrases: it makes an object, writes it,
gives it away through a channel, writes it once more (too late), takes what another gave, uses it. In the end some
object belongs to one thread alone, and some thread has finished that had it before: what each of them saw is kept in
variables of its own (`w.r0`, `w.r1`...).

If asked for, some phrases are preceded by an operation on a lock of the thread's own: what can be done first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from oracle.programs import Drawn, Seeded, interleavings
from oracle.statements import Source, Statement, indented


@dataclass(frozen=True)
class Kind:
    """A kind of object that changes hands: how it is made, and the places in it, of which `{o}` is the object."""

    makes: tuple[str, ...]
    places: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Statements that put other objects into it."""


KINDS = (
    Kind(("Box()", "made({k})"), ("{o}.x", "{o}.x", "{o}.y")),
    Kind(("Slim()",), ("{o}.x", "{o}.x", "{o}.y")),
    Kind(("Box()", "Crate()"), ("{o}.x", "{o}.x"), ("w.r{n} = {o}.weight()", "w.r{n} = isinstance({o}, Crate)")),
    Kind(("Pair()", "Pair()", "paired({k})"), ("{o}.inner.x", "{o}.inner.x", "{o}.x"), ("{o}.inner = Box()",)),
    Kind(("Bag()",), ('{o}.d["x"]', '{o}.d["x"]', '{o}.d["y"]'), ('{o}.d = {{"x": {k}, "y": 0}}',)),
    Kind(("[0, 0]", "list((0, 1))"), ("{o}[0]", "{o}[0]", "{o}[1]")),
    Kind(('{{"x": 0, "y": 0}}',), ('{o}["x"]', '{o}["x"]', '{o}["y"]')),
    Kind(("[[0], 0]",), ("{o}[0][0]", "{o}[0][0]", "{o}[1]"), ("{o}[0] = [{k}]",)),
)


@dataclass(frozen=True)
class Channel:
    """How an object comes from one thread to another: `{o}` is given, `{v}` gets it, or None."""

    gives: tuple[tuple[int, str], ...]
    takes: tuple[tuple[int, str], ...]
    known: bool = False
    """Do the threads have the object all along, and only learn that it may be used?"""


CHANNELS = {
    "attribute": Channel(
        ((1, "w.slot = {o}"),),
        ((1, "{v} = w.slot"), (2, "{v}, w.slot = w.slot, None"), (2, "{v} = w.slot\nw.slot = None")),
    ),
    "global": Channel(((1, "g = {o}"),), ((1, "{v} = g"), (2, "{v}, g = g, None"))),
    "attribute under a lock": Channel(
        ((2, "with w.m:\n    w.slot = {o}"),),
        ((3, "with w.m:\n    {v} = w.slot"), (3, "with w.m:\n    {v}, w.slot = w.slot, None")),
    ),
    "list": Channel(((1, "w.l.append({o})"),), ((3, "{v} = w.l.pop() if w.l else None"),)),
    "list under a lock": Channel(
        ((2, "with w.m:\n    w.l.append({o})"),),
        (
            (3, "with w.m:\n    {v} = w.l.pop() if w.l else None"),
            (3, "with w.m:\n    {v} = w.l[0] if w.l else None"),
            (3, "with w.m:\n    w.l, w.k = w.k, w.l\n    {v} = w.k[0] if w.k else None"),
        ),
    ),
    "deque": Channel(((1, "w.q.append({o})"),), ((3, "{v} = w.q.popleft() if w.q else None"),)),
    "dict": Channel(
        ((1, 'w.d["k"] = {o}'),), ((1, '{v} = w.d.get("k")'), (1, '{v} = w.d.pop("k", None)'))
    ),
    "dict under a lock": Channel(
        ((2, 'with w.m:\n    w.d["k"] = {o}'),), ((2, 'with w.m:\n    {v} = w.d.pop("k", None)'),)
    ),
    "event": Channel(
        ((2, "w.slot = {o}\nw.e.set()"),),
        ((2, "w.e.wait()\n{v} = w.slot"), (3, "w.e.wait()\n{v}, w.slot = w.slot, None")),
    ),
    "semaphore": Channel(((2, "w.q.append({o})\nw.s.release()"),), ((2, "w.s.acquire()\n{v} = w.q.popleft()"),)),
    "condition": Channel(
        ((3, "with w.v:\n    w.l.append({o})\n    w.v.notify()"),),
        ((4, "with w.v:\n    while not w.l:\n        w.v.wait()\n    {v} = w.l.pop()"),),
    ),
    "cell": Channel(((1, "w.put({o})"),), ((1, "{v} = w.get()"), (2, "{v} = w.take()"))),
    "cell under a lock": Channel(((2, "with w.m:\n    w.put({o})"),), ((3, "with w.m:\n    {v} = w.take()"),)),
    "mutable default": Channel(((1, "keep({o})"),), ((3, "{v} = keep()"),)),
    "made by whoever comes first": Channel(((2, "lazy().inner = {o}"),), ((2, "{v} = lazy().inner"),)),
    "made by whoever comes first, under a lock": Channel(
        ((3, "with w.m:\n    lazy().inner = {o}"),), ((3, "with w.m:\n    {v} = lazy().inner\n    w.lazy = None"),)
    ),
    "attribute of an object": Channel(
        ((1, "w.outer.inner = {o}"),), ((1, "{v} = w.outer.inner"), (2, "{v} = w.outer.inner\nw.outer = Pair()"))
    ),
    "exchange": Channel(
        ((3, "with w.m:\n    got, w.slot = w.slot, {o}"),), ((3, "with w.m:\n    {v}, w.slot = w.slot, None"),)
    ),
    "known, event": Channel(((1, "w.e.set()"),), ((1, "w.e.wait()\n{v} = known"),), known=True),
    "known, semaphore": Channel(((1, "w.s.release()"),), ((1, "w.s.acquire()\n{v} = known"),), known=True),
    "known, lock": Channel(((1, "w.h.release()"),), ((1, "w.h.acquire()\n{v} = known"),), known=True),
    "known, flag under a lock": Channel(
        ((2, "with w.m:\n    w.f = 1"),), ((2, "{v} = None\nwith w.m:\n    if w.f:\n        {v} = known"),), known=True
    ),
    "known, condition": Channel(
        ((3, "with w.v:\n    w.f = 1\n    w.v.notify_all()"),),
        ((3, "with w.v:\n    while not w.f:\n        w.v.wait()\n{v} = known"),),
        known=True,
    ),
    "thread": Channel(
        ((3, "threading.Thread(target=use, args=({o},)).start()"),), ((1, "{v} = w.slot"),)
    ),
}  # fmt: skip

WRITES = ((1, "{p} = {k}"), (2, "{p} += 1"))
READS = ((2, "w.r{n} = {p}"), (2, "w.r{n} = {p} + w.r{n} * 4"), (1, "assert {p} != {k}"))
NOISE = (
    (1, "with w.m:\n    pass"),
    (1, "with w.n:\n    pass"),
    (1, "w.e.set()"),
    (1, "w.s.release()"),
    (2, "w.l, w.k = w.k, w.l"),
    (2, "with w.m:\n    w.l, w.k = w.k, w.l"),
    (1, "threading.Thread(target=plain).start()"),
)

OWN = (
    (1, "own = threading.Lock()\nown.acquire()"),
    (2, "own = threading.Lock()\nown.acquire()\nown = threading.Lock()\nown.acquire()"),
    (2, "own = threading.Lock()\nown.acquire()\nw.n = own\nown.release()"),
)
"""Operations on locks that no other thread has, or has yet."""

HEAD = """\
import threading
from collections import deque

from treadle import choose


class World:
    pass


class Box:
    def __init__(self):
        self.x = self.y = 0

    def weight(self):
        return self.x


class Crate(Box):
    def weight(self):
        return self.x + 10


class Slim:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = self.y = 0


class Pair:
    def __init__(self):
        self.x = 0
        self.inner = Box()


class Bag:
    def __init__(self):
        self.d = {"x": 0, "y": 0}


class Lazy:
    inner = None


w = None
g = None


def made(number):
    box = Box()
    box.x = number
    return box


def paired(number):
    pair = Pair()
    pair.inner = made(number)
    return pair


def keep(item=None, kept=[]):
    if item is None:
        return kept.pop() if kept else None
    kept.append(item)


def lazy():
    if w.lazy is None:
        w.lazy = Lazy()
    return w.lazy


def plain():
    pass
"""
SET_UP = """\
    global w
    w = World()
    w.m, w.n, w.h = threading.Lock(), threading.Lock(), threading.Lock()
    w.h.acquire()
    w.e, w.s, w.v = threading.Event(), threading.Semaphore(0), threading.Condition()
    w.l, w.k, w.q, w.d = [], [], deque(), {}
    w.lazy = w.slot = None
    w.outer = Pair()
    w.f = w.r0 = w.r1 = w.r2 = w.r3 = 0
    kept = None

    def put(item):
        nonlocal kept
        kept = item

    def take():
        nonlocal kept
        item, kept = kept, None
        return item

    w.put, w.take, w.get = put, take, lambda: kept
"""
OBSERVE = """\


def shown(item):
    if isinstance(item, (list, deque)):
        return tuple(map(shown, item))
    if isinstance(item, dict):
        return tuple((key, shown(item[key])) for key in sorted(item))
    if isinstance(item, Pair):
        return (item.x, shown(item.inner))
    if isinstance(item, Lazy):
        return shown(item.inner)
    if isinstance(item, Bag):
        return shown(item.d)
    return (item.x, item.y) if isinstance(item, (Box, Slim)) else item


def observe():
    there = (w.slot, g, w.l, w.k, w.q, w.d, w.outer, w.lazy, w.take(), w.first)
    return (w.f, w.r0, w.r1, w.r2, w.r3, tuple(map(shown, there)))
"""


@dataclass(frozen=True)
class Size:
    """How large a program may become: the limit of schedules, as far as they can be estimated."""

    schedules: int


SIZE = Size(150)


def handing_program(seed: int, size: Size = SIZE, own: int = 0) -> str:
    """The program of this number, the same on every version of Python; in `own` of a hundred places a thread has a lock
    of its own."""
    return write(Seeded(seed), size, own)


@st.composite
def handing_programs(draw: Any, size: Size = SIZE) -> str:
    """A strategy for these programs, which shrinks."""
    return write(Drawn(draw), size)


def write(source: Source, size: Size, own: int = 0) -> str:
    """The text of one program."""
    return _Writer(source, size, own).program()


class _Writer:
    """Writes one program, deciding by a source."""

    def __init__(self, source: Source, size: Size, own: int) -> None:
        self.source, self.size, self.own = source, size, own
        self.kind = source.pick(KINDS)
        self.choosing = 30 if source.chance(20) else 0
        """How many of a hundred uses depend on a choice that is left open?"""
        names = list(CHANNELS)
        first = CHANNELS[source.pick(names)]
        self.channels = (*[first] * 5, CHANNELS[source.pick(names)])

    def program(self) -> str:
        source = self.source
        number = source.pick((2, 2, 2, 3))
        self.alike = alike = source.chance(20)
        main_too = source.chance(35)
        count = 1 if alike else number - main_too
        bodies = self._bodies(count, number, main_too)
        targets = [0] * number if alike else list(range(count))
        functions = "".join(_function(f"work_{n}", body) for n, body in enumerate(bodies))
        if main_too:
            targets = [target for target in targets if target < len(bodies) - 1] or [0]
        use = Statement(tuple(line for line in self._use("item", 3).lines), 2)
        return "".join((
            HEAD,
            "\n\ndef use(item):\n" + "".join(f"    {line}\n" for line in use.lines),
            functions,
            "\n\ndef program():\n",
            SET_UP,
            "".join(f"    {line}\n" for line in self._starting(targets, len(bodies) - 1 if main_too else None)),
            OBSERVE,
        ))  # fmt: skip

    def _bodies(self, count: int, number: int, main_too: bool) -> list[list[Statement]]:
        prices = [1] * number
        bodies = []
        for body in range(count + main_too):
            chosen = self._phrases(body)
            while len(chosen) > 2 and interleavings(self._prices(prices, body, count, chosen)) > self.size.schedules:
                chosen.pop(self.source.pick(range(1, len(chosen))))
            prices = self._prices(prices, body, count, chosen)
            bodies.append(chosen)
        return bodies

    @staticmethod
    def _prices(prices: Sequence[int], body: int, count: int, chosen: Sequence[Statement]) -> list[int]:
        price = 1 + sum(one.price for one in chosen)
        return [price if place == body or count == 1 else old for place, old in enumerate(prices)]

    def _phrases(self, n: int) -> list[Statement]:
        """What one thread does."""
        phrases: list[Statement] = []
        roles = (2, 2, 2, 3) if self.alike else (0, 1, 2, 3) if n > 1 else (n, n, n, n, n, 2, 3)
        role = self.source.pick(roles)
        if role in (0, 2):
            phrases += self._gives(n)
        if role in (1, 2, 3):
            phrases += self._takes(n)
        if role == 3:
            phrases += self._gives(n, "got")
        return self._with_locks_of_its_own(phrases) if self.own else phrases

    def _with_locks_of_its_own(self, phrases: list[Statement]) -> list[Statement]:
        found: list[Statement] = []
        for phrase in phrases:
            if self.source.chance(self.own):
                found.append(self._filled(self.source.pick(OWN)))
            found.append(phrase)
        return found

    def _gives(self, n: int, what: str = "mine") -> list[Statement]:
        source, channel = self.source, self.source.pick(self.channels)
        if channel.known and what == "mine":
            phrases = [Statement(("mine = known",), 0)]
        elif what == "mine":
            phrases = [self._filled((0, f"mine = {source.pick(self.kind.makes)}"))]
        else:
            phrases = []
        if source.chance(40):
            phrases.append(self._use(what, n))
        phrases.append(self._filled(source.pick(channel.gives), o=what))
        if source.chance(25):
            phrases.append(self._filled(source.pick(NOISE)))
        if source.chance(85):
            phrases.append(self._use(what, n, 25))
        if source.chance(15):
            phrases.append(self._use(what, n))
        if source.chance(20):
            phrases.append(Statement((f"{what} = None",), 0))
        return phrases

    def _takes(self, n: int) -> list[Statement]:
        source, channel = self.source, self.source.pick(self.channels)
        phrases = [self._filled(source.pick(channel.takes), v="got")]
        if source.chance(15):
            phrases.append(self._filled(source.pick(NOISE)))
        if source.chance(30):
            phrases.append(self._use("got", n, 25))
        if source.chance(95):
            phrases.append(self._use("got", n, 75))
        return phrases

    def _use(self, what: str, n: int, reading: int = 50) -> Statement:
        source, kind = self.source, self.kind
        if kind.others and source.chance(15):
            inner = self._filled((1, source.pick(kind.others)), o=what, n=str(n))
        else:
            place = (kind.places[0] if source.chance(70) else source.pick(kind.places)).replace("{o}", what)
            inner = self._filled(source.pick(READS if source.chance(reading) else WRITES), p=place, n=str(n))
        if source.chance(10):
            inner = Statement(("with w.m:", *indented(inner.lines)), inner.price + 1)
        if source.chance(self.choosing):
            inner = source.pick((_perhaps, _perhaps_not_all))(inner)
        if what != "got":
            return inner
        return Statement((f"if {what} is not None:", *indented(inner.lines)), inner.price)

    def _filled(self, statement: tuple[int, str], **parts: str) -> Statement:
        price, text = statement
        for name, part in {"k": self.source.pick(("1", "2", "3")), **parts}.items():
            text = text.replace("{" + name + "}", part)
        return Statement(tuple(text.replace("{{", "{").replace("}}", "}").split("\n")), price)

    def _starting(self, targets: Sequence[int], main: int | None) -> list[str]:
        """The end of `program`: what is known to the threads, their start, what the main thread does, some joins."""
        source = self.source
        known = source.pick(self.kind.makes)
        lines = [f"known = {known}", f"w.first = {source.pick(('None', 'None', 'known'))}"]
        lines += [source.pick(("pass", "pass", "w.slot = known", "w.l.append(known)", 'w.d["k"] = known'))]
        lines = [line for text in lines for line in self._filled((0, text)).lines if line != "pass"]
        joined = []
        for number, target in enumerate(targets):
            options = source.pick(("", "", "", ", daemon=True"))
            lines.append(f"t{number} = threading.Thread(target=work_{target}, args=(known,){options})")
            if source.chance(30):
                joined.append(number)
        lines += [f"t{number}.start()" for number in range(len(targets))]
        if source.chance(50):
            lines.append("known = None" if main is None else f"work_{main}(known)")
        elif main is not None:
            lines.append(f"work_{main}(known)")
        lines += [f"t{number}.join()" for number in joined]
        if source.chance(20):
            lines.append("w.r3 = shown(known) == shown(known)" if "t" in known else "w.r3 = 1")
        return lines


def _perhaps(statement: Statement) -> Statement:
    return Statement(("if choose(2):", *indented(statement.lines)), statement.price + 2)


def _perhaps_not_all(statement: Statement) -> Statement:
    lines = indented(statement.lines)
    tried = ("try:", *lines, "    if choose(2):", "        raise KeyError", *lines, "except KeyError:", *lines)
    return Statement(tried, 2 * statement.price + 2)


def _function(name: str, statements: Sequence[Statement]) -> str:
    lines = ["global g", "mine = got = None"]
    lines += [line for statement in statements for line in statement.lines]
    return "\n\ndef " + name + "(known):\n" + "".join(f"    {line}\n" for line in lines)
