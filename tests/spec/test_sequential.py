"""The sequential specification permits what the interpreter's queues do, and says when a call must wait."""

from __future__ import annotations

import doctest
import queue
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import queuespec.sequential
from queuespec import Bag, BoundedFifo, Lifo, Outcome, Priority, Simple, State

HAS_SHUTDOWN = hasattr(queue, "ShutDown")

items = st.integers(0, 3)
plain = st.one_of(
    st.tuples(st.just("put_nowait"), st.tuples(items), st.just({})),
    st.tuples(st.just("put"), st.tuples(items), st.just({"block": False})),
    st.tuples(st.just("put"), st.tuples(items), st.just({"timeout": 0})),
    st.tuples(st.just("put"), st.tuples(items, st.just(True), st.just(-1)), st.just({})),
    st.tuples(st.just("put"), st.tuples(items, st.just(False), st.just(-1)), st.just({})),
    st.tuples(st.sampled_from(["get_nowait", "qsize", "empty"]), st.just(()), st.just({})),
    st.tuples(st.just("get"), st.just((False,)), st.just({})),
    st.tuples(st.just("get"), st.just(()), st.just({"timeout": 0})),
    st.tuples(st.just("get"), st.just(()), st.just({"timeout": -1})),
)
tasks: st.SearchStrategy[Any] = st.tuples(st.sampled_from(["full", "task_done"]), st.just(()), st.just({}))
shutdown: st.SearchStrategy[Any] = st.tuples(st.just("shutdown"), st.tuples(st.booleans()), st.just({}))
calls = st.one_of(plain, tasks, *([shutdown] if HAS_SHUTDOWN else []))

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


def take_effect(real: Any, call: Call) -> tuple[str, Any]:
    method, args, kwargs = call
    try:
        return "return", getattr(real, method)(*args, **kwargs)
    except Exception as error:
        return "raise", type(error).__name__


def follow(spec: BoundedFifo, real: Any, script: list[Call]) -> None:
    """Every call of the real queue has a permitted result; the state follows the one that was seen."""
    state = spec.initial()
    for call in script:
        seen = take_effect(real, call)
        matching = [o.state for o in spec.outcomes(state, *call) if o.result == seen]
        assert matching, (state, call, seen, spec.outcomes(state, *call))
        state = matching[0]
        assert len(state.items) == real.qsize()


@given(st.integers(-1, 3), st.lists(calls, max_size=25))
def test_every_call_of_the_real_queue_is_permitted(capacity: int, script: list[Call]) -> None:
    follow(BoundedFifo(capacity), queue.Queue(capacity), script)


@given(st.integers(-1, 3), st.lists(calls, max_size=25))
def test_every_call_of_the_real_lifo_queue_is_permitted(capacity: int, script: list[Call]) -> None:
    follow(Lifo(capacity), queue.LifoQueue(capacity), script)


@given(st.integers(-1, 3), st.lists(calls, max_size=25))
def test_every_call_of_the_real_priority_queue_is_permitted(capacity: int, script: list[Call]) -> None:
    follow(Priority(capacity), queue.PriorityQueue(capacity), script)


@given(st.lists(plain, max_size=25))
def test_every_call_of_the_real_simple_queue_is_permitted(script: list[Call]) -> None:
    follow(Simple(), queue.SimpleQueue(), script)


@given(st.integers(-1, 3), st.lists(calls, max_size=25))
def test_a_bag_permits_whatever_a_fifo_does(capacity: int, script: list[Call]) -> None:
    fifo, bag = BoundedFifo(capacity), Bag(capacity)
    state = fifo.initial()
    for call in script:
        [outcome] = fifo.outcomes(state, *call)
        assert outcome in bag.outcomes(state, *call)
        state = outcome.state


def results(spec: BoundedFifo, state: State, method: str, *args: Any, **kwargs: Any) -> list[Any]:
    return [o.result for o in spec.outcomes(state, method, args, kwargs)]


FIFO = BoundedFifo(2)
FULL = State(("a", "b"), unfinished=2)


def test_a_blocking_put_waits_exactly_while_the_queue_is_full() -> None:
    assert FIFO.outcomes(FULL, "put", ("c",), {}) == []
    assert FIFO.outcomes(State(("a",), 1), "put", ("c",), {}) == [
        Outcome(("return", None), State(("a", "c"), 2), timeout=False)
    ]


