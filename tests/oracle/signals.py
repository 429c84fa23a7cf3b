"""The oracle's own events and semaphores: what lets another thread go on, and says nothing else.

A waiter that was let go on goes on, whatever becomes of the event or the semaphore before it does.
"""

from __future__ import annotations

from oracle.footprints import writes
from oracle.outcome import Refused
from oracle.threads import GO, Alternatives, Pending, Thread, current_thread, execution


class Event:
    """A flag that threads wait for. (It cannot be cleared.)"""

    def __init__(self) -> None:
        self._is_set = False
        self._touched = writes(("event", execution().count("event")))

    def is_set(self) -> bool:
        """Is the flag set?"""
        execution().suspend(Pending("is_set", self._touched))
        return self._is_set

    def set(self) -> None:
        """Set the flag: all that wait go on."""
        execution().suspend(Pending("set", self._touched))
        self._is_set = True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is set."""
        if timeout is not None:
            raise Refused("the oracle's events know no timeouts")
        execution().suspend(Pending("wait", self._touched, lambda: GO if self._is_set else ()))
        return True


class Semaphore:
    """A number that is never negative: who takes one from it waits until it can, first in, first out."""

    def __init__(self, value: int = 1) -> None:
        self._value = value
        self._waiting: list[Thread] = []
        self._touched = writes(("semaphore", execution().count("semaphore")))

    def acquire(self) -> bool:
        """Take one."""
        me = current_thread()

        def alternatives() -> Alternatives:
            return () if me in self._waiting else GO

        execution().suspend(Pending("semaphore acquire", self._touched))
        while self._value == 0:
            self._waiting.append(me)
            execution().suspend(Pending("semaphore wake up", self._touched, alternatives))
        self._value -= 1
        return True

    def release(self) -> None:
        """Give one: of those that wait, the one that waits longest may look again."""
        execution().suspend(Pending("semaphore release", self._touched))
        self._value += 1
        del self._waiting[:1]
