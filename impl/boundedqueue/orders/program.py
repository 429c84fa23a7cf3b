"""The order pipeline as closed little programs that a model checker can run in every interleaving.

Each is an ordinary function without arguments that makes its threads, waits for them and asserts what must
hold; the pipeline is the very one that the web application uses, on the monitor, whose actions the fast
queue refines. They can be called as they are, too: once each.
"""

from __future__ import annotations

import threading

from boundedqueue import MonitorQueue
from boundedqueue.orders.pipeline import OrderPipeline


class Crash(Exception):  # noqa: N818 - it is no error of the program
    """What a worker dies of."""


def _submit_all(pipeline: OrderPipeline[str], orders: list[str]) -> list[str]:
    """Two handlers submit one order each; return the accepted ones."""
    accepted: list[str] = []

    def handle(order: str) -> None:
        if pipeline.submit(order):
            accepted.append(order)

    handlers = [threading.Thread(target=handle, args=(order,)) for order in orders]
    for handler in handlers:
        handler.start()
    for handler in handlers:
        handler.join()
    return accepted


def every_order_is_processed_once() -> None:
    """Two handlers, two workers, room for one order, and a graceful shutdown."""
    done: list[str] = []
    pipeline = OrderPipeline(done.append, workers=2, capacity=1, patience=None, queue=MonitorQueue)
    accepted = _submit_all(pipeline, ["tea", "cake"])
    pipeline.close()
    assert sorted(accepted) == sorted(done) == ["cake", "tea"]
    assert pipeline.failed == []


def a_worker_that_dies_is_replaced_and_its_order_is_tried_again() -> None:
    """The first worker that begins with "tea" dies of it; its replacement inherits the order."""
    begun: list[str] = []
    done: list[str] = []

    def process(order: str) -> None:
        begun.append(order)
        if order == "tea" and begun.count("tea") == 1:
            raise Crash
        done.append(order)

    pipeline = OrderPipeline(process, workers=2, capacity=1, patience=None, queue=MonitorQueue)
    accepted = _submit_all(pipeline, ["tea", "cake"])
    pipeline.close()
    assert sorted(accepted) == sorted(done) == ["cake", "tea"]
    assert begun.count("tea") == 2
    assert pipeline.failed == []


def an_order_that_always_fails_is_reported_and_harms_no_other() -> None:
    """Every worker that begins with "tea" dies of it, so the order is reported after its second attempt."""
    done: list[str] = []

    def process(order: str) -> None:
        if order == "tea":
            raise Crash
        done.append(order)

    pipeline = OrderPipeline(process, workers=2, capacity=1, patience=None, queue=MonitorQueue, attempts=2)
    accepted = _submit_all(pipeline, ["tea", "cake"])
    pipeline.close()
    assert sorted(accepted) == ["cake", "tea"]
    assert done == ["cake"]
    assert [order for order, error in pipeline.failed] == ["tea"]


def shutdown_during_submission_loses_no_accepted_order() -> None:
    """The pipeline closes while two handlers submit: an order is accepted and processed, or refused."""
    done: list[str] = []
    pipeline = OrderPipeline(done.append, workers=2, capacity=1, patience=None, queue=MonitorQueue)
    accepted = _submit_during_shutdown(pipeline)
    assert sorted(accepted) == sorted(done)


def shutdown_with_an_order_that_fails_loses_no_accepted_order() -> None:
    """The same while "tea" kills the worker that has it: if it was accepted, it is reported."""
    done: list[str] = []

    def process(order: str) -> None:
        if order == "tea":
            raise Crash
        done.append(order)

    pipeline = OrderPipeline(process, workers=2, capacity=1, patience=None, queue=MonitorQueue, attempts=1)
    accepted = _submit_during_shutdown(pipeline)
    assert sorted(accepted) == sorted(done + [order for order, error in pipeline.failed])


def _submit_during_shutdown(pipeline: OrderPipeline[str]) -> list[str]:
    """Two handlers submit one order each while the pipeline closes; return the accepted ones."""
    accepted: list[str] = []

    def handle(order: str) -> None:
        if pipeline.submit(order):
            accepted.append(order)

    handlers = [threading.Thread(target=handle, args=(order,)) for order in ("tea", "cake")]
    for handler in handlers:
        handler.start()
    pipeline.close()
    for handler in handlers:
        handler.join()
    return accepted
