"""Between two readings of the clock time may pass, and need not: whoever compares them is judged in both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from treadle.strategies import store
from treadle.vocabulary.verdict import Reason, Verdict

LOOK = """
import threading, time

def prog():
    began = time.monotonic()
    def look():
        now = time.monotonic()
        assert {}
    threading.Thread(target=look).start()
"""
AFTER_A_DEADLINE = """
import threading, time

def prog():
    end, never = time.monotonic() + 5, threading.Event()
    def wait():
        never.wait(5)
        now = time.monotonic()
        assert {}
    threading.Thread(target=wait).start()
"""
THREE = """
import threading, time

def prog():
    began = time.monotonic()
    def look():
        then = time.monotonic()
        now = time.monotonic()
        assert not began < then < now
    threading.Thread(target=look).start()
"""
UNTIL_IT_IS_LATER = """
import threading, time

def prog():
    began = time.monotonic()
    def poll():
        while not time.monotonic() > began:
            pass
    threading.Thread(target=poll).start()
"""


def found(folder: Path, text: str) -> tuple[Verdict, Reason | None]:
    path = folder / "clock.py"
    path.write_text(text)
    report = treadle.check(f"{path}::prog")
    assert not report.message or report.verdict is Verdict.VIOLATED
    return report.verdict, report.reason


@pytest.mark.parametrize("program", [LOOK.replace("began", "end").replace("{}", "{0}"), AFTER_A_DEADLINE])
@pytest.mark.parametrize(
    ("holds", "always"),
    [
        ("now >= end", True),
        ("not now < end", True),
        ("not now > end", False),
        ("now > end", False),
        ("now != end", False),
    ],
)
def test_a_later_reading_is_later_or_the_same(program: str, holds: str, always: bool, tmp_path: Path) -> None:
    expected = (Verdict.HOLDS, None) if always else (Verdict.VIOLATED, Reason.ASSERTION)
    assert found(tmp_path, program.format(holds)) == expected


def test_each_of_three_readings_may_be_later_than_the_one_before(tmp_path: Path) -> None:
    assert found(tmp_path, THREE) == (Verdict.VIOLATED, Reason.ASSERTION)


def test_who_polls_until_it_is_later_is_not_kept_for_ever(tmp_path: Path) -> None:
    assert found(tmp_path, UNTIL_IT_IS_LATER) == (Verdict.HOLDS, None)


def test_a_clock_that_moves_to_deadlines_only_would_be_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_fresh", lambda shapes: False)
    assert found(tmp_path, LOOK.format("not now > began")) == (Verdict.HOLDS, None)
    assert found(tmp_path, UNTIL_IT_IS_LATER) == (Verdict.VIOLATED, Reason.LIVELOCK)


ELAPSED = {
    "less than five seconds": "now - began < 5",
    "five seconds or more": "not now - began >= 5",
    "before that": "began - now > -5",
    "the least of two": "min(now - began, 5) < 5",
    "nearly over": "not began + 5 - now < 1",
}
REMAINING = {
    "time is left": "began + 5 - now > 0",
    "some time has passed, or none": "now - began >= 0",
    "as if it were over": "began - now <= 0",
    "against no limit at all": 'now - began < float("inf")',
}


@pytest.mark.parametrize("compared", ELAPSED)
def test_who_compares_an_elapsed_time_is_told_that_slow_steps_are_not_explored(compared: str, tmp_path: Path) -> None:
    (tmp_path / "clock.py").write_text(LOOK.format(ELAPSED[compared]))
    report = treadle.check(f"{tmp_path / 'clock.py'}::prog")
    assert report.verdict is Verdict.UNKNOWN
    assert "clock.py:8: an elapsed time is compared; how long steps take is not explored" in str(report)


@pytest.mark.parametrize("compared", REMAINING)
def test_whether_a_moment_has_come_is_explored(compared: str, tmp_path: Path) -> None:
    assert found(tmp_path, LOOK.format(REMAINING[compared])) == (Verdict.HOLDS, None)
