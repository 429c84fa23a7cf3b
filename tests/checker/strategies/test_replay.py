"""Schedules in words lead to the same ending again, whatever unrelated lines do; what no longer fits is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from treadle.checking import check
from treadle.sandbox.importer import Sandbox
from treadle.strategies.replay import Replay, replay_words
from treadle.strategies.states import Explorer
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.trace import Choice

LOST_UPDATE = """\
import threading


class Box:
    pass


def program():
    box = Box()
    box.count = 0

    def increment():
        box.count += 1

    threads = [threading.Thread(target=increment) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert box.count == 2
"""
LOCK_ORDER = """\
import threading


def program():
    one, other = threading.Lock(), threading.Lock()

    def forth():
        with one:
            with other:
                pass

    def back():
        with other:
            with one:
                pass

    for target in (forth, back):
        threading.Thread(target=target).start()
"""
TIMED = """\
import threading


def program():
    ready = threading.Condition()

    def wait():
        with ready:
            assert ready.wait(1)

    threading.Thread(target=wait).start()
    with ready:
        ready.notify()
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "program.py"
    file.write_text(text)
    return file


def counterexample(file: Path) -> list[Choice]:
    found = check(f"{file}::program").counterexample
    assert found is not None
    return list(found.schedule)


def replayed(file: Path, schedule: list[Choice]) -> tuple[Replay, str]:
    run, impossible = replay_words(Sandbox(file), Program("program"), Options(), schedule)
    run.close()
    return run, impossible


@pytest.mark.parametrize("text", [LOST_UPDATE, LOCK_ORDER, TIMED], ids=["lost update", "lock order", "timeout"])
def test_a_schedule_in_words_leads_to_the_ending_that_it_was_found_with(text: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    found = check(f"{file}::program").counterexample
    assert found is not None
    run, impossible = replay_words(Sandbox(file), Program("program"), Options(), found.schedule)
    ending = run.ending()
    run.close()
    assert impossible == ""
    assert ending == list(found.ending)
    assert [event.choice for event in run.trace] == [event.choice for event in found.trace]


def test_lines_that_are_not_concerned_may_change(tmp_path: Path) -> None:
    file = written(tmp_path, LOST_UPDATE)
    schedule = counterexample(file)
    edited = LOST_UPDATE.replace("class Box:", "# a comment\nNAME = 'box'\n\n\nclass Box:").replace(
        "        box.count += 1", "        unused = [1]\n        unused.append(2)\n        box.count += 1"
    )
    run, impossible = replayed(written(tmp_path, edited), schedule)
    assert impossible == ""
    assert [str(failure.error) for failure in run.execution.failures] == [""]


def test_a_repaired_program_does_not_fail_under_the_schedule(tmp_path: Path) -> None:
    schedule = counterexample(written(tmp_path, LOST_UPDATE))
    repaired = LOST_UPDATE.replace("    box.count = 0", "    box.count = 0\n    lock = threading.Lock()").replace(
        "        box.count += 1", "        with lock:\n            box.count += 1"
    )
    run, impossible = replayed(written(tmp_path, repaired), schedule)
    assert "was not possible: the thread was about to 'acquire lock in increment'" in impossible
    assert run.execution.failures == []


def test_a_thread_that_does_not_exist_any_more_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, LOCK_ORDER)
    schedule = [replace(choice, thread="nobody") for choice in counterexample(file)]
    _, impossible = replayed(file, schedule)
    assert impossible.startswith("choice 1, nobody: ")
    assert impossible.endswith("there is no thread 'nobody'")


def test_an_alternative_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, LOCK_ORDER)
    schedule = [replace(choice, alternative="timeout") for choice in counterexample(file)]
    assert replayed(file, schedule)[1].endswith("it can go on by go")


def test_a_thread_that_is_blocked_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, LOCK_ORDER)
    schedule = counterexample(file)
    blocked = [choice for choice in schedule if choice.thread == "forth-1"]
    blocked += [choice for choice in schedule if choice.thread == "back-1"]
    standing = check(f"{file}::program").counterexample
    assert standing is not None
    waiting = [Choice(one.thread, one.operation) for one in standing.ending if not one.finished and not one.enabled]
    assert len(waiting) == 2
    assert replayed(file, [*blocked, waiting[0]])[1].endswith("it was blocked")


@pytest.mark.parametrize("text", [LOST_UPDATE, LOCK_ORDER, TIMED], ids=["lost update", "lock order", "timeout"])
def test_every_state_is_reached_again_by_its_words(text: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    explorer = Explorer(Sandbox(file), Program("program"), Options(go_on=True))
    exploration = explorer.explore()
    explorer.worlds.close()
    for state in exploration.states:
        run = Replay(Sandbox(file), Program("program"), Options(), explorer.visible)
        for step in state.path():
            run.step(step)
        ending, schedule = run.ending(), list(run.schedule)
        run.close()
        again, impossible = replay_words(Sandbox(file), Program("program"), Options(), schedule)
        assert impossible == ""
        if text is not LOST_UPDATE:  # where the words decide which accesses are points, threads may stand further
            assert again.ending() == ending
        again.close()
