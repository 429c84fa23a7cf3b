"""Busy-waiting: a quiet cycle that a weakly fair scheduler may never leave."""

from __future__ import annotations

from treadle.properties.progress import Edge, Lasso, livelock, quiet_cycle


def walks(lasso: Lasso | None) -> bool:
    """Is it a closed walk from its entry?"""
    assert lasso is not None
    here = lasso.entry
    for source, target, _ in lasso.cycle:
        assert source == here
        here = target
    return here == lasso.entry


def test_without_edges_there_is_no_cycle() -> None:
    assert not quiet_cycle([])
    assert livelock([], lambda state: ()) is None


def test_a_way_that_never_returns_is_no_cycle() -> None:
    edges: list[Edge] = [(0, 1, 1), (1, 2, 1), (0, 2, 2)]
    assert not quiet_cycle(edges)
    assert livelock(edges, lambda state: (1, 2)) is None


def test_a_thread_that_spins_alone_is_busy_waiting() -> None:
    assert quiet_cycle([(3, 3, 1)])
    assert livelock([(3, 3, 1)], lambda state: (1,)) == Lasso(3, ((3, 3, 1),))


def test_a_spinning_thread_that_starves_another_is_no_fair_cycle() -> None:
    assert livelock([(3, 3, 1)], lambda state: (1, 2)) is None


def test_a_thread_that_is_disabled_somewhere_in_the_cycle_may_be_left_out() -> None:
    edges: list[Edge] = [(0, 1, 1), (1, 0, 1)]
    lasso = livelock(edges, lambda state: (1, 2) if state == 0 else (1,))
    assert lasso == Lasso(0, ((0, 1, 1), (1, 0, 1)))


def test_each_thread_that_is_always_enabled_steps_in_the_cycle() -> None:
    edges: list[Edge] = [(0, 0, 1), (0, 1, 2), (1, 0, 2), (1, 1, 3)]
    lasso = livelock(edges, lambda state: (1, 2, 3))
    assert walks(lasso)
    assert lasso is not None
    assert {thread for _, _, thread in lasso.cycle} == {1, 2, 3}
    assert livelock(edges, lambda state: (1, 2, 3, 4)) is None


def test_of_two_cycles_the_unfair_one_is_passed_over() -> None:
    edges: list[Edge] = [(0, 0, 1), (0, 1, 2), (1, 1, 1)]
    lasso = livelock(edges, lambda state: (1, 2) if state == 0 else (1,))
    assert lasso == Lasso(1, ((1, 1, 1),))
