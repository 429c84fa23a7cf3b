"""The part of a queue's interface that is made of the rest: no state of its own, for every queue here.

What the standard queue has (`put_nowait`, `empty`...) and what its users write again and again (many items at
once, iteration until shutdown, use as a context manager). Each is a sequence of calls that the specification
knows, so it needs no argument of its own why it is right; between two of them other threads may come.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeVar

from boundedqueue.arguments import check_timeout
from boundedqueue.errors import Empty, Full, ShutDown

T = TypeVar("T")


class QueueInterface(ABC, Generic[T]):
    """What every queue here can do: the abstract methods, and what follows from them."""

    __slots__ = ()

    maxsize: int

    @abstractmethod
    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Append `item`, waiting while the queue is full."""

    @abstractmethod
    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Remove and return the oldest item, waiting while there is none."""

    @abstractmethod
    def task_done(self) -> None:
        """Say that the work on one item taken earlier is complete."""

    @abstractmethod
    def join(self) -> None:
        """Wait until `task_done` was called for every item put."""

    @abstractmethod
    def shutdown(self, immediate: bool = False) -> None:
        """End putting, and getting too once the queue is empty."""

    @abstractmethod
    def qsize(self) -> int:
        """Return the number of items."""

    def put_nowait(self, item: T) -> None:
        """Append `item` if there is room now. Raises Full otherwise, ShutDown once the queue is shut down."""
        self.put(item, False)

    def get_nowait(self) -> T:
        """Remove and return the oldest item if there is one now. Raises Empty otherwise, or ShutDown."""
        return self.get(False)

    def empty(self) -> bool:
        """Return whether there was no item; it may have changed by the time you look."""
        return self.qsize() == 0

    def full(self) -> bool:
        """Return whether there was no room; it may have changed by the time you look."""
        return 0 < self.maxsize <= self.qsize()

    def put_many(self, items: Sequence[T], block: bool = True, timeout: float | None = None) -> int:
        """Put the items in their order and return how many are in; `timeout` holds for all of them together.

        Fewer than all are in when there was no room in time, or when the queue was shut down meanwhile: go on
        with `items[n:]`. Raises Full or ShutDown, as `put` does, when not even the first is in; TypeError, with
        none in, for an iterator, which could not be gone on with.

        >>> from boundedqueue import BoundedQueue
        >>> BoundedQueue[int](2).put_many([1, 2, 3], timeout=0)
        2
        """
        if block:
            check_timeout(timeout)
        deadline = None if timeout is None or not block else monotonic() + timeout
        total = len(items)
        for count, item in enumerate(items):
            try:
                self.put(item, block, None if deadline is None else max(0.0, deadline - monotonic()))
            except (Full, ShutDown):
                if count == 0:
                    raise
                return count
        return total

    def get_many(self, limit: int, block: bool = True, timeout: float | None = None) -> list[T]:
        """Wait for an item as `get` does, then take with it what is there already, `limit` items at most.

        Raises Empty or ShutDown, as `get` does, when there is not even one, and ValueError if `limit` is
        below one.

        >>> from boundedqueue import BoundedQueue
        >>> queue = BoundedQueue[int]()
        >>> queue.put_many([1, 2, 3])
        3
        >>> queue.get_many(2), queue.get_many(2)
        ([1, 2], [3])
        """
        if limit < 1:
            raise ValueError("'limit' must be at least 1")
        items = [self.get(block, timeout)]
        try:
            while len(items) < limit:
                items.append(self.get(False))
        except (Empty, ShutDown):
            pass
        return items

    def __iter__(self) -> Iterator[T]:
        """Yield items as they come, waiting for each, until the queue is shut down and empty."""
        while True:
            try:
                item = self.get()
            except ShutDown:
                return
            yield item

    def close(self) -> None:
        """Say that no item will follow: `shutdown()`. The items that are there can still be taken."""
        self.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Shut the queue down; after an exception at once, discarding what is left."""
        self.shutdown(immediate=error is not None)
