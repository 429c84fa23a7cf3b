"""The queues that are compared: ours, the standard ones, and others from the package index if they are
installed."""

from __future__ import annotations

import importlib
import queue
from collections.abc import Callable
from typing import Any

from boundedqueue import BoundedQueue, MonitorQueue

Make = Callable[[int], Any]
BASELINE = "queue.Queue"


def _synchronous_side(module: str) -> Make | None:
    """A maker of the thread side of a queue that joins threads and asyncio, or None without its package."""
    try:
        package = importlib.import_module(module)
    except ImportError:
        return None
    return lambda maxsize: package.Queue(maxsize).sync_q


def contenders() -> dict[str, Make]:
    """All queues that can be made here, by name; the baseline comes first."""
    found: dict[str, Make | None] = {
        BASELINE: queue.Queue,
        "BoundedQueue": BoundedQueue,
        "MonitorQueue": MonitorQueue,
        "culsans": _synchronous_side("culsans"),
        "janus": _synchronous_side("janus"),
        "SimpleQueue (C, unbounded)": lambda maxsize: queue.SimpleQueue(),
    }
    return {name: make for name, make in found.items() if make is not None}
