"""The order pipeline: handlers submit orders, workers process them, and no accepted order is lost.

* *Backpressure.* The queue is bounded. When it is full a handler waits for at most `patience` seconds and
is then told that its order was not accepted, while it can still tell its customer. * *A worker may die* of
any exception. Its replacement inherits the order that it had in hand and tries again; after the last
attempt the order is reported as failed. Nothing goes back into the queue: that could be full, and workers
that wait for room which only workers can make would wait for ever. * *Shutdown* first closes the queue, so
that no order is accepted any more, and then waits until every order that was accepted before is processed
or reported: `task_done` is called exactly once for each, when its fate is known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from boundedqueue import BoundedQueue, Full, ShutDown
from boundedqueue.interface import QueueInterface

T = TypeVar("T")


@dataclass(frozen=True)
class Order(Generic[T]):
    """What a customer wants, and how often a worker has begun with it."""

    content: T
    attempt: int = 1


class OrderPipeline(Generic[T]):
    """A bounded queue of orders and the workers that process them with `process(content)`.

    `attempts` is how often an order is tried before it is reported in `failed`; `patience` how many seconds `submit`
    waits for room (None: for ever); `queue` makes the queue.

    >>> done = []
    >>> with OrderPipeline(done.append, workers=2) as pipeline:
    ...     pipeline.submit("tea"), pipeline.submit("cake")
    (True, True)
    >>> sorted(done)
    ['cake', 'tea']
    """

    def __init__(
        self,
        process: Callable[[T], object],
        *,
        workers: int = 4,
        capacity: int = 1000,
        patience: float | None = 0.5,
        attempts: int = 3,
        queue: Callable[[int], QueueInterface[Order[T]]] = BoundedQueue,
    ) -> None:
        self.queue = queue(capacity)
        self.failed: list[tuple[T, BaseException]] = []
        self._process = process
        self._patience = patience
        self._attempts = attempts
        for _ in range(workers):
            self._hire(None)

    def submit(self, content: T) -> bool:
        """Accept the order and return True, or return False: no room in time, or the pipeline is closed."""
        try:
            self.queue.put(Order(content), timeout=self._patience)
        except (Full, ShutDown):
            return False
        return True

    def close(self) -> None:
        """Accept no order any more; return when every accepted one is processed or reported as failed."""
        self.queue.shutdown()
        self.queue.join()

    def __enter__(self) -> OrderPipeline[T]:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _hire(self, inherited: Order[T] | None) -> None:
        threading.Thread(target=self._work, args=(inherited,), daemon=True).start()

    def _work(self, order: Order[T] | None) -> None:
        """The life of a worker: first the order of the one that it replaces, then one after the other."""
        try:
            if order is not None:
                self._process(order.content)
                self.queue.task_done()
            for order in self.queue:  # until the queue is shut down and empty
                self._process(order.content)
                self.queue.task_done()
        except BaseException as error:
            self._replace_worker(order, error)

    def _replace_worker(self, order: Order[T] | None, error: BaseException) -> None:
        if order is not None and order.attempt < self._attempts:
            self._hire(replace(order, attempt=order.attempt + 1))
            return
        self._hire(None)
        if order is not None:
            self.failed.append((order.content, error))
            self.queue.task_done()
