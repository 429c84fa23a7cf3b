"""What the queues' tests share: the classes that must behave alike, and threads that never hang a test."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from boundedqueue import FastQueue, MonitorQueue

QUEUES = sorted({FastQueue, MonitorQueue}, key=lambda queue: queue.__name__)
PATIENCE = 20.0
"""Seconds after which a thread that should long have finished counts as hung."""


@pytest.fixture(params=QUEUES, ids=lambda queue: queue.__name__)
def queue_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def no_callbacks_of_collections() -> Iterator[None]:
    """What is raised in a callback of the garbage collector, such as that of hypothesis, is told and forgotten."""
    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    yield
    gc.callbacks[:] = callbacks


class Call:
    """A call that runs in a thread of its own; `result()` waits for it and returns or raises what it did."""

    def __init__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._outcome: tuple[Any, BaseException | None] = (None, None)
        self.thread = threading.Thread(target=self._run, args=(function, args, kwargs), daemon=True)
        self.thread.start()

    def _run(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        try:
            self._outcome = (function(*args, **kwargs), None)
        except BaseException as error:
            self._outcome = (None, error)

    def blocks(self, seconds: float = 0.05) -> bool:
        self.thread.join(seconds)
        return self.thread.is_alive()

    def result(self) -> Any:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "the call never returned"
        value, error = self._outcome
        if error is not None:
            raise error
        return value


@pytest.fixture
def in_thread() -> Iterator[Callable[..., Call]]:
    calls: list[Call] = []

    def start(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Call:
        calls.append(Call(function, *args, **kwargs))
        return calls[-1]

    yield start
    for call in calls:
        call.thread.join(PATIENCE)
    assert not any(call.thread.is_alive() for call in calls), "a test left a thread behind"
