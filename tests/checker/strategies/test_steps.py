"""An execution that has learned something goes on to learn more, but not for ever, and finds nothing out of turn."""

from __future__ import annotations

from pathlib import Path

from treadle.sandbox.importer import Sandbox
from treadle.strategies.states import Explorer
from treadle.strategies.steps import CREDIT
from treadle.vocabulary.options import Options, Program

ENDLESS = """\
import threading


def count(box, lock):
    number = 0
    while True:
        with lock:
            box.append(number)
        number += 1


def program():
    box, lock = [], threading.Lock()
    for _ in range(2):
        threading.Thread(target=count, args=(box, lock)).start()
"""

TWO_WAYS = """\
import threading


def fall(lock, steps):
    for _ in range(steps):
        with lock:
            pass
    raise ValueError(steps)


def program():
    lock = threading.Lock()
    for steps in (5, 2, 4):
        threading.Thread(target=fall, args=(lock, steps)).start()
"""


def explorer(source: str, folder: Path, **options: int) -> Explorer:
    file = folder / "program.py"
    file.write_text(source)
    made = Explorer(Sandbox(file), Program("program"), Options(**options))
    made.explore()
    made.worlds.close()
    return made


def test_steps_ahead_of_an_endless_search_are_bounded(tmp_path: Path) -> None:
    done = explorer(ENDLESS, tmp_path, max_states=300)
    assert len(done.exploration.states) == 301
    assert done.made <= 3 * 301 + CREDIT


def test_what_goes_wrong_ahead_of_the_search_is_found_on_a_shortest_way(tmp_path: Path) -> None:
    done = explorer(TWO_WAYS, tmp_path)
    (found,) = done.exploration.found
    assert [str(failure.error) for failure in found.failures] == ["2"]
    assert len(found.state.path()) == 1, "and then the second step of that thread"
