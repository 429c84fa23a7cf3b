"""Published packages are judged rightly: the faults that are known of them are found, and what is sound holds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from cases.table import CASES, PROGRAMS, ROOT, Case

PAGE = (ROOT / "docs/cases.md").read_text(encoding="utf-8")


def checked(case: Case, *options: str) -> str:
    """What `treadle check` prints for the case."""
    if not case.folder.exists():
        pytest.skip(f"{case.requirement} is not installed; `make cases` does it")
    included = [option for name in case.include for option in ("--include", name)]
    command = [sys.executable, "-m", "treadle", "check", f"{PROGRAMS.relative_to(ROOT)}/{case.program}", *included]
    done = subprocess.run(
        [*command, "--max-seconds", "300", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(case.folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.requirement} {case.program.partition('::')[2]}")
def test_each_package_gets_the_verdict_that_it_deserves(case: Case) -> None:
    (report,) = json.loads(checked(case, "--json"))["programs"]
    verdict = ": ".join(filter(None, (report["verdict"], report.get("reason"))))
    assert verdict == case.verdict
    if sys.version_info[:2] == (3, 11):  # of the standard library other versions have other steps
        assert report["states"] == case.states


def test_the_page_shows_every_case_as_it_is() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \S+ \d", line)]
    assert rows == [case.row for case in CASES]


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="it is shown as CPython 3.11 has it")
def test_the_counterexample_of_the_page_is_the_one_that_is_printed() -> None:
    *_, shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    (case,) = (case for case in CASES if case.package == "paho-mqtt")
    printed = checked(case, "--no-times").replace(f"{os.path.dirname(os.__file__)}{os.sep}", "")
    assert [line.rstrip() for line in printed.splitlines()] == shown.splitlines()
