"""Serve each design in turn on the loopback interface, drive it with the same load, and compare what came of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boundedqueue.orders.designs import DESIGNS
from boundedqueue.orders.load import (
    ACCEPTED,
    FAILED,
    REFUSED,
    TIMED_OUT,
    Request,
    drive_from_outside,
    percentile,
    tally,
)
from boundedqueue.orders.web import CannotServe, Server


@dataclass(frozen=True)
class Settings:
    """What the demo does; the same for every design.

    Half as many orders again come in as the workers can process, and the queue is full halfway through.
    """

    seconds: float = 3.0
    rate: float = 120.0
    work: float = 0.05
    workers: int = 4
    capacity: int = 60
    timeout: float = 1.0
    failing: int = 100
    port: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of one design under the load."""

    design: str
    requests: list[Request] = field(repr=False)
    lost: int
    doubled: int
    idle: float

    def cells(self) -> list[str]:
        """The row of the table."""
        count = tally(self.requests)
        milliseconds = [f"{percentile(self.requests, p) * 1e3:.0f} ms" for p in (50, 99)]
        counts = [count[ACCEPTED], count[REFUSED], count[TIMED_OUT], count[FAILED], self.lost, self.doubled]
        return [self.design, *map(str, counts), *milliseconds, f"{self.idle:.2%}"]


HEADINGS = ["design", "accepted", "refused", "timed-out", "failed", "lost", "doubled", "p50", "p99", "idle-CPU"]


class Work:
    """The work of an order: it takes its time, and every so many-th order kills its worker the first time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._begun: Counter[int] = Counter()
        self.done: Counter[int] = Counter()

    def __call__(self, number: int) -> None:
        """Do the work of the order with this number. Raises RuntimeError where the worker is to die."""
        time.sleep(self._settings.work)
        with self._lock:
            self._begun[number] += 1
            if self._begun[number] == 1 and number % self._settings.failing == self._settings.failing // 2:
                raise RuntimeError(f"the worker dies of order {number}")
            self.done[number] += 1


def run(design_name: str, settings: Settings) -> Outcome:
    """Serve one design, measure it idle and under load, close it, and count what was lost."""
    work = Work(settings)
    design = DESIGNS[design_name](work, settings.workers, settings.capacity)
    server = Server(design, settings.port, threads=settings.workers)
    try:
        before, began = time.process_time(), time.monotonic()
        time.sleep(min(1.0, settings.seconds / 3))
        idle = (time.process_time() - before) / (time.monotonic() - began)
        requests = drive_from_outside(server.port, settings.rate, settings.seconds, settings.timeout)
    finally:
        server.close()
        design.close()
    accepted = {request.number for request in requests if request.outcome == ACCEPTED}
    with work._lock:
        done = work.done.copy()
    doubled = sum(count > 1 for count in done.values())
    return Outcome(design_name, requests, len(accepted - set(done)), doubled, idle)


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes side by side."""
    rows = [HEADINGS, *(outcome.cells() for outcome in outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(lines)


def check_plot(file: Path) -> None:
    """Raise CannotServe, before any time is spent, if the plot could not be drawn or written."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise CannotServe("--plot needs matplotlib: pip install matplotlib") from None
    if not file.parent.is_dir():
        raise CannotServe(f"there is no folder {file.parent} to write the plot to")


def plot(outcomes: Sequence[Outcome], file: Path) -> None:
    """Draw the latency of every request over the time at which it was due."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for outcome, color in zip(outcomes, ("tab:green", "tab:red", "tab:orange"), strict=False):
        count = tally(outcome.requests)
        told = [f"{count[one]} {one}" for one in (ACCEPTED, REFUSED, TIMED_OUT)]
        label = f"{outcome.design}: {', '.join(told)}, {outcome.lost} lost"
        times = [request.due for request in outcome.requests]
        axes.plot(times, [r.latency * 1e3 for r in outcome.requests], ".", color=color, markersize=4, label=label)
    axes.set(yscale="log", xlabel="time (s)", ylabel="latency of the answer (ms)", title="An order desk under load")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center")
    figure.savefig(file, format="png", dpi=120)
