"""An object that its thread has just made is no suspect; one that was there before is, and races on both are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle import check
from treadle.kernel.execution import Execution
from treadle.vocabulary.verdict import Reason, Verdict

PROGRAMS = """\
import collections
import itertools
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


def add_to_each(boxes):
    for box in boxes:
        add(box)


def in_what_cannot_be_seen():
    box = Box()
    thread = threading.Thread(target=add_to_each, args=(itertools.islice([box], 1),))
    thread.start()
    box.x += 1
    thread.join()
    assert box.x == 2


def publish_each(ready, box):
    boxes = itertools.islice([box], 1)
    del box
    ready.set()
    for each in boxes:
        each.x = 1


def published_too_soon_out_of_what_cannot_be_seen():
    ready, box = threading.Event(), Box()
    threading.Thread(target=publish_each, args=(ready, box)).start()
    ready.wait()
    assert box.x == 1


def take(place, lock):
    with lock:
        boxes, place.boxes = place.boxes, None
    if boxes is not None:
        add_to_each(boxes)


def given_inside_of_what_cannot_be_seen():
    place, lock, box = Box(), threading.Lock(), Box()
    place.boxes = None
    thread = threading.Thread(target=take, args=(place, lock))
    thread.start()
    with lock:
        place.boxes = itertools.islice([box], 1)
    box.x += 1
    thread.join()
    assert box.x == (2 if place.boxes is None else 1)


def count(lists, lock):
    with lock:
        mine = lists["all"]
    mine.append(len(mine))


def out_of_a_defaultdict():
    lists, lock = collections.defaultdict(list), threading.Lock()
    threads = [threading.Thread(target=count, args=(lists, lock)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lists["all"] == [0, 1]


def note(boxes, name, lock):
    with lock:
        boxes[name].x += 1


def each_its_own_of_a_defaultdict():
    boxes, lock = collections.defaultdict(Box), threading.Lock()
    threads = [threading.Thread(target=note, args=(boxes, name, lock)) for name in ("tea", "cake")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert boxes["tea"].x == boxes["cake"].x == 1
"""

RACES = (
    "handed_to_a_thread",
    "exchanged",
    "published_too_soon",
    "in_what_cannot_be_seen",
    "published_too_soon_out_of_what_cannot_be_seen",
    "given_inside_of_what_cannot_be_seen",
    "out_of_a_defaultdict",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "handed.py"
    written.write_text(PROGRAMS)
    return written


@pytest.mark.parametrize("program", RACES)
def test_a_race_on_what_was_handed_over_is_found(program: str, file: Path) -> None:
    report = check(f"{file}::{program}")
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, Reason.ASSERTION)


def test_the_objects_in_a_defaultdict_are_told_apart_by_what_they_hold(file: Path) -> None:
    assert check(f"{file}::each_its_own_of_a_defaultdict").verdict is Verdict.HOLDS


def test_a_message_may_be_read_after_its_queues_lock(file: Path) -> None:
    assert check(f"{file}::sent").verdict is Verdict.HOLDS


def test_a_checker_that_takes_everything_for_just_made_is_wrong(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Execution, "_its_own", lambda self, index: [])
    assert check(f"{file}::published_too_soon").verdict is Verdict.HOLDS
