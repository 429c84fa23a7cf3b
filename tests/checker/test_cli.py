"""The command line: what it prints, its exit status, and one sentence, no traceback, for bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker.fakes import FakeCheck, checker
from checker.report.samples import deadlock, livelock
from treadle import terminal
from treadle.cli import run
from treadle.sandbox.importer import LoadError
from treadle.sandbox.runtime import Refused
from treadle.terminal import Progress
from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import NO_LONGER_VIOLATES, Schedule
from treadle.vocabulary.verdict import Report, Verdict

__all__ = ["checker"]

HOLDS = Report("q.py::good", Verdict.HOLDS, states=18, transitions=28, executions=17, seconds=0.25)
UNKNOWN = Report("q.py::big", Verdict.UNKNOWN, message="max_states (5) was hit", warnings=("reads the wall clock",))

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        ([HOLDS], 0),
        ([HOLDS, deadlock(2)], 1),
        ([UNKNOWN, deadlock(2), HOLDS], 1),
        ([HOLDS, UNKNOWN], 3),
    ],
)
def test_the_exit_status_says_the_worst_verdict(checker: FakeCheck, reports: list[Report], status: int) -> None:
    checker.reports = reports
    assert run(["check", "q.py"]) == status


def test_a_program_that_holds_is_one_line(checker: FakeCheck, capsys: Output) -> None:
    checker.reports = [HOLDS]
    assert run(["check", "q.py::good"]) == 0
    assert capsys.readouterr() == (
        "q.py::good: holds (18 states, 28 transitions, 17 executions, 0.250 s)\n",
        "",
    )
    assert checker.asked == [("q.py", "good", Options())]


def test_verdicts_come_first_then_the_counterexamples(checker: FakeCheck, capsys: Output) -> None:
    checker.reports = [deadlock(2), UNKNOWN]
    assert run(["check", "q.py", "--no-times"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:6] == [
        "examples/orders.py::supper: violated: deadlock (41 states, 67 transitions, 12 executions)",
        "q.py::big: unknown (0 states, 0 transitions, 0 executions)",
        "  max_states (5) was hit",
        "  warning: reads the wall clock",
        "2 programs: 1 violated, 1 unknown",
        "",
    ]
    assert lines[6:8] == ["examples/orders.py::supper: violated: deadlock", "no thread can go on"]
    assert lines[-1].endswith("No thread can go on.")


def test_quiet_prints_no_counterexample(checker: FakeCheck, capsys: Output) -> None:
    checker.reports = [deadlock(2)]
    assert run(["check", "q.py", "--quiet"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_json_prints_exactly_one_object(checker: FakeCheck, capsys: Output) -> None:
    checker.reports = [HOLDS, deadlock(2), UNKNOWN]
    assert run(["check", "q.py", "--json"]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [program["verdict"] for program in found["programs"]] == ["holds", "violated", "unknown"]
    assert found["verdict"] == "violated"
    assert err == ""


def test_two_runs_print_the_same_but_for_the_seconds(checker: FakeCheck, capsys: Output) -> None:
    outputs = []
    for seconds in (0.1, 0.2):
        checker.reports = [Report("q.py::good", Verdict.HOLDS, seconds=seconds)]
        for flag in ("--quiet", "--json"):
            run(["check", "q.py", flag, "--no-times"])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_every_option_reaches_the_check(checker: FakeCheck) -> None:
    checker.reports = [HOLDS]
    line = (
        "check q.py --strategy states --max-states 5 --max-seconds 0.5 --max-executions 7 --no-symmetry "
        "--no-table --no-alone-first "
        "--wake-order any --spurious --primitives stdlib --include a --include b.c --races --all"
    )
    assert run(line.split()) == 0
    assert checker.asked == [
        (
            "q.py",
            None,
            Options(
                strategy="states",
                max_states=5,
                max_seconds=0.5,
                max_executions=7,
                symmetry=False,
                table=False,
                alone_first=False,
                wake_order="any",
                spurious=True,
                primitives="stdlib",
                include=("a", "b.c"),
                races=True,
                go_on=True,
            ),
        )
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "name a command, check or replay; treadle --help tells more"),
        ("prove q.py", "No such command 'prove'."),
        ("check", "Missing argument 'FILE[::PROGRAM]...'."),
        ("check q.py --jobs 0", "Invalid value for '--jobs': 0 is not in the range x>=1."),
        ("replay a.json b.json", "Got unexpected extra argument (b.json)"),
        ("check q.py --frobnicate", "No such option"),
        (
            "check q.py --max-states none",
            "Invalid value for '--max-states': 'none' is not a valid integer range.",
        ),
        ("check q.py --max-states 0", "Invalid value for '--max-states': 0 is not in the range x>=1."),
        ("check q.py --max-seconds nan", "max-seconds must be a positive number, not nan"),
        ("check q.py --strategy guess", "strategy must be one of states, not 'guess'"),
        (
            "check q.py --wake-order lifo",
            "Invalid value for '--wake-order': 'lifo' is not one of 'fifo', 'any'.",
        ),
        ("check q.py::", "'q.py::' does not read FILE::PROGRAM"),
        ("check ::p", "'::p' does not read FILE::PROGRAM"),
        (
            "check q.py --save one.json",
            "--save FILE keeps one schedule: name the program as FILE::PROGRAM, or save in a folder",
        ),
        ("check q.py", "q.py: no program in it: a module-level function without parameters is needed"),
        ("replay", "Missing argument 'FILE.schedule.json'."),
        ("replay missing.json", "missing.json: No such file or directory"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(checker: FakeCheck, line: str, sentence: str, capsys: Output) -> None:
    assert run(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"treadle: {sentence}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("kind", [LoadError, Refused])
def test_bad_input_is_the_checks_own_sentence_and_status_2(
    checker: FakeCheck, kind: type[Exception], capsys: Output
) -> None:
    def refuse(progress: object) -> None:
        raise kind("q.py:3: the file is no Python:\n  correct line 3")

    checker.act = refuse
    assert run(["check", "q.py", "--json"]) == 2
    assert capsys.readouterr() == ("", "treadle: q.py:3: the file is no Python: correct line 3\n")


def test_an_error_of_treadles_own_says_so(checker: FakeCheck, capsys: Output) -> None:
    def fail(progress: object) -> None:
        raise KeyError("x")

    checker.act = fail
    assert run(["check", "q.py"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "treadle: an error of treadle's own (KeyError: 'x'), not of your program; please report it with "
        "what the "
        "same command prints with --debug\n"
    )
    for line in (["--debug", "check", "q.py"], ["check", "q.py", "--debug"]):
        assert run(line) == 70
        assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_version_and_help_are_no_errors(capsys: Output) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("treadle, version ")
    assert run(["--help"]) == 0
    assert run(["check", "--help"]) == 0
    assert "FILE[::PROGRAM]" in capsys.readouterr().out


# -- schedules ------------------------------------------------------------------------------------------


def test_saved_schedules_are_replayed(
    checker: FakeCheck, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checker.reports = [HOLDS, deadlock(2), livelock(2)]
    assert run(["check", "q.py", "--quiet", "--spurious", "--save", "kept"]) == 1
    names = ["orders--polling.schedule.json", "orders--supper.schedule.json"]
    assert sorted(path.name for path in Path("kept").iterdir()) == names
    assert "treadle replay kept/orders--supper.schedule.json" in capsys.readouterr().out
    checker.replayed = deadlock(2)
    assert run(["replay", "kept/orders--supper.schedule.json"]) == 1
    assert "No thread can go on." in capsys.readouterr().out
    schedule, options = checker.asked[-1]
    assert options == Options(spurious=True)
    assert schedule == Schedule.of(deadlock(2), Options(spurious=True))


def test_one_schedule_is_saved_under_the_name_given(checker: FakeCheck, tmp_path: Path, capsys: Output) -> None:
    file = tmp_path / "mine.json"
    checker.reports = [deadlock(2)]
    assert run(["check", "q.py::p", "--json", "--save", str(file)]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "violated"
    assert "schedule saved" in err
    assert Schedule.load(file).choices == Schedule.of(deadlock(2), Options()).choices


def test_a_place_where_nothing_can_be_saved(checker: FakeCheck, tmp_path: Path, capsys: Output) -> None:
    checker.reports = [deadlock(2)]
    (tmp_path / "file").touch()
    assert run(["check", "q.py", "--save", str(tmp_path / "file")]) == 2
    assert "neither a folder nor a name that ends in .json" in capsys.readouterr().err
    assert run(["check", "q.py", "--save", str(tmp_path / "file" / "below")]) == 2
    assert "the schedule cannot be saved" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (f"{NO_LONGER_VIOLATES}: it ran to its end", 0),
        ("choice 3 was not possible: consumer-1 is not enabled", 3),
    ],
)
def test_a_replay_tells_fixed_from_changed(
    checker: FakeCheck, tmp_path: Path, message: str, status: int, capsys: Output
) -> None:
    file = tmp_path / "x.schedule.json"
    Schedule.of(deadlock(2), Options()).save(file)
    checker.replayed = Report("q.py::p", Verdict.UNKNOWN, message=message)
    assert run(["replay", str(file)]) == status
    assert message in capsys.readouterr().out
    assert run(["replay", str(file), "--json"]) == status
    assert json.loads(capsys.readouterr().out)["programs"][0]["message"] == message


# -- while it runs --------------------------------------------------------------------------------------


def test_progress_is_shown_only_after_a_second(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(terminal, "_memory", lambda: ", 50 MB")
    progress = Progress(shown=True)
    for now[0], states in ((0.5, 10), (1.0, 1234), (1.05, 1300), (1.25, 2000)):
        progress(states, 2 * states, 7, 3, states // 100)
    progress.clear()
    first = "1,234 states, 2,468 transitions, 3 executions, 1.0 s, 7 to expand, 2,468 transitions/s, 99.5% looked up"
    second = "2,000 states, 4,000 transitions, 3 executions, 1.2 s, 7 to expand, 3,200 transitions/s, 99.5% looked up"
    assert capsys.readouterr().err == f"\r\x1b[K{first}, 50 MB\r\x1b[K{second}, 50 MB\r\x1b[K"


def test_elsewhere_than_on_a_terminal_progress_is_a_line_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(shown=True, plain=True)
    for now[0] in (1.0, 9.0, 10.0, 15.0, 20.0):
        progress(1, 2, 3, 4)
    progress.clear()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[3] for line in lines] == ["10.0 s", "20.0 s"]


def test_no_progress_is_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(shown=False)
    now[0] = 5.0
    progress(1, 2, 3, 4)
    progress.clear()
    assert capsys.readouterr().err == ""


NEVER_ENDING = """
import sys
sys.path.insert(0, {tests!r})
from checker.fakes import FakeCheck

