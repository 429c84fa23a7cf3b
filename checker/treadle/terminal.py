"""What a person at a terminal sees while a check runs: how far it is, and where Ctrl-C ended it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""

_PATIENCE = 1.0
_BETWEEN = 0.1
_CLEAR = "\r\x1b[K"
_CURSOR = "\x1b[?25h"
"""Shows the cursor, which a progress bar may have hidden."""


class Progress:
    """How far a check is. Call it with the counts; it shows them on a terminal once a second has passed."""

    def __init__(self, shown: bool) -> None:
        self.shown, self._stream = shown, sys.stderr
        self.counts = (0, 0, 0, 0)
        self.began = self._next = time.monotonic()
        self._next += _PATIENCE

    def __call__(self, states: int, transitions: int, frontier: int, executions: int) -> None:
        """Note the counts; show them if it is time to."""
        self.counts = (states, transitions, frontier, executions)
        now = time.monotonic()
        if self.shown and now >= self._next:
            self._next = now + _BETWEEN
            self._stream.write(f"{_CLEAR}{self.text()}, {frontier:,} to expand")
            self._stream.flush()

    def text(self) -> str:
        """The counts so far and the time taken."""
        states, transitions, _, executions = self.counts
        seconds = time.monotonic() - self.began
        return f"{states:,} states, {transitions:,} transitions, {executions:,} executions, {seconds:.1f} s"

    def clear(self) -> None:
        """Remove the line."""
        if self.shown and time.monotonic() - self.began >= _PATIENCE:
            self._stream.write(_CLEAR)
            self._stream.flush()


class SweepProgress(Progress):
    """How many of a sweep's programs, or of `what` else it is about, are finished; where they are kept, if they are."""

    def __init__(self, shown: bool, total: int, kept: str = "", what: str = "programs") -> None:
        super().__init__(shown)
        self.finished, self.total, self.kept, self.what = 0, total, kept, what

    def now(self, finished: int) -> None:
        """Note how many are finished; show it if it is time to."""
        self.finished = finished
        if self.shown and time.monotonic() >= self._next:
            self._stream.write(f"{_CLEAR}{self.text()}")
            self._stream.flush()

    def text(self) -> str:
        kept = f" (kept in {self.kept})" if self.kept else ""
        return f"{self.finished} of {self.total} {self.what}{kept}, {time.monotonic() - self.began:.1f} s"


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """Ctrl-C ended it; the message says how far it got."""


@contextlib.contextmanager
def telling_of_ctrl_c(progress: Progress) -> Iterator[None]:
    """Within the block, Ctrl-C raises `Interrupted`, when what runs has been cleared away: for who waits for others."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted after {progress.text()}; no verdict") from None
    finally:
        progress.clear()


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Within the block, what the code under check prints or logs goes nowhere: it runs again and again."""
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it is closed with the block, as the others
    with nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


@contextlib.contextmanager
def stopped_by_ctrl_c(progress: Progress, command: str = "treadle") -> Iterator[None]:
    """Within the block, Ctrl-C says how far the check got and ends the process with status 130.

    It does not raise KeyboardInterrupt: that would come up inside whatever runs, the code under check
    included, which may catch it and go on. Nothing is being written during a check, so there is nothing to
    clean up.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        clear = f"{_CLEAR}{_CURSOR}" if progress.shown or os.isatty(2) else ""
        told = f"{clear}{command}: interrupted after {progress.text()}; no verdict\n"
        os.write(2, told.encode())
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        progress.clear()
