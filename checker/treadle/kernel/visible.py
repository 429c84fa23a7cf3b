"""Which accesses are scheduling points: those that no lock protects always, and the moments that are observed.

The exploration begins with the blocking operations only. Every real step records what it read and wrote, and which
locks it held. A location that is written, is touched by two threads, and has no lock in common to all its accesses
becomes *visible*: a scheduling point at every access, and the exploration starts again. The set only grows, and there
are finitely many locations, so this ends. All other accesses commute with what other threads do (both-movers), an
acquire is a right-mover and a release a left-mover, so a step is one indivisible transaction (Lipton, "Reduction",
1975; Flanagan and Qadeer, "A type and effect system for atomicity", 2003). That the discipline need only be checked on
the reduced executions is Stoller and Cohen, "Optimistic synchronization-based state-space reduction", 2003; the
locksets are Eraser's (Savage et al., 1997).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from treadle.sandbox.runtime import ATTRIBUTES, WHOLE

Name = int | str
"""What an object is called in every execution: its number if it was there before the first thread was started, else
the name of its type."""

Location = tuple[Name, Hashable]

IDENTITIES: Location = ("threads", "identity")
ABSOLUTE_TIME: Location = ("clock", "absolute-time")


@dataclass(frozen=True)
class Visible:
    """The locations whose accesses are scheduling points, the aspects that some thread observes, and the locations that
    are looked at more closely (`suspect`, `doubted`)."""

    locations: frozenset[Location] = frozenset()
    observed: frozenset[Location] = frozenset()
    suspects: frozenset[Location] = frozenset()
    own_calls: bool = False
    """Does a monitor explain each step by the calls of the thread that makes it? (See `properties.refinement`.)"""

    @cached_property
    def names(self) -> frozenset[object]:
        """The names of attributes and keys of elements among the locations."""
        parts: Iterator[Any] = (part for _, part in self.locations)
        plain = (part[1] if _tagged(part, "late") else part for part in parts)
        return frozenset(part[1] for part in plain if isinstance(part, tuple) and len(part) == 2)

    @property
    def identities(self) -> bool:
        """Are threads told apart?"""
        return IDENTITIES in self.observed

    def grown(self, locations: Iterable[Location], observed: Iterable[Location]) -> Visible:
        """With these added."""
        suspects = frozenset(where for where in locations if _closer(where))
        points = self.locations.union(locations) - suspects
        return replace(
            self, locations=points, observed=self.observed.union(observed), suspects=self.suspects | suspects
        )

    def holds_all(self, locations: frozenset[Location]) -> bool:
        """Are these known already?"""
        return locations <= self.locations | self.suspects


@dataclass(frozen=True)
class Access:
    """One access to shared data: by a thread of which kind, where, and under which locks."""

    kind: str
    where: Location
    write: bool
    locks: frozenset[Name]
    late: int | None = None
    """The thread's index if it had let other threads go on before, in the same step: by a release, a start, or what
    they observe."""
    near: bool = False
    """Being late, and doubted: could one of these have reached the object in between?"""
    settled: bool = False
    """Being suspect: was the object there before the step? (One that its thread has just made nobody else has touched,
    and whoever touches it later was given it.)"""


@dataclass(frozen=True)
class _Discipline:
    """The accesses to a location: by whom, whether any writes, and the locks held at all of them."""

    kinds: frozenset[str] = frozenset()
    written: bool = False
    locks: frozenset[Name] | None = None

    def __or__(self, other: _Discipline) -> _Discipline:
        if self.locks is None or other.locks is None:
            return other if self.locks is None else self
        return _Discipline(self.kinds | other.kinds, self.written or other.written, self.locks & other.locks)


@dataclass
class _Accesses:
    """What is known of a location: its accesses while several could reach it, the late ones among them, of these the
    near ones, those while one thread alone could reach it, and the settled ones among these; with the writes among them
    by themselves."""

    shared: _Discipline = _Discipline()
    late: _Discipline = _Discipline()
    late_writes: _Discipline = _Discipline()
    near: _Discipline = _Discipline()
    near_writes: _Discipline = _Discipline()
    private: _Discipline = _Discipline()
    private_writes: _Discipline = _Discipline()
    settled: _Discipline = _Discipline()
    settled_writes: _Discipline = _Discipline()

    def __or__(self, other: _Accesses) -> _Accesses:
        return _Accesses(*(getattr(self, f.name) | getattr(other, f.name) for f in fields(self)))

    def add(self, access: Access, *kinds: str) -> bool:
        """Take an access of such kinds into account. Is anything about it new?"""
        made = _Discipline(frozenset((access.kind,)), access.write, access.locks)
        writes = [f"{kind}_writes" for kind in kinds if access.write and kind != "shared"]
        new = False
        for kind in (*kinds, *writes):
            before = getattr(self, kind)
            after = before | made
            if after != before:
                new = True
                setattr(self, kind, after)
        return new

    def against(self, kind: str, private: str) -> Iterator[_Discipline]:
        """Accesses of one kind (late, near) with private or settled ones, one of each pair a write at least."""
        some, writes = getattr(self, kind), getattr(self, f"{kind}_writes")
        for one, other in ((writes, getattr(self, private)), (some, getattr(self, f"{private}_writes"))):
            if one.kinds and other.kinds:
                yield one | other


_WHOLES = {"[": WHOLE, ".": ATTRIBUTES}


def whole_of(location: Hashable) -> str | None:
    """The location that stands for all elements, or all attributes, of which this is one."""
    return _WHOLES.get(location[0]) if isinstance(location, tuple) and len(location) == 2 else None


def overlap(one: Hashable, other: Hashable) -> bool:
    """Have two locations in one object a place in common?"""
    return one == other or whole_of(one) == other or whole_of(other) == one


def late(where: Location) -> Location:
    """The late accesses to a location, as one that is a scheduling point or is not."""
    return where[0], ("late", where[1])


def suspect(where: Location) -> Location:
    """That it is looked into whether late accesses to a location could be harmful."""
    return where[0], ("suspect", where[1])


def doubted(where: Location) -> Location:
    """That it is looked into whether anybody could have reached the object in between."""
    return where[0], ("doubted", where[1])


def _tagged(part: Any, *tags: str) -> bool:
    return isinstance(part, tuple) and part[0] in tags


def _closer(where: Location) -> bool:
    return _tagged(where[1], "suspect", "doubted")


STAGES = (("late", "private", suspect), ("late", "settled", doubted), ("near", "settled", late))
"""Which accesses, if they conflict with which others, need what: a closer look, one that is closer still, a point."""


class Locksets:
    """What is known of the discipline of each location, over all executions so far."""

    def __init__(self) -> None:
        self._known: dict[Location, _Accesses] = {}
        self._instances: Counter[str] = Counter()
        self._unprotected: frozenset[Location] | None = None

    def started(self, kinds: Counter[str]) -> None:
        """So many threads of each kind were started in one execution."""
        if not kinds <= self._instances:
            self._instances |= kinds
            self._unprotected = None

    def record(self, access: Access, shared: bool = True) -> None:
        """Take an access into account: to what several could reach, or to what one thread alone could."""
        known = self._known.setdefault(access.where, _Accesses())
        kinds: tuple[str, ...] = ("shared", "late", "near") if access.near else ("shared", "late")
        if not shared:
            kinds = ("private", "settled") if access.settled else ("private",)
        elif access.late is None:
            kinds = ("shared",)
        if known.add(access, *kinds):
            self._unprotected = None

    def shared(self) -> Iterator[tuple[Location, bool, frozenset[Name], dict[str, int]]]:
        """Each location that was touched while several threads could reach it: whether it was written, the locks held
        at all accesses, and by threads of which kinds, with how many there were of each."""
        for where, known in self._known.items():
            made = known.shared
            if made.kinds:
                counts = {kind: max(1, self._instances[kind]) for kind in sorted(made.kinds)}
                yield where, made.written, made.locks or frozenset(), counts

    def unprotected(self) -> frozenset[Location]:
        """The locations that several threads touch, at least one writing, with no lock in common. Whoever touches all
        elements, or all attributes, of an object touches each of them.

        An access while one thread alone can reach the object harms nobody, but for this: the other thread has let it
        go on, touched the object after that, and in the same step lost sight of it. So that other access must be a
        scheduling point if it is `late`: there, both can still reach the object, and the rest comes to light. It
        is `suspect` until it is known that the object was not made in the very step of the private access, and
        `doubted` until it is known whether anybody could have reached it in between."""
        if self._unprotected is None:
            self._unprotected = self._worked_out()
        return self._unprotected

    def _worked_out(self) -> frozenset[Location]:
        found: set[Location] = set()
        for where, known in self._known.items():
            name, location = where
            all_of_it = (name, whole_of(location))
            whole = self._known.get(all_of_it)
            together = {where} if whole is None else {where, all_of_it}
            known = known if whole is None else known | whole
            if self._broken(known.shared):
                found |= together
                continue
            for kind, private, told in STAGES:
                if any(map(self._broken, known.against(kind, private))):
                    found.update(map(told, together))
        return frozenset(found)

    def _broken(self, accesses: _Discipline) -> bool:
        return accesses.written and not accesses.locks and self._threads(accesses.kinds) > 1

    def _threads(self, kinds: frozenset[str]) -> int:
        return sum(max(1, self._instances[kind]) for kind in kinds)
