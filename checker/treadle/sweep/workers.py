"""Work is handed out through `concurrent.futures`: to processes of our own, or to any executor that is passed.

A worker process that is killed takes nothing with it but time: what was being done is done again. If the same work
loses its worker again and again, that work is named. Workers hang on a lifeline, a pipe whose other end is in this
process only: they end at once when it closes, also if that is because this process was killed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from treadle.sweep.identity import SweepError
from treadle.terminal import INTERRUPTED

_TRIES = 3
"""How many workers the same work may lose before it is given up."""


@dataclass(frozen=True)
class Work:
    """A call that a worker is to make, and what it is called in messages."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()

    def done(self) -> Any:
        """Make the call here."""
        return self.function(*self.arguments)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def done_by_processes(works: Sequence[Work], jobs: int) -> Generator[tuple[int, Any], None, None]:
    """The number and the result of each, as soon as it is done, by so many processes; in order by this one if it is 1.

    Work is begun in the order given. Processes are spawned, so the main module of a program that calls this must be
    guarded as `multiprocessing` asks. Raises what a call raises, and `SweepError` if one loses its worker too often.
    """
    if jobs == 1:
        yield from ((number, work.done()) for number, work in enumerate(works))
    elif works:
        with contextlib.closing(_Team(works, min(jobs, len(works)))) as team:
            yield from team.results()


def done_by_executor(works: Sequence[Work], executor: Executor) -> Generator[tuple[int, Any], None, None]:
    """The same by any executor. Raises `SweepError` if it breaks, or its workers cannot import what they are sent."""
    futures: dict[Future[Any], int] = {}
    try:
        for number, work in enumerate(works):
            futures[submitted(work, executor)] = number
        for future in as_completed(futures):
            work = works[futures[future]]
            try:
                result = future.result()
            except (ImportError, AttributeError) as error:
                told = f"a worker cannot import what it is sent ({error}); install treadle for every worker"
                raise SweepError(f"{work.name}: {told}") from error
            except BrokenExecutor as error:
                raise SweepError(f"{work.name}: the executor broke ({error}); begin again with a new one") from error
            yield futures[future], result
    finally:
        for future in futures:
            future.cancel()


def submitted(work: Work, executor: Executor) -> Future[Any]:
    """Let the executor make the call, by unpickling it: a worker that lacks the function's module gets as far as that.

    If it were sent the function itself, it might fail to read the message, and say nothing (Dask's workers do not).
    """
    try:
        return executor.submit(pickle.loads, pickle.dumps(_Pickled(work)))
    except (BrokenExecutor, RuntimeError) as error:
        raise SweepError(f"{work.name}: the executor takes no work ({error}); pass one that is open") from error


class _Pickled:
    """A call as a pickle: whoever reads it makes the call, and gets its result."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.work.function, self.work.arguments


class _Team:
    """Worker processes, what each of them is doing, and what is still to be done.

    No more is handed out than there are workers. So what is lost with a worker is one of few; and after the second time
    these are done one by one, so that who loses a worker for the third time has done it alone.
    """

    def __init__(self, works: Sequence[Work], jobs: int) -> None:
        self.works, self.jobs = works, jobs
        self.waiting = deque(range(len(works)))
        self.flying: dict[Future[Any], int] = {}
        self.losses: Counter[int] = Counter()
        self.pool = Pool(jobs)

    def close(self) -> None:
        """End the workers at once."""
        self.pool.close()

    def results(self) -> Generator[tuple[int, Any], None, None]:
        """The number and the result of each call, as soon as it is made."""
        while self.waiting or self.flying:
            broken = not self._hand_out()
            done, _ = wait(self.flying, return_when=FIRST_COMPLETED) if self.flying else ((), ())
            broken = broken or any(isinstance(future.exception(), BrokenExecutor) for future in done)
            if broken:
                done, _ = wait(self.flying)  # a broken pool gives up all that it has
            lost = []
            for future in sorted(done, key=lambda each: (each.exception() is not None, self.flying[each])):
                number = self.flying.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    lost.append(number)
                else:
                    self.losses.pop(number, None)
                    yield number, future.result()
            if broken:
                self._begin_again(lost)

    def _hand_out(self) -> bool:
        """Keep every worker busy; False if the pool turns out to be broken."""
        suspected = any(losses >= _TRIES - 1 for losses in self.losses.values())
        while self.waiting and len(self.flying) < (1 if suspected else self.jobs):
            work = self.works[self.waiting[0]]
            try:
                self.flying[self.pool.submit(work)] = self.waiting[0]
            except BrokenExecutor:
                return False
            self.waiting.popleft()
        return True

    def _begin_again(self, lost: Sequence[int]) -> None:
        """With new workers."""
        if not self.pool.ready():
            told = 'is there an `if __name__ == "__main__":` around the main part of the script that is being run?'
            raise SweepError(f"worker processes end before they begin to work; {told}")
        self.losses.update(lost)
        for number in lost:
            if self.losses[number] >= _TRIES:
                told = f"the worker process was killed {_TRIES} times while it was at this"
                raise SweepError(f"{self.works[number].name}: {told}; is there enough memory?")
        self.waiting.extendleft(reversed(lost))
        self.pool.close()
        self.pool = Pool(self.jobs)


class Pool:
    """So many processes, spawned when they are needed, and the lifeline on which they hang."""

    def __init__(self, jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._lifeline, self._far = context.Pipe()
        self._executor = ProcessPoolExecutor(jobs, context, initializer=_hang_on, initargs=(self._far,))

    def submit(self, work: Work) -> Future[Any]:
        """Let a worker make the call."""
        with _uninterrupted():
            return self._executor.submit(work.function, *work.arguments)

    def ready(self) -> bool:
        """Has any worker begun to work?"""
        return self._lifeline.poll()

    def close(self) -> None:
        """End the workers at once, whatever they are doing."""
        self._lifeline.close()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._far.close()


def _hang_on(lifeline: Connection) -> None:
    """In a worker: say that it has begun, and end when the other end of the lifeline closes."""
    try:
        lifeline.send_bytes(b"ready")
    except OSError:
        os._exit(INTERRUPTED)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(INTERRUPTED)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """What is spawned within the block does not hear Ctrl-C, which a terminal tells to all: it is for this process."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
