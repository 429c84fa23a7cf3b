"""A cell says what became of the question: right, wrong, cut, absent; and it says so of real processes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.everybody import subjects
from bench.measure import Cell, Plan, measured
from bench.process import Caps, run
from bench.question import DEADLOCKS, SIZES, TRIALS, Question
from bench.subject import Answer, Subject

PLAN = Plan(1, Caps(60, 4000), Caps(60, 4000))
SMALL, LARGE = Question(1, 1, 1, 1), Question(2, 2, 1, 1)


def saying(verdict: str, code: str = "pass", note: str = "") -> Subject:
    """Somebody who runs that code and comes to that verdict."""
    return Subject(
        "somebody",
        "a stand-in",
        lambda question: [(sys.executable, "-c", code)],
        lambda output, status: Answer(verdict, 3, 4, note=note),
    )


def asked(subject: Subject, *questions: Question, plan: Plan = PLAN) -> list[Cell]:
    told: list[Cell] = []
    cells = measured(questions, [subject], plan, told.append)
    assert {cell.outcome for cell in cells} <= {cell.outcome for cell in told}
    return cells


@pytest.mark.parametrize(
    ("question", "subject", "outcome"),
    [
        (SMALL, saying("holds"), "right"),
        (SMALL, saying("holds", note="at most one preemption"), "right, at most one preemption"),
        (SMALL, saying("deadlock"), "wrong: deadlock"),
        (DEADLOCKS[0], saying("deadlock", note="within a bound"), "right"),
        (DEADLOCKS[0], saying("holds", note="within a bound"), "wrong: holds"),
        (SMALL, saying("unknown", note="gave up"), "inconclusive: gave up"),
        (SMALL, saying("failed", note="no such file"), "failed: no such file"),
        (SMALL, saying("lost-wakeup"), "wrong: lost-wakeup"),
    ],
)
def test_an_answer_is_worth_what_it_says(question: Question, subject: Subject, outcome: str) -> None:
    (cell,) = asked(subject, question)
    assert cell.outcome == outcome
    assert cell.right == outcome.startswith("right")
    assert (cell.states, cell.transitions) == (3, 4)


def test_who_is_absent_is_shown_as_absent_and_not_run() -> None:
    (cell,) = asked(replace(saying("holds"), absent="not installed"), SMALL)
    assert cell == Cell("(1,1,1,1)", "somebody", "absent: not installed")
    assert not cell.right


def test_a_question_that_cannot_be_put_is_shown_so() -> None:
    (cell,) = asked(replace(saying("holds"), ask=lambda question: None), SMALL)
    assert cell == Cell("(1,1,1,1)", "somebody", "cannot be put")


def test_who_is_cut_is_not_asked_for_more() -> None:
    endless = saying("holds", "import time; time.sleep(600)")
    first, second = asked(endless, SMALL, LARGE, plan=Plan(2, PLAN.ours, Caps(0.5, 4000)))
    assert (first.outcome, first.states, first.cpu) == ("cut: 0.5 s", None, None)
    assert first.seconds is not None and 0.5 <= first.seconds < 60
    assert second.outcome == "not tried: cut at (1,1,1,1)"


def test_whoever_was_cut_before_counts_each_time() -> None:
    hopeless = saying("holds", "import time; time.sleep(600)")
    sizes = (Question(2, 2, 2, 1), Question(3, 3, 1, 1), Question(4, 4, 1, 1), Question(1, 1, 1, 1))
    cells = asked(hopeless, *sizes, plan=Plan(1, PLAN.ours, Caps(0.3, 4000)))
    told = ["cut: 0.3 s", "cut: 0.3 s", "not tried: cut at (3,3,1,1)", "cut: 0.3 s"]
    assert [cell.outcome for cell in cells] == told


def test_each_repeat_counts_and_the_least_is_kept() -> None:
    (cell,) = asked(saying("holds"), SMALL, plan=Plan(3, PLAN.ours, PLAN.peers))
    assert len(cell.repeats) == 3 and cell.seconds == min(cell.repeats)


def test_wrong_once_is_wrong(tmp_path: Path) -> None:
    verdicts = iter(["holds", "deadlock", "holds"])
    moody = replace(saying(""), read=lambda output, status: Answer(next(verdicts)))
    (cell,) = asked(moody, SMALL, plan=Plan(3, PLAN.ours, PLAN.peers))
    assert cell.outcome == "wrong: deadlock"


def test_a_process_is_measured_with_its_children(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\nx = bytearray(200_000_000)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    came = run([(sys.executable, "-c", parent), (sys.executable, "-c", "print('done')")], tmp_path, PLAN.peers)
    assert (came.status, came.cut, came.output) == (0, "", "done\n")
    assert came.cpu >= 0.3
    assert 190 < came.megabytes < 1000


def test_who_takes_too_much_memory_is_cut(tmp_path: Path) -> None:
    greedy = "import time; x = b'x' * 400_000_000; time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {greedy!r}])"
    assert run([(sys.executable, "-c", parent)], tmp_path, Caps(60, 200)).cut == "200 MB"


def test_after_a_command_that_fails_there_is_no_other(tmp_path: Path) -> None:
    came = run([(sys.executable, "-c", "raise SystemExit(3)"), ("nobody",)], tmp_path, PLAN.peers)
    assert came.status == 3


def test_every_peer_that_is_not_installed_is_shown_as_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    everybody = subjects(tmp_path)
    assert [each.name for each in everybody if each.ours] == [each.name for each in everybody if not each.absent]
    absent = {cell.subject: cell.outcome for cell in measured([SMALL], [e for e in everybody if not e.ours], PLAN, id)}
    assert absent == {
        "SPIN, atomic": "absent: spin and gcc not installed",
        "SPIN, fine": "absent: spin and gcc not installed",
        "SPIN, depth-first": "absent: spin and gcc not installed",
        "Harmony": "absent: not installed",
        "interleave-test": "absent: not installed",
        "frontrun": "absent: not installed",
        "ploom": "absent: not installed",
    }


def test_every_question_can_be_put_to_us_and_the_numbers_are_those_of_the_question() -> None:
    monitor = next(each for each in subjects() if each.name == "MonitorQueue")
    targets = []
    for question in (*SIZES, *TRIALS, *DEADLOCKS):
        commands = monitor.ask(question)
        assert commands is not None
        targets.append(commands[0][-1].rpartition("::")[2])
    assert targets[11:] == [
        "monitor(20, 20, 1, 3)",
        "monitor(8, 8, 2, 3)",
        "one_condition(1, 2, 2, 1)",
        "monitor(1, 1, 1, 1)",
        "endless(2, 1, 1)",
        "endless(3, 2, 2)",
        "endless(4, 3, 3)",
        "endless(5, 4, 4)",
        "endless(8, 7, 7)",
    ]
