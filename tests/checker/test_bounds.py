"""A bound bounds the whole check: the restarts, and the second search, without symmetry, for busy-waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from treadle.strategies import states
from treadle.vocabulary.verdict import Verdict

POLLING = """
import threading

class Office:
    open = False
    served = 0

def wait(office, lock):
    while not office.open:
        pass
    with lock:
        office.served += 1

def three_that_poll():
    office, lock = Office(), threading.Lock()
    for _ in range(3):
        threading.Thread(target=wait, args=(office, lock)).start()
    office.open = True
"""
CUT = "the search for busy-waiting was cut short: more than {} executions"


@pytest.fixture
def polling(tmp_path: Path) -> str:
    path = tmp_path / "polling.py"
    path.write_text(POLLING)
    return f"{path}::three_that_poll"


def test_the_executions_of_both_searches_count(polling: str) -> None:
    first = treadle.check(polling)
    assert first.verdict is Verdict.HOLDS
    both = treadle.check(polling, max_executions=first.executions + 1)
    assert (both.verdict, both.message) == (Verdict.UNKNOWN, CUT.format(first.executions + 1))


def test_the_second_search_gets_the_time_that_is_left(polling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    explore, began = states.Explorer.explore, []

    def noted(explorer: states.Explorer) -> states.Exploration:
        began.append(explorer.started)
        return explore(explorer)

    monkeypatch.setattr(states.Explorer, "explore", noted)
    assert treadle.check(polling).verdict is Verdict.HOLDS
    assert len(began) == 2 and began[0] == began[1]
