"""Who barges in can starve who waits, on the real code; who keeps to a line is overtaken by those in front only."""

from __future__ import annotations

from itertools import pairwise

import pytest

from queueproof.extraction import Size, extract
from queueproof.starvation import Serves, Starves, fair_to_all, getters, lasso, most_overtakings, told
from treadle.vocabulary.verdict import Verdict

IN_ORDER = "InOrderQueue"


@pytest.mark.parametrize("kind", ["MonitorQueue", "queue.Queue"])
def test_a_getter_starves_in_a_circle_in_which_every_thread_steps(kind: str) -> None:
    extracted = extract(kind, Size(1, 2, 1), symmetry=False)
    victim = getters(extracted)[0]
    found = lasso(extracted, victim)

    assert found is not None and fair_to_all(extracted, found)
    circle = told(extracted, found, victim)
    assert circle[:2] == ["a putter puts an item and wakes the starving getter", "a getter gets an item"]
    assert sorted(circle[2:]) == ["a getter goes on", "the starving getter looks again and falls asleep"]
    assert all(one[1] == other[0] for one, other in pairwise(found.cycle))


def test_a_single_getter_cannot_starve() -> None:
    extracted = extract("MonitorQueue", Size(2, 1, 1), symmetry=False)

    assert [lasso(extracted, victim) for victim in getters(extracted)] == [None]
    assert not Starves("MonitorQueue", Size(1, 1, 1)).check().ok


@pytest.mark.parametrize(("putters", "consumers", "capacity"), [(1, 1, 1), (1, 2, 1), (2, 2, 2), (1, 3, 1)])
def test_in_order_a_getter_is_overtaken_by_at_most_the_others(putters: int, consumers: int, capacity: int) -> None:
    extracted = extract(IN_ORDER, Size(putters, consumers, capacity), symmetry=False)

    assert {most_overtakings(extracted, victim) for victim in getters(extracted)} == {consumers - 1}
    assert not any(lasso(extracted, victim) for victim in getters(extracted))


def test_without_a_line_overtaking_has_no_bound() -> None:
    extracted = extract("MonitorQueue", Size(1, 2, 1), symmetry=False)

    assert [most_overtakings(extracted, victim) for victim in getters(extracted)] == [None, None]
    assert not Serves("MonitorQueue", Size(1, 2, 1)).check().ok


def test_the_queue_that_serves_in_order_never_deadlocks_and_wakes_in_any_order() -> None:
    from queueproof.exploration import Explored

    for options in ((), (("wake_order", "any"),)):
        assert Explored(f"loop({IN_ORDER!r}, 2, 2, 1)", options=options).explore().verdict is Verdict.HOLDS
