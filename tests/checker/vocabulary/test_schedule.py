"""Schedule files: written and read back unchanged, one choice a line, one clear sentence for each defect."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.report.samples import deadlock, livelock
from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import Schedule, ScheduleError, choice_text, file_name, parse_choice
from treadle.vocabulary.trace import Choice
from treadle.vocabulary.verdict import Reason, Report, Verdict

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
OPERATIONS = ANY_TEXT.map(str.strip).filter(bool)
ALTERNATIVES = st.sampled_from(["go", "timeout", "fail", "spurious", "waiter 2"])
CHOICES = st.builds(Choice, ANY_TEXT, OPERATIONS, ALTERNATIVES)
OPTIONS = st.builds(
    Options,
    wake_order=st.sampled_from(["fifo", "any"]),
    spurious=st.booleans(),
    primitives=st.sampled_from(["virtual", "stdlib"]),
    include=st.lists(ANY_TEXT).map(tuple),
    races=st.booleans(),
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    choices = tuple(draw(st.lists(CHOICES)))
    start = draw(st.none() | st.integers(0, len(choices) - 1)) if choices else None
    program = f"{draw(st.sampled_from(['q.py', 'a b/c.py', '../d.py', 'x::y.py']))}::two_consumers"
    return Schedule(program, choices, draw(OPTIONS), draw(st.none() | st.sampled_from(Reason)), start)


@given(schedules())
def test_a_schedule_reads_back_as_it_was_written(schedule: Schedule) -> None:
    assert Schedule.parse(schedule.text()) == schedule


@given(CHOICES)
def test_a_choice_reads_back_as_it_was_written(choice: Choice) -> None:
    assert parse_choice(choice_text(choice)) == choice


@given(st.text())
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        Schedule.parse(text)
    except ScheduleError as error:
        assert "\n" not in str(error)


def test_the_file_has_one_choice_a_line() -> None:
    schedule = Schedule.of(livelock(2), Options(wake_order="any", max_states=5))
    assert schedule.text() == (
        "{\n"
        '  "treadle": 1,\n'
        '  "program": "examples/orders.py::polling",\n'
        '  "options": {\n'
        '    "wake_order": "any"\n'
        "  },\n"
        '  "reason": "livelock",\n'
        '  "repeats_from": 3,\n'
        '  "choices": [\n'
        '    "getter-1: start",\n'
        '    "getter-2: start",\n'
        '    "clock: tick",\n'
        '    "getter-1: sleep in get",\n'
        '    "clock: tick",\n'
        '    "getter-2: sleep in get"\n'
        "  ]\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (
            Choice("consumer-1", "acquire queue.not_empty in get"),
            "consumer-1: acquire queue.not_empty in get",
        ),
        (Choice("c", "wait q.not_empty in get", "timeout"), "c: wait q.not_empty in get [timeout]"),
        (Choice("c", "acquire locks[0]"), "c: acquire locks[0]" + " [go]"),
        (Choice("a: b", "start"), '"a: b": start'),
        (Choice("", "start"), '"": start'),
        (Choice("Thread-1 (put)", "start"), "Thread-1 (put): start"),
    ],
)
def test_a_choice_is_readable(choice: Choice, text: str) -> None:
    assert choice_text(choice) == text
    assert parse_choice(text) == choice


GOOD = {"treadle": 1, "program": "q.py::p", "options": {}, "reason": "deadlock", "choices": ["a: start"]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"treadle": 2}, "schedule file of version 2, but this treadle reads version 1"),
        ({"treadle": True}, "schedule file of version True, but this treadle reads version 1"),
        ({"program": "q.py"}, "\"program\" must read FILE::name, not 'q.py'"),
        ({"program": "q.py::not a name"}, "\"program\" must read FILE::name, not 'q.py::not a name'"),
        ({"program": 3}, '"program" must be a text, not 3'),
        ({"choices": "a: start"}, "\"choices\" must be a list, not 'a: start'"),
        (
            {"options": {"max_states": 5}},
            "unknown option 'max_states' (known are wake_order, spurious, primitives, include, races, max_accesses)",
        ),
        ({"options": {"spurious": 1}}, "option 'spurious' cannot be 1"),
        ({"options": {"wake_order": "lifo"}}, "options: wake_order must be one of fifo, any, not 'lifo'"),
        ({"options": {"include": [1]}}, "option 'include' must be a list of module names, not [1]"),
        (
            {"reason": "bad luck"},
            "unknown reason 'bad luck' (known are deadlock, lost-wakeup, assertion, exception, "
            "invariant, specification, data-race, livelock, starvation, leak)",
        ),
        ({"repeats_from": 2}, '"repeats_from" must be the number of a choice (1 to 1), not 2'),
    ],
)
def test_each_defect_has_its_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        Schedule.parse(json.dumps(GOOD | change))
    assert str(caught.value) == sentence


@pytest.mark.parametrize("key", ["program", "options", "reason", "choices"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(ScheduleError, match=f'^the key "{key}" is missing$'):
        Schedule.parse(json.dumps({name: value for name, value in GOOD.items() if name != key}))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: not a schedule file: no JSON (Expecting value)"),
        (
            '{\n  "treadle": 1,\n  oops\n}',
            "line 3: not a schedule file: no JSON (Expecting property name enclosed in double quotes)",
        ),
        ("[" * 100_000, "not a schedule file: JSON with numbers or nesting out of bounds"),
        ("9" * 10_000, "not a schedule file: JSON with numbers or nesting out of bounds"),
        ("[1, 2]", 'not a schedule file: a JSON object with the key "treadle" was expected'),
        ("null", 'not a schedule file: a JSON object with the key "treadle" was expected'),
        (
            '{"name": "package.json"}',
            'not a schedule file: a JSON object with the key "treadle" was expected',
        ),
    ],
)
def test_what_is_no_schedule_file_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        Schedule.parse(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("line", ["no colon", "a:start", ": start", "a: ", '"a: start', 5, None, ["a: start"]])
def test_a_choice_that_cannot_be_read_is_named_with_its_line(line: object) -> None:
    text = json.dumps(GOOD | {"choices": ["a: start", line]}, indent=2)
    with pytest.raises(ScheduleError, match=r"^(line 8, )?choice 2: ") as caught:
        Schedule.parse(text)
    assert isinstance(line, list) or str(caught.value).startswith("line 8, ")


def test_the_program_is_kept_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / "schedules").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    schedule = Schedule("orders.py::two", (Choice("a", "start"),))
    schedule.save("schedules/two.schedule.json")
    assert '"program": "../orders.py::two"' in Path("schedules/two.schedule.json").read_text()
    assert Schedule.load("schedules/two.schedule.json") == schedule
    monkeypatch.chdir(tmp_path)
    assert Schedule.load("project/schedules/two.schedule.json").program == "project/orders.py::two"
    (tmp_path / "project").rename(tmp_path / "moved")
    assert Schedule.load("moved/schedules/two.schedule.json").program == "moved/orders.py::two"


def test_saving_makes_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "x.schedule.json"
    Schedule("q.py::p", ()).save(file)
    Schedule("q.py::p", (Choice("a", "start"),)).save(file)
    assert [path.name for path in file.parent.iterdir()] == ["x.schedule.json"]
    assert len(Schedule.load(file).choices) == 1


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.schedule.json"
    Schedule("q.py::p", ()).save(file)
    before = file.read_bytes()

    def interrupted(*paths: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Schedule("q.py::p", (Choice("a", "start"),)).save(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["x.schedule.json"]


def test_a_file_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match=r"missing\.json: No such file or directory$"):
        Schedule.load(tmp_path / "missing.json")
    with pytest.raises(ScheduleError, match=r": Is a directory$"):
        Schedule.load(tmp_path)
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScheduleError, match=r"binary\.json: not a schedule file: not UTF-8 text$"):
        Schedule.load(tmp_path / "binary.json")
    (tmp_path / "empty.json").write_bytes(b"")
    with pytest.raises(ScheduleError, match=r"empty\.json: line 1: not a schedule file"):
        Schedule.load(tmp_path / "empty.json")


def test_a_schedule_is_taken_from_a_report() -> None:
    schedule = Schedule.of(deadlock(2), Options(max_seconds=5, spurious=True))
    assert schedule.program == "examples/orders.py::supper"
    assert schedule.options == Options(spurious=True)
    assert schedule.reason is Reason.DEADLOCK
    with pytest.raises(ValueError, match="no counterexample"):
        Schedule.of(Report("a.py::f", Verdict.HOLDS), Options())


def test_the_file_is_named_after_the_program() -> None:
    assert file_name("dir/my queue.py::two") == "my_queue--two.schedule.json"
