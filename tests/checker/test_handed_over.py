"""An object that its thread has just made is no suspect; one that was there before is, and races on both are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle import check
from treadle.kernel.execution import Execution
from treadle.vocabulary.verdict import Reason, Verdict

PROGRAMS = """\
import queue
import threading


class Box:
    def __init__(self):
        self.x = 0


def add(box):
    box.x += 1


def handed_to_a_thread():
    box = Box()
    thread = threading.Thread(target=add, args=(box,))
    thread.start()
    box.x += 1
    thread.join()
    assert box.x == 2


def swap(slot, lock):
    mine = Box()
    with lock:
        other, slot[0] = slot[0], mine
    mine.x += 1
    if other is not None:
        other.x += 1
        slot.append(other)


def exchanged():
    slot, lock = [None], threading.Lock()
    threads = [threading.Thread(target=swap, args=(slot, lock)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slot[1].x == 2


def send(messages):
    message = Box()
    message.x = 1
    messages.put(message)


def sent():
    messages = queue.Queue()
    threading.Thread(target=send, args=(messages,)).start()
    assert messages.get().x == 1


def publish(ready, box):
    ready.set()
    box.x = 1


def published_too_soon():
    ready, box = threading.Event(), Box()
    threading.Thread(target=publish, args=(ready, box)).start()
    ready.wait()
    assert box.x == 1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "handed.py"
    written.write_text(PROGRAMS)
    return written


@pytest.mark.parametrize("program", ["handed_to_a_thread", "exchanged", "published_too_soon"])
def test_a_race_on_what_was_handed_over_is_found(program: str, file: Path) -> None:
    report = check(f"{file}::{program}")
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, Reason.ASSERTION)


def test_a_message_may_be_read_after_its_queues_lock(file: Path) -> None:
    assert check(f"{file}::sent").verdict is Verdict.HOLDS


def test_a_checker_that_takes_everything_for_just_made_is_wrong(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Execution, "_its_own", lambda self, index: [])
    assert check(f"{file}::published_too_soon").verdict is Verdict.HOLDS
