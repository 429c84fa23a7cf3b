"""Generated programs: small threaded modules for the oracle and the checker to be compared on.

`random_program(seed, profile)` always gives the same text for the same seed; `threaded_programs(profile)` is
a Hypothesis strategy for the same family, which shrinks. The number of schedules is kept near a limit by the
statements' prices: threads of a, b, c points have (a+b+c)! / (a! b! c!) interleavings at most, if nothing
blocks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, prod
from typing import Any, TypeVar

from hypothesis import strategies as st

from oracle.statements import Source, Statement, Writer

Item = TypeVar("Item")


@dataclass(frozen=True)
class Profile:
    """A family of programs: the percentage of protected statements, and the limit of schedules."""

    protected: int
    schedules: int = 250


PROTECTED = Profile(protected=85)
MIXED = Profile(protected=55)
RACY = Profile(protected=15)
PROFILES = {"protected": PROTECTED, "mixed": MIXED, "racy": RACY}

SHARED = """\
    w.l = [2, 1]
    w.d = {"k": 0}
    w.q = deque([1])
    w.owner = w.ident = None
    w.rank = rank
    count = 0

    def bump():
        nonlocal count
        count += 1

    w.bump = bump
    w.counted = lambda: count
"""
HELPERS = """\
import threading
from collections import deque


class World:
    pass


w = None
total = 0


def plus_one(number):
    return number + 1


def each(items):
    for item in items:
        yield item


def rank(item):
    with w.m:
        return item


def add_total(number):
    global total
    total += number
"""
OBSERVE = """\


def observe():
    return ({scalars}, tuple(w.l), tuple(sorted(w.d.items())), tuple(w.q), total, w.counted())
"""
LIMIT_OF_STATEMENTS = 4


class Seeded:
    """Decisions from a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, options: Sequence[Item]) -> Item:
        return options[int(self._random.random() * len(options))]

    def chance(self, percent: int) -> bool:
        return self._random.random() * 100 < percent


class Drawn:
    """Decisions that Hypothesis draws, and shrinks."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def pick(self, options: Sequence[Item]) -> Item:
        index: int = self._draw(st.integers(0, len(options) - 1))
        return options[index]

    def chance(self, percent: int) -> bool:
        return bool(self._draw(st.integers(0, 99)) >= 100 - percent)


def random_program(seed: int, profile: Profile = MIXED) -> str:
    """The program of this number in this family, the same on every version of Python."""
    return write_program(Seeded(seed), profile)


@st.composite
def threaded_programs(draw: Any, profile: Profile = MIXED) -> str:
    """A strategy for the programs of a family."""
    return write_program(Drawn(draw), profile)


def write_program(source: Source, profile: Profile) -> str:
    """The text of one program."""
    scalars = ("a", "b", "c")[: source.pick((2, 3))]
    kinds = {lock: source.pick(("Lock", "Lock", "RLock")) for lock in ("m", "n")[: source.pick((1, 2))]}
    if "n" not in kinds and source.chance(30):
        kinds = {"m": "RLock"}
    waits = source.chance(50)
    writer = Writer(source, profile.protected, scalars, tuple(kinds), waits)
    bodies, targets, price = _threads(source, writer, profile)
    child = source.chance(25) and interleavings((price, price, 5)) <= 4 * profile.schedules
    if child:
        bodies, targets = bodies[:1], [0, 1]
    functions = "".join(_function(f"work_{number}", body) for number, body in enumerate(bodies))
    if child:
        functions += PARENT
    condition = source.pick(("threading.Condition()", "threading.Condition(w.m)"))
    program = [
        "def program():",
        "    global w",
        "    w = World()",
        *(f"    w.{name} = 0" for name in scalars),
        *(f"    w.{lock} = threading.{kind}()" for lock, kind in kinds.items()),
        f"    w.v = {condition}",
        SHARED.rstrip("\n"),
        *_starting(source, targets, child, writer),
    ]
    observed = OBSERVE.format(scalars=", ".join(f"w.{name}" for name in scalars))
    return HELPERS + functions + "\n\n" + "\n".join(program) + "\n" + observed


PARENT = """

def parent():
    child = threading.Thread(target=work_0)
    child.start()
    w.a += 1
    child.join()
    w.b = w.a
"""


def _threads(source: Source, writer: Writer, profile: Profile) -> tuple[list[list[Statement]], list[int], int]:
    """The different bodies of the threads, which body each thread runs, and the price of the first."""
    number = source.pick((2, 2, 3))
    alike = source.chance(40)
    targets = list(range(number)) if not alike else [0] * number if source.chance(60) else [0, *range(number - 1)]
    prices = [1] * number
    bodies: list[list[Statement]] = []
    for body in range(max(targets) + 1):
        statements: list[Statement] = []
        wanted = source.pick((2, 1, 3, 4))
        for _ in range(4 * LIMIT_OF_STATEMENTS):
            if len(statements) == wanted:
                break
            statement = writer.statement()
            price = statement.price + sum(one.price for one in statements)
            trial = [price if target == body else old for target, old in zip(targets, prices, strict=True)]
            if interleavings(trial) <= profile.schedules:
                statements.append(statement)
                prices = trial
        bodies.append(statements or [writer.filled(Statement(("w.{x} = {k}",), 1))])
    return bodies, targets, prices[0]


def interleavings(lengths: Sequence[int]) -> int:
    """In how many orders threads of so many points can go, if nothing blocks."""
    return factorial(sum(lengths)) // prod(factorial(length) for length in lengths)


def _function(name: str, statements: list[Statement]) -> str:
    lines = [line for statement in statements for line in statement.lines]
    return "\n\ndef " + name + "():\n" + "".join(f"    {line}\n" for line in lines)


def _starting(source: Source, targets: Sequence[int], child: bool, writer: Writer) -> list[str]:
    """The end of `program`: make the threads, start them, perhaps do something too, join some of them."""
    lines, joined = [], []
    for number, target in enumerate(targets):
        function = "parent" if child and number else f"work_{target}"
        options = source.pick(("", "", f', name="t{number}"', ", daemon=True"))
        lines.append(f"    t{number} = threading.Thread(target={function}{options})")
        if "daemon" not in options and source.chance(60):
            joined.append(number)
    lines += [f"    t{number}.start()" for number in range(len(targets))]
    if source.chance(15):
        lines.append(f"    w.{source.pick(writer.scalars)} = 5")
    lines += [f"    t{number}.join()" for number in joined]
    if joined and source.chance(20):
        lines.append(f"    assert w.{source.pick(writer.scalars)} < 3")
    return lines
