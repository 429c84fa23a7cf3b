"""Which locations become scheduling points: those that several threads touch, one writes, and no lock protects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from treadle.kernel.visible import IDENTITIES, Access, Locksets, Visible
from treadle.sandbox.runtime import ATTRIBUTES, WHOLE

FIELD, ATTRIBUTES_OF_IT = (1, (".", "x")), (1, ATTRIBUTES)
ELEMENT, OTHER_ELEMENT, ALL = (2, ("[", 0)), (2, ("[", 1)), (2, WHOLE)


def unprotected(*accesses: Access, kinds: Iterable[str] = ("one", "two")) -> set[object]:
    """What is unprotected after these accesses, in any order of recording."""
    found = []
    for recorded in (accesses, accesses[::-1]):
        locksets = Locksets()
        locksets.started(Counter(kinds))
        for access in recorded:
            locksets.record(access)
        found.append(locksets.unprotected())
    assert found[0] == found[1]
    return set(found[0])


def access(kind: str, where: tuple[int, object] = FIELD, write: bool = True, locks: str = "") -> Access:
    return Access(kind, where, write, frozenset(locks))  # type: ignore[arg-type]


def test_two_threads_of_which_one_writes_need_a_lock_in_common() -> None:
    assert unprotected(access("one"), access("two")) == {FIELD}
    assert unprotected(access("one"), access("two", write=False)) == {FIELD}
    assert unprotected(access("one", locks="m"), access("two")) == {FIELD}
    assert unprotected(access("one", locks="m"), access("two", locks="n")) == {FIELD}
    assert unprotected(access("one", locks="m"), access("two", locks="mn")) == set()


def test_locks_in_common_to_each_two_are_not_enough() -> None:
    kinds = ("one", "two", "three")
    accesses = access("one", locks="lm"), access("two", locks="mn"), access("three", locks="ln")
    assert unprotected(*accesses, kinds=kinds) == {FIELD}


def test_what_nobody_writes_needs_no_lock() -> None:
    assert unprotected(access("one", write=False), access("two", write=False)) == set()


def test_what_one_thread_alone_touches_needs_no_lock() -> None:
    assert unprotected(access("one"), access("one", write=False)) == set()


def test_threads_of_the_same_kind_are_several() -> None:
    assert unprotected(access("one"), kinds=("one", "one")) == {FIELD}


def test_threads_of_one_kind_are_counted_within_one_execution() -> None:
    locksets = Locksets()
    for _ in range(2):
        locksets.started(Counter(["one", "two"]))
        locksets.record(access("one"))
    assert locksets.unprotected() == set()


@pytest.mark.parametrize("write", [True, False])
def test_who_touches_a_whole_container_touches_each_element(write: bool) -> None:
    assert unprotected(access("one", ELEMENT), access("two", ALL, write=write)) == {ELEMENT, ALL}


@pytest.mark.parametrize("write", [True, False])
def test_who_touches_all_attributes_touches_each_but_no_element(write: bool) -> None:
    assert unprotected(access("one", FIELD), access("two", ATTRIBUTES_OF_IT, write=write)) == {FIELD, ATTRIBUTES_OF_IT}
    assert unprotected(access("one", FIELD), access("two", (1, WHOLE), write=write)) == set()
    assert unprotected(access("one", (1, ("[", 0))), access("two", ATTRIBUTES_OF_IT, write=write)) == set()


def test_two_elements_are_two_places() -> None:
    assert unprotected(access("one", ELEMENT), access("two", OTHER_ELEMENT)) == set()


def test_an_element_is_protected_by_what_protects_the_whole_too() -> None:
    assert unprotected(access("one", ELEMENT, locks="m"), access("two", ALL, locks="mn")) == set()
    assert unprotected(access("one", ELEMENT, locks="m"), access("two", ALL, locks="n")) == {ELEMENT, ALL}


def test_what_is_visible_only_grows() -> None:
    visible = Visible().grown([FIELD], []).grown([ELEMENT], [IDENTITIES])
    assert visible.locations == {FIELD, ELEMENT}
    assert visible.identities
    assert not Visible().identities
