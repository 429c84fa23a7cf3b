"""The statements that generated programs are made of, each with its price: how many scheduling points it has.

A statement is a list of source lines. Placeholders: {x} {y} scalars of the world, {k} a small number, {key} a
key of the dict, {m} a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Lines = tuple[str, ...]


class Source(Protocol):
    """Where decisions come from: a seeded generator of random numbers, or Hypothesis."""

    def pick(self, options: Sequence[Item]) -> Item:
        """One of the options; the first is the simplest."""

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""


@dataclass(frozen=True)
class Statement:
    """Source lines and their price."""

    lines: Lines
    price: int


def _atoms(*templates: tuple[int, str]) -> tuple[Statement, ...]:
    return tuple(Statement(tuple(text.split("\n")), price) for price, text in templates)


COMMON = _atoms(
    (2, "w.{x} += 1"),
    (1, "w.{x} = {k}"),
    (2, "w.{x} = w.{y} + 1"),
    (1, "w.l.append({k})"),
    (2, "w.{x} = w.l.pop()"),
    (1, 'w.d["{key}"] = {k}'),
    (2, 'w.d["{key}"] += 1'),
    (1, "w.q.append({k})"),
    (2, "w.{x} = w.q.popleft()"),
    (2, "add_total({k})"),
    (2, "w.bump()"),
    (1, "assert w.{x} <= {k}"),
)
RARE = _atoms(
    (4, "w.{x} = w.{y} + plus_one(w.{x})"),
    (4, "before = w.{x}\nw.{y} = before + w.{x}"),
    (2, "w.l[:] = [w.{x}]"),
    (2, "del w.l[:]\nw.l.extend((1, 2))"),
    (2, "w.{x}, w.{y} = {k}, {k}"),
    (3, "try:\n    w.l.pop()\nexcept IndexError:\n    w.{x} += 1"),
    (3, "if {k} in w.l:\n    w.{x} += 1"),
    (3, "if len(w.q) > 1:\n    w.{x} = w.q.pop()"),
    (2, 'if w.d.get("{key}") is None:\n    w.{x} = {k}'),
    (2, 'w.{x} = w.d.pop("{key}", 7)'),
    (4, 'w.d["{key}"] = len([item for item in w.l])'),
    (6, "w.{x} = sum(item for item in w.l)"),
    (7, "for item in each(w.q):\n    w.{x} = item"),
    (7, "w.{x} = sorted(w.l, key=w.rank)[0]"),
    (2, "w.owner = threading.current_thread()\nif w.owner is threading.current_thread():\n    w.{x} = {k}"),
    (3, "w.ident = threading.get_ident()\nif w.ident == threading.get_ident():\n    w.{x} = {k}"),
    (1, "raise ValueError"),
)
WAITS = _atoms(
    (3, "with w.v:\n    while w.{x} < 1:\n        w.v.wait()\n    w.{x} -= 1"),
    (3, "with w.v:\n    if w.{x} == 0:\n        w.v.wait()\n    w.{x} -= 1"),
    (
        4,
        "with w.v:\n    if w.{x} == 0:\n        if not w.v.wait(1.0):\n            w.{y} = 9\n    w.{x} += 1",
    ),
    (
        4,
        "with w.v:\n    while w.{x} < 1:\n        if not w.v.wait(2):\n            break\n    w.b = 2",
    ),
)
NOTIFICATIONS = _atoms(
    (3, "with w.v:\n    w.{x} += 1\n    w.v.notify()"),
    (3, "with w.v:\n    w.{x} += 1\n    w.v.notify_all()"),
    (3, "with w.v:\n    w.{x} = 1\n    w.v.notify(2)"),
    (3, "w.{x} += 1\nwith w.v:\n    w.v.notify()"),
    (2, "w.{x} = 1\nw.v.notify()"),
)


def indented(lines: Lines) -> Lines:
    """The lines, one level further in."""
    return tuple("    " + line for line in lines)


class Writer:
    """Writes statements, deciding by a source, for a program with these scalars and locks."""

    def __init__(
        self, source: Source, protected: int, scalars: Sequence[str], locks: Sequence[str], waits: bool
    ) -> None:
        self.source = source
        self.protected = protected
        self.scalars = scalars
        self.locks = locks
        self.waits = waits
        # Few words per program, so that threads meet at the same objects.
        self.common = tuple(source.pick(COMMON) for _ in range(4))
        self.rare = tuple(source.pick(RARE) for _ in range(2))

    def statement(self) -> Statement:
        """One statement of a thread, usually protected by a lock in the measure that is asked for."""
        if self.waits and self.source.chance(50):
            return self.filled(self.source.pick(self.source.pick((NOTIFICATIONS, WAITS))))
        inner = self._compound() if self.source.chance(20) else self._atom()
        if not self.source.chance(self.protected):
            return inner if self.source.chance(80) else self._tried(inner)
        return self._tried(inner) if self.source.chance(15) else self._locked(inner)

    def _atom(self) -> Statement:
        return self.filled(self.source.pick(self.rare if self.source.chance(25) else self.common))

    def _compound(self) -> Statement:
        first = self._atom()
        if self.source.chance(30):
            return Statement(("for _ in range(2):", *indented(first.lines)), 2 * first.price)
        other = self._atom()
        test = self.filled(Statement(("if w.{x} == {k}:",), 1)).lines
        lines = (*test, *indented(first.lines), "else:", *indented(other.lines))
        return Statement(lines, 1 + max(first.price, other.price))

    def _locked(self, inner: Statement) -> Statement:
        """Protected: usually by the first lock, sometimes by another, sometimes by two."""
        lock = self.source.pick((self.locks[0],) * 5 + tuple(self.locks))
        lines, price = inner.lines, 1 + (inner.price + 1) // 2
        if self.source.chance(15):
            lines, price = (f"with w.{self.source.pick(self.locks)}:", *indented(lines)), price + 1
        if self.source.chance(10):
            return Statement((f"w.{lock}.acquire()", *lines, f"w.{lock}.release()"), price)
        return Statement((f"with w.{lock}:", *indented(lines)), price)

    def _tried(self, inner: Statement) -> Statement:
        lock = self.source.pick(self.locks)
        how = self.source.pick(("False", "timeout=1", "blocking=False"))
        otherwise = self.filled(Statement(("w.{x} = 8",), 1))
        lines = (
            f"if w.{lock}.acquire({how}):",
            "    try:",
            *indented(indented(inner.lines)),
            "    finally:",
            f"        w.{lock}.release()",
            *(("else:", *indented(otherwise.lines)) if self.source.chance(70) else ()),
        )
        return Statement(lines, 2 + inner.price)

    def filled(self, statement: Statement) -> Statement:
        """The statement with its placeholders replaced."""
        x, y = self.source.pick(self.scalars), self.source.pick(self.scalars)
        k, key = self.source.pick(("1", "2", "3")), self.source.pick(("k", "k", "k", "j"))
        text = "\n".join(statement.lines)
        for name, value in (("{x}", x), ("{y}", y), ("{k}", k), ("{key}", key)):
            text = text.replace(name, value)
        return Statement(tuple(text.split("\n")), statement.price)
