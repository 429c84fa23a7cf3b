"""The main job: what could not be established is red and fails it; what it is asked for that is not there is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from queueproof.unbounded import missing_engines

RED, BOLD, END = "\x1b[31m", "\x1b[1m", "\x1b[0m"
needs_engines = pytest.mark.skipif(bool(missing_engines()), reason="an engine has no wheel for this interpreter")


def queueproof(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "queueproof", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


@pytest.fixture
def without_cvc5(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "cvc5.py").write_text('raise ImportError("not on this machine")\n', encoding="utf-8")
    return {"PYTHONPATH": str(tmp_path)}


@needs_engines
def test_a_theorem_that_was_not_established_is_red_and_fails_the_job(without_cvc5: dict[str, str]) -> None:
    done = queueproof("--only", "no-deadlock", FORCE_COLOR="1", **without_cvc5)

    assert done.returncode == 1
    assert f"{RED}FAILED{END} {BOLD}no-deadlock{END}: {RED}not established{END}" in done.stdout
    assert "not checked: Z3 + cvc5 cannot be imported here (not on this machine)" in done.stdout
    assert "0 of 1 theorems established" in done.stdout


@needs_engines
def test_a_program_reads_the_same_as_a_person(without_cvc5: dict[str, str]) -> None:
    failed = queueproof("--only", "no-deadlock", "--json", **without_cvc5)
    done = queueproof("--only", "no-deadlock", "--json", "--no-times")

    assert (failed.returncode, json.loads(failed.stdout)["ok"]) == (1, False)
    assert done.returncode == 0
    (theorem,) = json.loads(done.stdout)["theorems"]
    assert (theorem["name"], theorem["ok"], theorem["established"]) == ("no-deadlock", True, "proved for all")
    assert theorem["size"] == "2 parts, 20 paths, 8 queries"


@pytest.mark.parametrize("option", ["--only", "--explain"])
def test_a_theorem_that_is_not_there_is_bad_usage(option: str) -> None:
    done = queueproof(option, "no-such-theorem")

    assert done.returncode == 2
    assert "there is no theorem 'no-such-theorem'; the theorems are: two-conditions, " in done.stderr
