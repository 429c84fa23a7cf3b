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

Submit = Callable[[Callable[..., Any], tuple[Any, ...]], "Future[Any]"]
"""Lets a worker make a call."""


class Hands:
    """Workers that step chunks. Once they fail the search goes on alone: `failed` says why."""

    def __init__(self, submit: Submit, ahead: int) -> None:
        self._submit, self._ahead = submit, ahead
        self.failed: Exception | None = None
        self.answered = 0
        """So many chunks were stepped by workers."""

    def answers(self, tables: Filled, chunks: Iterable[tuple[Ints, Ints]]) -> Generator[Reached | None, None, None]:
        """What workers say of each chunk, in order; None if they do not. Some chunks are sent ahead."""
        waiting: deque[Future[Reached] | None] = deque()
        try:
            for chunk in chunks:
                waiting.append(self._sent(tables, chunk))
                if len(waiting) > self._ahead:
                    yield self._answer(waiting.popleft())
            while waiting:
                yield self._answer(waiting.popleft())
        finally:
            for future in waiting:
                if future is not None:
                    future.cancel()

    def _sent(self, tables: Filled, chunk: tuple[Ints, Ints]) -> Future[Reached] | None:
        if self.failed is not None or tables.size() > MOST_SENT:
            return None
        try:
            return self._submit(step_elsewhere, (pickle.dumps(tables.copy()), *chunk))
        except Exception as error:
            self.failed = error
            return None

    def _answer(self, future: Future[Reached] | None) -> Reached | None:
        if future is None:
            return None
        try:
            answer = future.result()
        except Exception as error:  # whatever it is that workers or executors do: nothing is lost
            self.failed = error
            return None
        self.answered += 1
        return answer


def step_elsewhere(tables: bytes, shared: Ints, locals_: Ints) -> Reached:
    """Step every state of a chunk in every way for which the tables have what is needed."""
    copy = _tables(tables)
    batch = Batch(copy.np, shared, locals_.astype(copy.np.int32), _no_state)
    return stepped(copy, batch, batch.everybody(), _no_state)


_tables = functools.lru_cache(maxsize=1)(pickle.loads)
"""A worker that is sent the same tables again need not read them."""


def _no_state(*_: object) -> State:
    raise AssertionError("tables that only look up ask for no state")
