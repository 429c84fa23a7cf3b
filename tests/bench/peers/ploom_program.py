"""Ask ploom: every schedule without a preemption, each in a process of its own; so it finds the deadlock in seconds.

    python ploom_program.py CONDITIONS P C N K

Prints one JSON object. ploom has locks and no conditions; here is one made of its locks as CPython makes its own.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from typing import Any

import ploom
from buffer import made, targets

NOTE = "without preemptions"


class Condition:
    """Each waiter blocks on a lock of its own, which the notifier releases; first come, first woken."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock
        self.waiters: deque[Any] = deque()

    def wait(self) -> None:
        """Give up the lock, sleep, and take it again."""
        waiter = ploom.Lock()
        waiter.acquire()
        self.waiters.append(waiter)
        self.lock.release()
        waiter.acquire()
        self.lock.acquire()

    def notify(self) -> None:
        """Wake who has slept longest, if anybody sleeps."""
        if self.waiters:
            self.waiters.popleft().release()


def main(conditions: int, producers: int, consumers: int, items: int, capacity: int) -> None:
    """Explore, and print what came of it."""

    def scenario() -> None:
        buffer = made(conditions, capacity, ploom.Lock(), Condition)
        threads = [ploom.Thread(target=each, args=(buffer,)) for each in targets(producers, consumers, items)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    limits = ploom.Config(
        max_executions=10**9, max_steps=10**6, max_tasks=100, timeout=10**6, minimize_executions=0, max_preemptions=0
    )
    try:
        found = ploom.check(scenario, config=limits)
        answer = {"verdict": "holds", "schedules": found.executions, "note": NOTE}
    except ploom.ModelCheckError as error:
        told = str(error)
        answer = {"verdict": "deadlock" if "deadlock" in told.lower() else f"failed: {told[:200]}", "note": NOTE}
    except ploom.IncompleteExplorationError as error:
        answer = {"verdict": "unknown", "note": str(error)[:200]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
