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
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from treadle.sandbox.runtime import ATTRIBUTES, WHOLE

Name = int | str
"""What an object is called in every execution: its number if it was there before the first thread was started, else
the name of its type."""

Location = tuple[Name, Hashable]

IDENTITIES: Location = ("threads", "identity")
ABSOLUTE_TIME: Location = ("clock", "absolute-time")


@dataclass(frozen=True)
class Visible:
    """The locations whose accesses are scheduling points, and the aspects that some thread observes."""

    locations: frozenset[Location] = frozenset()
    observed: frozenset[Location] = frozenset()

    @property
    def identities(self) -> bool:
        """Are threads told apart?"""
        return IDENTITIES in self.observed

    def grown(self, locations: Iterable[Location], observed: Iterable[Location]) -> Visible:
        """With these added."""
        return Visible(self.locations.union(locations), self.observed.union(observed))


@dataclass(frozen=True)
class Access:
    """One access to shared data: by a thread of which kind, where, and under which locks."""

    kind: str
    where: Location
    write: bool
    locks: frozenset[Name]
    place: str = ""


@dataclass
class _Discipline:
    kinds: set[str] = field(default_factory=set)
    written: bool = False
    locks: frozenset[Name] | None = None

    def with_all_of(self, whole: _Discipline) -> _Discipline:
        """The discipline of an element or attribute, with the accesses to all of them."""
        assert self.locks is not None and whole.locks is not None
        return _Discipline(self.kinds | whole.kinds, self.written or whole.written, self.locks & whole.locks)


_WHOLES = {"[": WHOLE, ".": ATTRIBUTES}


def whole_of(location: Hashable) -> str | None:
    """The location that stands for all elements, or all attributes, of which this is one."""
    return _WHOLES.get(location[0]) if isinstance(location, tuple) and len(location) == 2 else None


def overlap(one: Hashable, other: Hashable) -> bool:
    """Have two locations in one object a place in common?"""
    return one == other or whole_of(one) == other or whole_of(other) == one


class Locksets:
    """What is known of the discipline of each location, over all executions so far."""

    def __init__(self) -> None:
        self._disciplines: dict[Location, _Discipline] = {}
        self._instances: Counter[str] = Counter()

    def started(self, kinds: Counter[str]) -> None:
        """So many threads of each kind were started in one execution."""
        self._instances |= kinds

    def record(self, access: Access) -> None:
        """Take an access into account."""
        known = self._disciplines.setdefault(access.where, _Discipline())
        known.kinds.add(access.kind)
        known.written = known.written or access.write
        known.locks = access.locks if known.locks is None else known.locks & access.locks

    def unprotected(self) -> frozenset[Location]:
        """The locations that several threads touch, at least one writing, with no lock in common. Whoever touches all
        elements, or all attributes, of an object touches each of them."""
        found: set[Location] = set()
        for where, known in self._disciplines.items():
            name, location = where
            all_of_it = (name, whole_of(location))
            whole = self._disciplines.get(all_of_it)
            if self._violated(known if whole is None else known.with_all_of(whole)):
                found |= {where} if whole is None else {where, all_of_it}
        return frozenset(found)

    def _violated(self, known: _Discipline) -> bool:
        return known.written and not known.locks and self._threads(known.kinds) > 1

    def _threads(self, kinds: set[str]) -> int:
        return sum(max(1, self._instances[kind]) for kind in kinds)
