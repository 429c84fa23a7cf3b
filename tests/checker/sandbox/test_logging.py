"""`logging`: its loggers begin anew in each execution, and its handlers' locks are locks like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle

PROGRAM = """
import logging
import logging.handlers
import queue
import threading

log = logging.getLogger("shop")
log.addHandler(logging.NullHandler())
lock = threading.Lock()
seen = []

class Keep(logging.Handler):
    def emit(self, record):
        seen.append(self.format(record))

class Locking(logging.Handler):
    def emit(self, record):
        with lock:
            pass

def start(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def sell():
    log.warning("%s sold", "tea")

def sell_locked():
    with lock:
        log.warning("%s sold", "tea")

def a_level_that_is_off():
    start(lambda: log.debug("1"), lambda: log.debug("2"))
    assert len(log.handlers) == 1

def what_is_shown():
    start(sell, sell)

def of_the_root():
    logging.basicConfig(level=logging.INFO, format=FORMAT, style=STYLE)
    start(lambda: logging.info("1"), lambda: logging.info("2"))

def a_handler_of_ones_own():
    keep = Keep()
    keep.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.addHandler(keep)
    start(sell, sell)
    assert seen == ["WARNING tea sold"] * 2

def by_a_queue():
    records = queue.Queue()
    log.addHandler(logging.handlers.QueueHandler(records))
    listener = logging.handlers.QueueListener(records, Keep())
    listener.start()
    start(sell, sell)
    listener.stop()
    assert seen == ["tea sold"] * 2

def by_name():
    names = []
    class Names(logging.Handler):
        def emit(self, record):
            names.append(record.threadName)
    log.addHandler(Names())
    start(sell, sell)
    assert len(set(names)) == 2

def a_handler_that_locks():
    log.addHandler(Locking())
    start(sell, sell_locked)
"""


def check(folder: Path, name: str, style: str = "%", form: str = "%(message)s") -> treadle.Report:
    file = folder / "logs.py"
    file.write_text(PROGRAM.replace("FORMAT", repr(form)).replace("STYLE", repr(style)))
    return treadle.check(f"{file}::{name}")


@pytest.mark.parametrize(
    "name", ["a_level_that_is_off", "what_is_shown", "a_handler_of_ones_own", "by_a_queue", "by_name"]
)
def test_a_program_that_logs_is_explored_to_the_end(name: str, tmp_path: Path) -> None:
    report = check(tmp_path, name)
    assert (report.verdict, report.warnings) == ("holds", ())
    assert report.states < 500  # how many just, depends on the interpreter's logging


@pytest.mark.parametrize(
    ("style", "form"),
    [
        ("%", "%(threadName)s %(message)s"),
        ("{", "{levelname} {message}"),
        ("$", "$name $message"),
        ("%", "%(asctime)s"),
    ],
)
def test_records_are_formatted_in_each_style(style: str, form: str, tmp_path: Path) -> None:
    report = check(tmp_path, "of_the_root", style, form)
    assert (report.verdict, report.warnings) == ("holds", ())


def test_a_lock_of_the_program_and_that_of_a_handler_can_deadlock(tmp_path: Path) -> None:
    report = check(tmp_path, "a_handler_that_locks")
    assert (report.verdict, report.reason) == ("violated", "deadlock")
