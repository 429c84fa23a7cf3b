"""Run a few commands one after the other, and say what they took: wall time, processor time, memory, all children in.

A cap on time and one on memory end them; what was cut reads as cut.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str]

OUTPUT = 1_000_000
"""So many characters of the output are kept."""


@dataclass(frozen=True)
class Caps:
    """When a process is ended: after so many seconds, or with so many megabytes in memory."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Run:
    """What came of the commands. `cut` says which cap ended them, or is empty."""

    seconds: float
    cpu: float
    megabytes: float
    output: str
    status: int
    cut: str = ""


def run(commands: Sequence[Command], folder: Path, caps: Caps, environment: Mapping[str, str] | None = None) -> Run:
    """Run the commands in that folder, one after the other, until one fails or a cap is hit."""
    seconds = cpu = megabytes = 0.0
    output, status, cut = "", 0, ""
    for command in commands:
        one = _run_one(command, folder, Caps(caps.seconds - seconds, caps.megabytes), environment)
        seconds, cpu, megabytes = seconds + one.seconds, cpu + one.cpu, max(megabytes, one.megabytes)
        output, status, cut = output + one.output, one.status, one.cut
        if status or cut:
            break
    if cut == "time":
        cut = f"{caps.seconds:g} s"
    return Run(seconds, cpu, megabytes, output, status, cut)


def _run_one(command: Command, folder: Path, caps: Caps, environment: Mapping[str, str] | None) -> Run:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as written:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = _Watch(process.pid, caps)
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
        finally:  # after Ctrl-C too nothing stays behind
            watch.stop()
        process.returncode = os.waitstatus_to_exitcode(status)  # or it would be waited for again
        written.seek(0)
        output = written.read(OUTPUT)
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output, process.returncode, watch.cut)


class _Watch(threading.Thread):
    """Ends a session of processes when it takes too long or too much."""

    def __init__(self, leader: int, caps: Caps) -> None:
        super().__init__(daemon=True)
        self.leader, self.caps, self.cut = leader, caps, ""
        self._over = threading.Event()

    def run(self) -> None:
        until = time.monotonic() + self.caps.seconds
        while not self._over.wait(min(0.2, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                return self._end("time")
            if _megabytes(self.leader) > self.caps.megabytes:
                return self._end(f"{self.caps.megabytes:g} MB")
        return None

    def _end(self, why: str) -> None:
        if not self._over.is_set():
            self.cut = why
            self._kill()

    def stop(self) -> None:
        """End what the leader left behind, or the leader too."""
        self._over.set()
        self.join()
        self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
            os.killpg(self.leader, signal.SIGKILL)


def _megabytes(process: int) -> float:
    """What a process and its descendants hold in memory now; nothing where /proc does not tell."""
    total = 0.0
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        total = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        for task in Path(f"/proc/{process}/task").iterdir():
            total += sum(_megabytes(int(child)) for child in (task / "children").read_text().split())
    except (OSError, IndexError, ValueError):
        return total
    return total
