"""Workers that step the large levels of one program (`treadle.strategies.cutting`): processes, or an executor's.

They are made when the first level is handed out, so a small program has none.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from treadle.strategies.cutting import Hands
from treadle.sweep.identity import Checker, complain_unless_same, this_checker
from treadle.sweep.workers import Pool, Work, submitted


@contextlib.contextmanager
def hands_of(workers: Executor | int) -> Iterator[Hands | None]:
    """So many processes, or those of the executor, for as long as the block; none besides this one if it is 1."""
    if workers == 1:
        yield None
    elif isinstance(workers, int):
        with contextlib.closing(Pool(workers)) as pool, _warning(Hands(_submit_to(pool.submit))) as hands:
            yield hands
    else:
        executor = workers
        with _warning(Hands(_submit_to(lambda work: submitted(work, executor)))) as hands:
            yield hands


@contextlib.contextmanager
def _warning(hands: Hands) -> Iterator[Hands]:
    """If they fail, that is told at the end: it only took longer."""
    yield hands
    if hands.failed is not None:
        told = str(hands.failed) or type(hands.failed).__name__
        warnings.warn(f"workers failed ({told}); the search went on alone, with the same result", stacklevel=2)


def _submit_to(submit: Callable[[Work], Future[Any]]) -> Callable[..., Future[Any]]:
    checker = this_checker()
    return lambda function, arguments: submit(Work("a chunk of a level", help_out, (checker, function, arguments)))


def help_out(checker: Checker, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Make a call for `checker`. Raises `SweepError` if here is another checker."""
    complain_unless_same(checker)
    return function(*arguments)