def act(progress):
    progress(1234, 5678, 9, 17)
    print("running", file=sys.__stderr__, flush=True)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

fake = FakeCheck()
fake.act = act
sys.modules["treadle.checking"] = fake
from treadle.cli import main
main()
"""


def test_ctrl_c_stops_even_code_that_catches_everything(tmp_path: Path) -> None:
    script = NEVER_ENDING.format(tests=str(Path(__file__).parents[1]))
    process = subprocess.Popen(
        [sys.executable, "-c", script, "check", "q.py::p", "--json", "--save", "x.schedule.json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert err.startswith("treadle: interrupted after 1,234 states, 5,678 transitions, 17 executions, ")
    assert err.endswith(" s; no verdict\n")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    script = "import sys; sys.argv[1:] = ['--help']; from treadle.cli import main; sys.stdin.read(); main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)
    assert err == b""
    assert process.returncode == 141


def test_python_m_treadle_is_the_command() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "treadle", "check"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr == "treadle: Missing argument 'FILE[::PROGRAM]...'.\n"


# -- with the real check ------------------------------------------------------------------------------------

CROSSED = """
import threading

def crossed():
    a, b = threading.Lock(), threading.Lock()

    def take(first, second):
        with first:
            with second:
                pass

    threads = [threading.Thread(target=take, args=pair, name=n) for n, pair in (("x", (a, b)), ("y", (b, a)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_a_real_deadlock_is_found_told_saved_and_replayed(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("crossed.py").write_text(CROSSED)
    first = run(["check", "crossed.py", "--no-times", "--save", "kept"]), capsys.readouterr()
    second = run(["check", "crossed.py", "--no-times", "--save", "kept"]), capsys.readouterr()
    assert first == second
    status, (out, err) = first
    assert status == 1
    assert err == ""
    assert out.startswith("crossed.py::crossed: violated: deadlock (")
    assert "x and y wait for each other in a circle. No thread can go on." in " ".join(out.split())
    assert run(["replay", "kept/crossed--crossed.schedule.json", "--quiet", "--no-times"]) == 1
    assert capsys.readouterr().out == "crossed.py::crossed: violated: deadlock (2 steps, 1 execution)\n"
    Path("crossed.py").write_text(CROSSED.replace("(b, a)", "(a, b)"))
    assert run(["check", "crossed.py", "--quiet"]) == 0
    assert run(["replay", "kept/crossed--crossed.schedule.json"]) == 3


@pytest.mark.parametrize(
    ("content", "target"),
    [
        (None, "missing.py"),
        (None, "."),
        (b"def f(:\n", "bad.py"),
        (b"\xff\xfe\x00\x01", "bad.py"),
        (b"1 / 0\n", "bad.py"),
        (b"import no_such_module_at_all\n", "bad.py"),
        (b"def f(x): pass\n", "bad.py::f"),
        (b"f = 3\n", "bad.py::f"),
        (b"def f(): pass\n", "bad.py::g"),
        (b"def f(): pass\n", "bad.py::f"),
        (b"raise SystemExit(0)\n", "bad.py"),
        (b"", "bad.py"),
    ],
)
def test_a_file_that_cannot_be_checked_is_one_sentence_and_status_2(
    content: bytes | None, target: str, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("bad.py").write_bytes(content)
    assert run(["check", target]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("treadle: ")
    assert err.count("\n") == 1
