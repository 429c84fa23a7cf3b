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
_BETWEEN_LINES = 10.0
_CLEAR = "\r\x1b[K"
_CURSOR = "\x1b[?25h"
"""Shows the cursor, which a progress bar may have hidden."""


class Progress:
    """How far a check is. Call it with the counts; it shows them once a second has passed: on a terminal in one line
    that changes, elsewhere (`plain`) in a line of its own from time to time."""

    def __init__(self, shown: bool, plain: bool = False) -> None:
        self.shown, self.plain, self._stream = shown, plain, sys.stderr
        self.counts = (0, 0, 0, 0)
        self.began = self._next = time.monotonic()
        self._next += _BETWEEN_LINES if plain else _PATIENCE

    def __call__(self, states: int, transitions: int, frontier: int, executions: int, made: int = 0) -> None:
        """Note the counts (`made` are the transitions that were no look-ups); show them if it is time to."""
        self.counts = (states, transitions, frontier, executions)
        now = time.monotonic()
        if self.shown and now >= self._next:
            self._next = now + (_BETWEEN_LINES if self.plain else _BETWEEN)
            looked_up = max(0.0, 1 - made / transitions) if transitions else 0.0
            pace = f"{transitions / (now - self.began):,.0f} transitions/s, {looked_up:.1%} looked up"
            line = f"{self.text()}, {frontier:,} to expand, {pace}{_memory()}"
            self._stream.write(f"{line}\n" if self.plain else f"{_CLEAR}{line}")
            self._stream.flush()

    def text(self) -> str:
        """The counts so far and the time taken."""
        states, transitions, _, executions = self.counts
        seconds = time.monotonic() - self.began
        return f"{states:,} states, {transitions:,} transitions, {executions:,} executions, {seconds:.1f} s"

    def clear(self) -> None:
        """Remove the line."""
        if self.shown and not self.plain and time.monotonic() - self.began >= _PATIENCE:
            self._stream.write(_CLEAR)
            self._stream.flush()


def _memory() -> str:
    """The most memory that this process has had, if the system tells."""
    try:
        import resource
    except ImportError:
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f", {peak / (1 << 20 if sys.platform == 'darwin' else 1 << 10):,.0f} MB"


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
        clear = f"{_CLEAR}{_CURSOR}" if os.isatty(2) else ""
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
