"""Three ways to connect the web handler with the work: the right one, and two that it replaces.

A design answers `submit(number)` and, when it is closed, has lost every order that it had accepted and did
not process.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from boundedqueue import NaiveQueue
from boundedqueue.orders.pipeline import OrderPipeline

Process = Callable[[int], object]


class Design(ABC):
    """Something that takes orders from the web handler."""

    @abstractmethod
    def __init__(self, process: Process, workers: int, capacity: int) -> None: ...

    @abstractmethod
    def submit(self, number: int) -> bool:
        """Accept the order and return True, or refuse it and return False. May raise what the work raises."""

    @abstractmethod
    def close(self) -> None:
        """End; what can still be saved of the accepted orders is processed first."""


PATIENCE = 0.02
"""Seconds that a handler waits for room. While it waits it keeps one of the server's threads, so the server answers
threads / PATIENCE requests a second when every one of them is refused, and that must be more than there are."""


class Queued(Design):
    """The pattern: a bounded queue, and workers that take from it."""

    def __init__(self, process: Process, workers: int, capacity: int) -> None:
        self._pipeline = OrderPipeline(process, workers=workers, capacity=capacity, patience=PATIENCE)

    def submit(self, number: int) -> bool:
        """Enqueue and return at once; False if there is no room in time."""
        return self._pipeline.submit(number)

    def close(self) -> None:
        """Process what was accepted."""
        self._pipeline.close()


class Direct(Design):
    """Wrong: the handler does the work itself. While it works, its thread of the server serves nobody else."""

    def __init__(self, process: Process, workers: int, capacity: int) -> None:
        self._process = process

    def submit(self, number: int) -> bool:
        """Process the order, however long it takes."""
        self._process(number)
        return True

    def close(self) -> None:
        """Nothing is left to do: every accepted order was processed before it was accepted."""


class Naive(Design):
    """Wrong: a list that everyone polls. Idle workers cost time, a dead one is missing, nobody knows what is left."""

    def __init__(self, process: Process, workers: int, capacity: int) -> None:
        self._process = process
        self._queue: NaiveQueue[int] = NaiveQueue(capacity)
        self._open = True
        for _ in range(workers):
            threading.Thread(target=self._work, daemon=True).start()

    def submit(self, number: int) -> bool:
        """Append to the list, polling while it is full."""
        self._queue.put(number)
        return True

    def _work(self) -> None:
        while self._open:
            try:
                self._process(self._queue.get())
            except Exception:
                return  # the worker is dead, its order is gone, and nobody notices

    def close(self) -> None:
        """Stop; there is no telling which orders are still to be processed."""
        self._open = False


DESIGNS: dict[str, type[Design]] = {"queue": Queued, "direct": Direct, "naive": Naive}
