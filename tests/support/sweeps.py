"""Files of programs to be swept, and calls for worker processes, some of which do not survive them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import treadle
from queueproof.exploration import INCLUDE, PROGRAMS
from treadle.sweep.identity import Checker
from treadle.sweep.task import Done, Task, perform
from treadle.vocabulary.options import Program
from treadle.vocabulary.verdict import Report

THEOREMS: list[Any] = [
    (PROGRAMS, "hand_over('MonitorQueue', 1, 1, 1, 1)"),
    (PROGRAMS, "hand_over('queue.Queue', 1, 1, 1, 1)"),
    (PROGRAMS, "hand_over('MonitorQueue', 1,2,2,1)"),
    ((PROGRAMS, "hand_over('MonitorQueue', 2, 2, 1, 1)"), {"wake_order": "any", "spurious": True}),
    ((PROGRAMS, "hand_over('broken.if_instead_of_while.IfInsteadOfWhileInGetQueue', 1, 1, 1, 1)"), {"spurious": True}),
    (PROGRAMS, "loop('broken.one_condition.OneConditionQueue', 1, 2, 1)"),
    ((PROGRAMS, "hand_over('MonitorQueue', 2, 2, 2, 1)"), {"max_states": 30}),
]
"""Programs of the theorems: some hold, some do not, one is cut short; one named in another style."""

OPTIONS: dict[str, Any] = {"include": INCLUDE}


def checked_alone() -> list[Report]:
    """The reports on them, each checked by itself."""
    reports = []
    for each in THEOREMS:
        (file, name), options = each if isinstance(each[1], dict) else (each, {})
        program = Program.parse(name)
        reports.append(treadle.check((file, program.name), arguments=program.arguments, **OPTIONS, **options))
    return reports


SHOP = """
import threading
import stock

def _sale(shop): shop.left -= 1

def _sales(number):
    shop = stock.Shop()
    sales = [threading.Thread(target=_sale, args=(shop,)) for _ in range(number)]
    for sale in sales: sale.start()
    for sale in sales: sale.join()
    assert shop.left == 5 - number

def one(): _sales(1)
def two(): _sales(2)
def three(): _sales(3)
def no_sales(): _sales(0)
"""
STOCK = "class Shop:\n    left = 5\n"


def shop(folder: Path) -> Path:
    """A file with three programs, of which one holds, and a module beside it that they import."""
    (folder / "stock.py").write_text(STOCK)
    (folder / "shop.py").write_text(SHOP)
    return folder / "shop.py"


def timeless(reports: Sequence[Report]) -> list[Report]:
    """The reports without that in which they may differ."""
    return [replace(report, seconds=0.0) for report in reports]


def double(number: int) -> int:
    """Something to do."""
    return 2 * number


def fail(what: str) -> None:
    """Something that goes wrong."""
    raise ValueError(what)


def killed() -> None:
    """Something that no process survives."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at_first(marker: Path, number: int) -> int:
    """Something that the first process that does it does not survive."""
    if not marker.exists():
        marker.touch()
        killed()
    return double(number)


def perform_if_spared(marker: Path, task: Task, checker: Checker) -> Done:
    """Perform a task, but not with the first process that is to."""
    killed_at_first(marker, 0)
    return perform(task, checker)


def sleep_noting_process(file: Path) -> None:
    """Something that takes for ever."""
    file.write_text(str(os.getpid()))
    time.sleep(600)


def ended(process: int, patience: float = 20.0) -> bool:
    """Has the process ended, or does it soon?"""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{process}/stat")
        with contextlib.suppress(OSError):
            if status.read_text().rpartition(")")[2].split()[0] == "Z":  # it has; nobody has asked how
                return True
        time.sleep(0.02)
    return False


class Elsewhere(Executor):
    """An executor whose one worker is this process, but sees another text in one file, or no such file."""

    def __init__(self, file: Path, text: str | None = None) -> None:
        self.file, self.text = file, text

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future, here = Future[Any](), self.file.rename(f"{self.file}.here")
        if self.text is not None:
            self.file.write_text(self.text)
        try:
            future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        here.rename(self.file)
        return future
