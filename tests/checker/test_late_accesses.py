"""A thread that lets another go on, and touches after that what the other then has for itself alone.

When the accesses are made one thread alone may reach the object: the first has come to its end meanwhile. So the lock
sets of accesses to shared objects do not show that the order of the two is open.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from treadle.kernel.visible import Access, Locksets
from treadle.vocabulary.verdict import Verdict

HEAD = """
import queue
import threading

class Letter:
    text = None

def start(target):
    thread = threading.Thread(target=target)
    thread.start()
    return thread
"""

PROGRAMS = {
    "event": (
        """
        letter, ready = Letter(), threading.Event()
        def write():
            {}
        start(write)
        ready.wait()
        assert letter.text == "hello"
        """,
        "ready.set()",
    ),
    "condition": (
        """
        letter, changed, there = Letter(), threading.Condition(), []
        def write():
            {}
        def send():
            with changed:
                there.append(True)
                changed.notify()
        start(write)
        with changed:
            while not there:
                changed.wait()
        assert letter.text == "hello"
        """,
        "send()",
    ),
    "lock": (
        """
        letter, lock, there = Letter(), threading.Lock(), []
        def write():
            {}
        def send():
            with lock:
                there.append(True)
        start(write)
        with lock:
            sent = bool(there)
        if sent:
            assert letter.text == "hello"
        """,
        "send()",
    ),
    "semaphore, and the reader is a thread": (
        """
        letter, ready = Letter(), threading.Semaphore(0)
        def write():
            {}
        def read():
            ready.acquire()
            assert letter.text == "hello"
        start(write)
        start(read)
        """,
        "ready.release()",
    ),
    "the letter goes through a queue": (
        """
        letters = queue.Queue()
        def write():
            letter = Letter()
            {}
        start(write)
        assert letters.get().text == "hello"
        """,
        "letters.put(letter)",
    ),
    "the letter goes through a box that is emptied": (
        """
        lock, letters = threading.Lock(), []
        def write():
            letter = Letter()
            {}
        def send(letter):
            with lock:
                letters.append(letter)
        start(write)
        got = None
        with lock:
            if letters:
                got = letters.pop()
        if got:
            assert got.text == "hello"
        """,
        "send(letter)",
    ),
    "what is let go on is a new thread": (
        """
        letter, lock = Letter(), threading.Lock()
        def read():
            with lock:
                assert letter.text == "hello"
        {}
        """,
        "start(read)",
    ),
}


PASSED_ON = """
import threading

def passed_on():
    lock, other, log = threading.Lock(), threading.Lock(), []
    lock.acquire()
    def let_go():
        with other:
            log.append(1)
        lock.release()
        with other:
            log.append(2)
    threading.Thread(target=let_go).start()
    with other:
        log.append(3)
    lock.acquire()
    with other:
        log.append(4)
"""


def verdict(folder: Path, body: str, *lines: str) -> tuple[str, str | None]:
    blank = next(line for line in body.splitlines() if "{}" in line)
    indent = blank[: blank.index("{}")]
    path = folder / "letters.py"
    path.write_text(HEAD + "\ndef prog():" + body.format(f"\n{indent}".join(lines)).replace("\n    ", "\n"))
    report = treadle.check(f"{path}::prog")
    return report.verdict, report.reason


WRITE = 'letter.text = "hello"'


@pytest.mark.parametrize("name", PROGRAMS)
def test_who_sends_first_and_writes_then_is_found_out(name: str, tmp_path: Path) -> None:
    body, send = PROGRAMS[name]
    assert verdict(tmp_path, body, WRITE, send) == ("holds", None)
    assert verdict(tmp_path, body, send, WRITE) == ("violated", "assertion")


@pytest.mark.parametrize("name", PROGRAMS)
def test_without_a_look_at_private_accesses_they_would_be_missed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Locksets.record

    def shared_only(self: Locksets, access: Access, shared: bool = True) -> None:
        if shared:
            record(self, access)

    monkeypatch.setattr(Locksets, "record", shared_only)
    body, send = PROGRAMS[name]
    assert verdict(tmp_path, body, send, WRITE)[0] == Verdict.HOLDS


BETWEEN = {
    "nothing": "pass",
    "a lock of one's own": "threading.Lock().acquire()",
    "an event": "threading.Event().set()",
    "a choice": "treadle.choose(2)",
    "a nap": "time.sleep(0)",
    "the clock": "time.monotonic()",
    "another thread": "start(int)",
}


@pytest.mark.parametrize("between", BETWEEN)
def test_a_thread_that_was_started_need_not_have_run_to_its_end_by_the_next_operation(
    between: str, tmp_path: Path
) -> None:
    body = f"""
        letter = Letter()
        def write():
            letter.text = "hello"
        start(write)
        {{}}
        {BETWEEN[between]}
        assert letter.text == "hello"
        """
    joined = body.replace("start(write)", "start(write).join()")
    imports = "import time, treadle"
    assert verdict(tmp_path, joined, imports) == ("holds", None)
    assert verdict(tmp_path, body, imports) == ("violated", "assertion")


def test_a_lock_that_another_thread_releases_is_no_longer_its_holders(tmp_path: Path) -> None:
    path = tmp_path / "passed_on.py"
    path.write_text(PASSED_ON)
    report = treadle.check(f"{path}::passed_on")
    assert (report.verdict, report.message) == (Verdict.HOLDS, "")
    assert treadle.check(f"{path}::passed_on", table=False).states == report.states
