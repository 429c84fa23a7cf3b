"""The text report: golden files for every kind of story and number of threads, and what no report may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from checker.report.samples import SAMPLES, deadlock, livelock, lost_wakeup
from treadle.report.text import completed, counterexample_text, summary_line, verdict_line
from treadle.vocabulary.trace import Choice, Counterexample, Event, Place
from treadle.vocabulary.verdict import Reason, Report, Verdict


@pytest.mark.parametrize("threads", [2, 3, 8])
@pytest.mark.parametrize("kind", SAMPLES)
def test_the_report_of_a_story_is_the_golden_one(kind: str, threads: int, golden: Callable[[str, str], None]) -> None:
    golden(f"{kind}_{threads}.txt", counterexample_text(SAMPLES[kind](threads)))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("kind", SAMPLES)
def test_no_line_is_wider_than_the_report(kind: str, width: int) -> None:
    for threads in (2, 3, 8):
        text = counterexample_text(SAMPLES[kind](threads), width)
        assert max(cell_len(line) for line in text.splitlines()) <= width


def test_columns_that_do_not_fit_become_a_list() -> None:
    report = lost_wakeup(3)
    assert "step │ producer-1" in counterexample_text(report, 120)
    narrow = counterexample_text(report, 60)
    assert "│" not in narrow
    assert "   1  consumer-1  30 with self.mutex:" in narrow


def test_every_step_and_every_effect_is_told_in_both_forms() -> None:
    report = lost_wakeup(3)
    assert report.counterexample is not None
    for width in (60, 200):
        flat = counterexample_text(report, width).replace("\n", " ").replace("│", " ")
        words = " ".join(flat.split())
        for event in report.counterexample.trace:
            assert f" {event.number} " in words
        assert words.count("acquire q.mutex") == 5
        assert words.count("notify q.not_empty -> consumer-1") == 1


def test_a_livelock_marks_where_it_begins_to_repeat() -> None:
    lines = counterexample_text(livelock(2)).splitlines()
    begin = next(n for n, line in enumerate(lines) if "from here on it repeats for ever" in line)
    end = next(n for n, line in enumerate(lines) if "back to step 3" in line)
    assert lines[begin + 1].startswith("   3 │")
    assert begin < end


def test_text_of_the_program_cannot_move_the_cursor_nor_break_the_columns() -> None:
    place = Place("a.py", 1, "f", "\x1b[2Jx = '\u6f22\u5b57' * 2\t# \u202e")
    event = Event(1, Choice("w\x07\n", "start"), place, (), "\r\x00" + "y" * 300)
    found = Counterexample((event.choice,), (event,))
    report = Report("a.py::f", Verdict.VIOLATED, Reason.ASSERTION, "no\x1bgood", counterexample=found)
    text = counterexample_text(report, 80)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_a_violation_without_a_step_can_be_told() -> None:
    report = Report("a.py::f", Verdict.VIOLATED, Reason.INVARIANT, "false", counterexample=Counterexample((), ()))
    assert counterexample_text(report) == "a.py::f: violated: invariant\nfalse\n"


def test_files_are_told_apart_when_there_are_several() -> None:
    report = deadlock(2)
    assert report.counterexample is not None
    first, second = report.counterexample.trace
    moved = replace(second, place=Place("other.py", 7, "eat_more", "with right:"))
    both = replace(report, counterexample=replace(report.counterexample, trace=(first, moved)))
    text = counterexample_text(both)
    assert "examples/orders.py: eat\nother.py: eat_more\n" in text
    assert "eat:12 with left:" in text
    assert "eat_more:7 with right:" in text


def test_completing_a_report_fills_in_text_and_explanation_once() -> None:
    report = completed(deadlock(2))
    assert report.counterexample is not None
    assert report.counterexample.text == counterexample_text(deadlock(2))
    assert report.counterexample.explanation.endswith("No thread can go on.")
    assert completed(report) is report
    with pytest.raises(AssertionError, match="wait for each other in a circle"):
        report.assert_holds()


def test_a_report_without_counterexample_has_no_text() -> None:
    report = Report("a.py::f", Verdict.HOLDS)
    assert completed(report) is report
    with pytest.raises(ValueError, match="no counterexample"):
        counterexample_text(report)


def test_the_verdict_line_says_how_much_was_looked_at() -> None:
    assert verdict_line(deadlock(2)) == (
        "examples/orders.py::supper: violated: deadlock (41 states, 67 transitions, 12 executions, 0.012 s)"
    )
    one = Report("a.py::f", Verdict.UNKNOWN, states=1, transitions=1, executions=1)
    assert verdict_line(one, times=False) == "a.py::f: unknown (1 state, 1 transition, 1 execution)"


def test_the_summary_counts_the_verdicts() -> None:
    reports = [Report(name, Verdict.HOLDS) for name in "ab"] + [Report("c", Verdict.UNKNOWN)]
    assert summary_line(reports) == "3 programs: 2 holds, 1 unknown"


def test_a_replay_counts_its_steps() -> None:
    report = Report("a.py::f", Verdict.UNKNOWN, strategy="replay", steps=7, executions=1)
    assert verdict_line(report, times=False) == "a.py::f: unknown (7 steps, 1 execution)"
