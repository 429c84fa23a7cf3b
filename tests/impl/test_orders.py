"""The order pipeline loses no accepted order, whatever its workers and customers do."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

import pytest

from boundedqueue.orders import program
from boundedqueue.orders.pipeline import OrderPipeline


@pytest.mark.parametrize(
    "scenario",
    [
        program.every_order_is_processed_once,
        program.a_worker_that_dies_is_replaced_and_its_order_is_tried_again,
        program.an_order_that_always_fails_is_reported_and_harms_no_other,
        program.shutdown_during_submission_loses_no_accepted_order,
        program.shutdown_with_an_order_that_fails_loses_no_accepted_order,
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_the_programs_hold_on_real_threads(scenario: Any) -> None:
    for _ in range(20):
        scenario()


def test_submit_does_not_wait_for_the_work() -> None:
    release = threading.Event()
    with OrderPipeline(lambda order: release.wait(20), workers=1) as pipeline:
        began = time.monotonic()
        assert all(pipeline.submit(n) for n in range(100))
        assert time.monotonic() - began < 5
        release.set()


def test_a_full_queue_makes_the_handler_wait_at_most_so_long() -> None:
    release = threading.Event()
    pipeline = OrderPipeline(lambda order: release.wait(20), workers=1, capacity=1, patience=0.05)
    accepted = 0
    while pipeline.submit(accepted):
        accepted += 1
    assert accepted in (1, 2)
    began = time.monotonic()
    assert not pipeline.submit(99)
    assert time.monotonic() - began >= 0.05
    release.set()
    pipeline.close()


def test_closing_processes_everything_that_was_accepted_and_refuses_the_rest() -> None:
    done: list[int] = []
    pipeline = OrderPipeline(lambda order: (time.sleep(0.001), done.append(order)), workers=4)
    assert all(pipeline.submit(n) for n in range(200))
    pipeline.close()
    assert sorted(done) == list(range(200))
    assert not pipeline.submit(200)
    pipeline.close()


@pytest.mark.parametrize("death", [ValueError, SystemExit, KeyboardInterrupt])
def test_workers_that_die_of_anything_are_replaced_and_their_orders_tried_again(death: Any) -> None:
    begun: Counter[int] = Counter()
    done: list[int] = []
    lock = threading.Lock()

    def process(order: int) -> None:
        with lock:
            begun[order] += 1
            if begun[order] == 1:
                raise death
            done.append(order)

    with OrderPipeline(process, workers=4) as pipeline:
        assert all(pipeline.submit(n) for n in range(50))
    assert sorted(done) == list(range(50))
    assert set(begun.values()) == {2}
    assert pipeline.failed == []


def test_an_order_that_fails_every_time_is_reported_with_its_last_error() -> None:
    def process(order: str) -> None:
        raise ValueError(order)

    with OrderPipeline(process, workers=2, attempts=3) as pipeline:
        assert pipeline.submit("tea")
    [(order, error)] = pipeline.failed
    assert (order, str(error)) == ("tea", "tea")


def test_handlers_and_workers_and_crashes_under_load_lose_and_double_nothing() -> None:
    done: Counter[int] = Counter()
    accepted: list[int] = []
    lock = threading.Lock()
    crashed: set[int] = set()

    def process(order: int) -> None:
        with lock:
            if order % 7 == 0 and order not in crashed:
                crashed.add(order)
                raise RuntimeError
            done[order] += 1

    pipeline = OrderPipeline(process, workers=4, capacity=5, patience=0.01)

    def handle(start: int) -> None:
        accepted.extend([n for n in range(start, start + 200) if pipeline.submit(n)])

    handlers = [threading.Thread(target=handle, args=(1000 * n,)) for n in range(8)]
    for handler in handlers:
        handler.start()
    time.sleep(0.05)
    pipeline.close()
    for handler in handlers:
        handler.join(20)
    assert sorted(done) == sorted(accepted)
    assert set(done.values()) <= {1}
    assert pipeline.failed == []