def test_a_blocking_get_waits_exactly_while_the_queue_is_empty() -> None:
    assert FIFO.outcomes(State(()), "get") == []
    assert FIFO.outcomes(FULL, "get") == [Outcome(("return", "a"), State(("b",), 2))]


def test_a_timed_call_that_cannot_proceed_may_time_out_or_wait() -> None:
    assert FIFO.outcomes(FULL, "put", ("c", True, 5), {}) == [Outcome(("raise", "Full"), FULL, timeout=True)]
    assert FIFO.outcomes(State(()), "get", (), {"timeout": 5}) == [Outcome(("raise", "Empty"), State(()), timeout=True)]


def test_a_timed_call_that_can_proceed_does() -> None:
    assert results(FIFO, FULL, "get", timeout=5) == [("return", "a")]
    assert results(FIFO, State(()), "put", "a", timeout=5) == [("return", None)]


def test_a_call_that_may_not_block_fails_at_once_and_not_because_of_a_timeout() -> None:
    assert FIFO.outcomes(FULL, "put_nowait", ("c",)) == [Outcome(("raise", "Full"), FULL, timeout=False)]
    assert FIFO.outcomes(State(()), "get", (False, 5)) == [Outcome(("raise", "Empty"), State(()), False)]


def test_join_waits_exactly_while_a_task_is_unfinished() -> None:
    assert FIFO.outcomes(State((), 1), "join") == []
    assert results(FIFO, State((), 0), "join") == [("return", None)]


def test_after_shutdown_puts_raise_and_gets_drain_then_raise() -> None:
    [closed] = FIFO.outcomes(FULL, "shutdown")
    assert closed == Outcome(("return", None), State(("a", "b"), 2, True))
    assert results(FIFO, closed.state, "put", "c") == [("raise", "ShutDown")]
    assert results(FIFO, closed.state, "get") == [("return", "a")]
    assert results(FIFO, State((), 2, True), "get") == [("raise", "ShutDown")]
    assert results(FIFO, State((), 2, True), "get_nowait") == [("raise", "ShutDown")]


def test_an_immediate_shutdown_drops_the_items_and_their_tasks() -> None:
    assert FIFO.outcomes(State(("a", "b"), 3), "shutdown", (True,)) == [Outcome(("return", None), State((), 1, True))]


def test_an_unbounded_queue_is_never_full() -> None:
    many = State(tuple(range(100)), 100)
    for capacity in (0, -1):
        assert results(BoundedFifo(capacity), many, "put", 100) == [("return", None)]
        assert results(BoundedFifo(capacity), many, "full") == [("return", False)]


def test_a_priority_queue_may_hand_out_any_of_the_items_that_tie() -> None:
    class Job(tuple[int, str]):
        def __lt__(self, other: Any) -> bool:
            return bool(self[0] < other[0])

    spec = Priority(0)
    state = spec.initial()
    for job in (Job((2, "late")), Job((1, "a")), Job((1, "b")), Job((1, "a"))):
        [outcome] = spec.outcomes(state, "put", (job,))
        state = outcome.state
    assert results(spec, state, "get") == [("return", (1, "a")), ("return", (1, "b"))]


def test_a_bag_may_hand_out_any_item_and_keeps_the_others() -> None:
    outcomes = Bag(0).outcomes(State(("a", "b", "a"), 3), "get")
    assert outcomes == [
        Outcome(("return", "a"), State(("b", "a"), 3)),
        Outcome(("return", "b"), State(("a", "a"), 3)),
    ]


def test_unknown_methods_and_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="Simple has no method 'join'"):
        Simple().outcomes(State(()), "join")
    with pytest.raises(ValueError, match="no method '__init__'"):
        FIFO.outcomes(State(()), "__init__")
    with pytest.raises(TypeError):
        FIFO.outcomes(State(()), "put")


def test_states_are_hashable_and_a_specification_is_a_value() -> None:
    assert len({State(("a",), 1), State(("a",), 1)}) == 1
    assert BoundedFifo(2) == FIFO
    assert hash(BoundedFifo(2)) == hash(FIFO)


def test_the_examples_of_the_specification_run() -> None:
    assert doctest.testmod(queuespec.sequential).failed == 0
