"""Large levels cut into chunks, which others step: whoever an executor has, anywhere.

What is sent stands for itself: the rows of a chunk, and a copy of the tables with what is in them so far. What a step
needs beyond that is found out by the search, which makes that step itself, in the same order as if it had made all; so
nothing depends on who steps what, and when.
"""

from __future__ import annotations

import functools
import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

from treadle.strategies.filling import Filled
from treadle.strategies.rows import Batch, Reached
from treadle.strategies.stepping import stepped
from treadle.strategies.store import State

if TYPE_CHECKING:
    from concurrent.futures import Future  # slow to import

    from treadle.strategies.rows import Ints

MOST_SENT = 1 << 24
"""Tables of more bytes are not sent with each chunk."""
AHEAD = 8
"""So many chunks are asked for before the first of them is needed."""

Submit = Callable[[Callable[..., Any], tuple[Any, ...]], "Future[Any]"]
"""Lets a worker make a call."""


class Hands:
    """Workers that step chunks. Once they fail the search goes on alone: `failed` says why."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self.failed: Exception | None = None
        self.answered = 0
        """So many chunks were stepped by workers."""

    def sent(self, tables: Filled, chunk: tuple[Ints, Ints]) -> Future[Reached] | None:
        """Send a chunk to a worker, if it can be."""
        if self.failed is not None or tables.size() > MOST_SENT:
            return None
        try:
            return self._submit(step_elsewhere, (pickle.dumps(tables.copy()), *chunk))
        except Exception as error:
            self.failed = error
            return None

    def answer(self, future: Future[Reached] | None) -> Reached | None:
        """What a worker says of what it was sent; None if it does not."""
        if future is None:
            return None
        try:
            answer = future.result()
        except Exception as error:  # whatever it is that workers or executors do: nothing is lost
            self.failed = error
            return None
        self.answered += 1
        return answer


def answers(
    hands: Hands | None, tables: Filled, chunks: Iterable[tuple[Ints, Ints]]
) -> Generator[Reached | None, None, None]:
    """What workers say of each chunk, in order; None if they do not, or there are none. AHEAD chunks are asked for
    ahead even then, since asking for one fills the tables."""
    waiting: deque[Future[Reached] | None] = deque()
    try:
        for chunk in chunks:
            waiting.append(hands.sent(tables, chunk) if hands is not None else None)
            if len(waiting) > AHEAD:
                future = waiting.popleft()
                yield hands.answer(future) if hands is not None else None
        while waiting:
            future = waiting.popleft()
            yield hands.answer(future) if hands is not None else None
    finally:
        for left in waiting:
            if left is not None:
                left.cancel()


def step_elsewhere(tables: bytes, shared: Ints, locals_: Ints) -> Reached:
    """Step every state of a chunk in every way for which the tables have what is needed."""
    copy = _tables(tables)
    batch = Batch(copy.np, shared, locals_.astype(copy.np.int32), _no_state)
    return stepped(copy, batch, batch.everybody(), _no_state)


_tables = functools.lru_cache(maxsize=1)(pickle.loads)
"""A worker that is sent the same tables again need not read them."""


def _no_state(*_: object) -> State:
    raise AssertionError("tables that only look up ask for no state")
