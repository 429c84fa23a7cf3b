"""`@treadle.checked` and the pytest plugin: programs that are tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.fakes import FakeCheck, checker
from checker.report.samples import deadlock
from treadle.checked import ATTRIBUTE, checked
from treadle.sandbox.guards import MARK
from treadle.sandbox.importer import LoadError
from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import NO_LONGER_VIOLATES, Schedule
from treadle.vocabulary.verdict import Report, Verdict

__all__ = ["checker"]

HOLDS = Report("q.py::good", Verdict.HOLDS)
UNKNOWN = Report("q.py::big", Verdict.UNKNOWN, message="max_states (5) was hit", warnings=("a warning",))


def program() -> None:
    raise RuntimeError("a checked program is never executed outside of a check")


class Decorated:
    """Holds the decorated ones, which pytest would otherwise collect from this very file."""

    holds = staticmethod(checked(max_states=9, spurious=True)(program))
    deadlocks = staticmethod(checked(expect="violated", reason="deadlock")(program))


def test_calling_a_checked_program_checks_it(checker: FakeCheck) -> None:
    checker.reports = [HOLDS]
    Decorated.holds()
    assert checker.asked == [(Path(__file__), "program", Options(max_states=9, spurious=True))]


@pytest.mark.parametrize("report", [deadlock(2), UNKNOWN])
def test_a_program_that_does_not_hold_fails_with_the_readable_report(checker: FakeCheck, report: Report) -> None:
    checker.reports = [report]
    with pytest.raises(AssertionError) as failure:
        Decorated.holds()
    assert str(failure.value).startswith("expected holds, found:\n\n")
    assert ("No thread can go on." if report.counterexample else "max_states (5) was hit\na warning") in str(
        failure.value
    )


def test_a_fault_that_is_found_as_expected_passes(checker: FakeCheck) -> None:
    checker.reports = [deadlock(2)]
    Decorated.deadlocks()


@pytest.mark.parametrize("report", [HOLDS, UNKNOWN, Report("p", Verdict.VIOLATED)])
def test_a_fault_that_is_not_found_as_expected_fails(checker: FakeCheck, report: Report) -> None:
    checker.reports = [report]
    with pytest.raises(AssertionError, match=r"^expected violated: deadlock, found:"):
        Decorated.deadlocks()


def test_in_the_sandbox_the_decorator_gives_back_the_plain_function() -> None:
    namespace: dict[str, object] = {MARK: True, "checked": checked}
    exec("@checked(max_states=3)\ndef plain():\n    return 7\n", namespace)
    plain = namespace["plain"]
    assert callable(plain)
    assert plain() == 7
    assert not hasattr(plain, ATTRIBUTE)


def test_what_is_no_program_cannot_be_checked() -> None:
    def nested() -> None: ...

    for wrong, told in (
        (nested, "is no program: a module-level function without parameters is needed"),
        (lambda x: x, "is no program"),
        (len, "checked\\(\\) decorates a function, not .* with parentheses"),
    ):
        with pytest.raises(TypeError, match=told):
            checked()(wrong)  # type: ignore[arg-type]


def test_options_are_checked_where_they_are_written() -> None:
    with pytest.raises(TypeError, match="max_stats"):
        checked(max_stats=3)
    with pytest.raises(ValueError, match="max_states must be a positive number"):
        checked(max_states=0)
    with pytest.raises(ValueError, match="perhaps"):
        checked(expect="perhaps")
    with pytest.raises(ValueError, match="bad luck"):
        checked(expect="violated", reason="bad luck")
    with pytest.raises(ValueError, match="goes with expect='violated' only"):
        checked(reason="deadlock")


def test_a_failure_is_kept_and_replayed_first(checker: FakeCheck, tmp_path: Path) -> None:
    test = getattr(Decorated.holds, ATTRIBUTE)
    checker.reports = [deadlock(2)]
    with pytest.raises(AssertionError, match=r"^expected holds"):
        test.run(tmp_path)
    (stored,) = tmp_path.iterdir()
    assert stored.name == "test_pytest_plugin--program.schedule.json"
    assert Schedule.load(stored).options == Options(spurious=True)

    checker.asked.clear()
    checker.replayed = deadlock(2)
    with pytest.raises(AssertionError, match=r"^the schedule of .* still violates\n\n.*supper: violated: deadlock"):
        test.run(tmp_path)
    assert [type(asked[0]) for asked in checker.asked] == [Schedule], "the replay is enough"

    checker.asked.clear()
    checker.replayed = Report("p", Verdict.UNKNOWN, message=NO_LONGER_VIOLATES)
    checker.reports = [HOLDS]
    test.run(tmp_path)
    assert [type(asked[0]) for asked in checker.asked] == [Schedule, type(Path())], "a replay proves nothing"


def test_expected_faults_are_not_kept(checker: FakeCheck, tmp_path: Path) -> None:
    checker.reports = [deadlock(2)]
    getattr(Decorated.deadlocks, ATTRIBUTE).run(tmp_path)
    assert list(tmp_path.iterdir()) == []


# -- under pytest ---------------------------------------------------------------------------------------

TEST_FILE = """
import treadle
from treadle.checked import checked

@checked()
def two_consumers():
    pass

@checked(expect="violated", reason="deadlock")
def test_faulty():
    pass

def helper():
    raise RuntimeError("not collected")
"""


def collect_and_run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=TEST_FILE)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_checked_programs_are_collected_whatever_their_names(checker: FakeCheck, pytester: pytest.Pytester) -> None:
    checker.reports = [HOLDS]
    result = collect_and_run(pytester, "-v")
    result.stdout.fnmatch_lines(["test_it.py::two_consumers PASSED*", "test_it.py::test_faulty FAILED*"])
    result.assert_outcomes(passed=1, failed=1)


def test_the_failure_is_the_report_without_a_traceback(checker: FakeCheck, pytester: pytest.Pytester) -> None:
    checker.reports = [deadlock(2)]
    result = collect_and_run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["expected holds, found:", "examples/orders.py::supper: violated: deadlock"])
    result.stdout.no_fnmatch_line("*checked.py:*")
    result.stdout.no_fnmatch_line("*another exception*")


def test_bad_input_is_one_sentence_under_pytest_too(checker: FakeCheck, pytester: pytest.Pytester) -> None:
    def refuse(progress: object) -> None:
        raise LoadError("test_it.py:3: cannot be loaded; do this")

    checker.act = refuse
    result = collect_and_run(pytester)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["test_it.py:3: cannot be loaded; do this"])


def test_the_option_keeps_failing_schedules(checker: FakeCheck, pytester: pytest.Pytester) -> None:
    checker.reports = [deadlock(2)]
    collect_and_run(pytester, "--treadle-save", "kept")
    assert [path.name for path in Path("kept").iterdir()] == ["test_it--two_consumers.schedule.json"]
    checker.replayed = deadlock(2)
    result = collect_and_run(pytester, "--treadle-save", "kept")
    result.stdout.fnmatch_lines(["the schedule of kept/test_it--two_consumers.schedule.json still violates"])
