"""Checking many programs: the reports are the same and in the same order, whoever does the work."""

from __future__ import annotations

import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import treadle
from support.sweeps import OPTIONS, STOCK, THEOREMS, Elsewhere, checked_alone, perform_if_spared, shop, timeless
from treadle.sandbox.importer import LoadError
from treadle.sweep.identity import SweepError, this_checker
from treadle.sweep.task import Task, perform
from treadle.sweep.workers import Work, done_by_processes
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Report, Verdict


@pytest.fixture(scope="module")
def alone() -> list[Report]:
    """The reports on the theorems' programs, each checked by itself."""
    return timeless(checked_alone())


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_reports_are_the_same_whatever_the_number_of_workers(jobs: int, alone: list[Report]) -> None:
    assert timeless(treadle.check_all(THEOREMS, jobs=jobs, **OPTIONS)) == alone
    assert [report.verdict for report in alone] == ["holds"] * 4 + ["violated", "violated", "unknown"]


def test_threads_wait_for_each_other(alone: list[Report]) -> None:
    with ThreadPoolExecutor(3) as executor:
        assert timeless(treadle.check_all(THEOREMS, executor=executor, **OPTIONS)) == alone


def test_the_report_of_a_task_whose_worker_was_killed(tmp_path: Path) -> None:
    tasks = [Task("shop.py", str(shop(tmp_path)), name, Options()) for name in ("one", "two")]
    works = [Work(task.label, perform_if_spared, (tmp_path / "killed", task, this_checker())) for task in tasks]
    found = dict(done_by_processes(works, 2))
    assert (tmp_path / "killed").exists()
    found_alone = treadle.check_all([(task.file, task.name) for task in tasks], jobs=1)
    assert [found[number].report.verdict for number in range(2)] == [report.verdict for report in found_alone]
    assert [found[number].report.states for number in range(2)] == [report.states for report in found_alone]


# -- what programs are called ---------------------------------------------------------------------------


def test_programs_are_named_as_for_check(tmp_path: Path) -> None:
    file = shop(tmp_path)
    found = treadle.check_all([(file, "one"), f"{file}::one", ((str(file), "one"), {"spurious": True})], jobs=1)
    assert [report.program for report in found] == [f"{file}::one"] * 3
    assert [report.verdict for report in found] == [Verdict.HOLDS] * 3


def test_options_of_its_own_go_before_the_common_ones(tmp_path: Path) -> None:
    file = shop(tmp_path)
    first, second = treadle.check_all([(file, "two"), ((file, "two"), {"max_states": 99})], jobs=1, max_states=1)
    assert (first.verdict, second.verdict) == (Verdict.UNKNOWN, Verdict.VIOLATED)


@pytest.mark.parametrize(
    ("jobs", "told"),
    [(0, "jobs must be a positive whole number, not 0"), (-2, "not -2"), (1.5, "not 1.5"), (True, "not True")],
)
def test_jobs_that_are_no_number_of_processes(jobs: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        treadle.check_all(["shop.py::one"], jobs=jobs)


def test_an_executor_has_its_own_workers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pass executor or jobs, not both"):
        treadle.check_all([(shop(tmp_path), "one")], jobs=2, executor=Elsewhere(tmp_path))


def test_no_program_is_no_sweep() -> None:
    with pytest.raises(ValueError, match="there is no program to check; name one"):
        treadle.check_all([])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none", r"there is no program 'none'; the programs of this file are: one, two, three, no_sales$"),
        ("_sales(len)", r"the arguments of a program are plain values, as in _sales\(2, 1\)$"),
        ("no_sales", r"shop.py: no_sales starts no thread; a program makes threads and starts them$"),
    ],
)
def test_a_name_of_no_program(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=told):
        treadle.check_all([(shop(tmp_path), "one"), (shop(tmp_path), name)], jobs=1)


# -- workers elsewhere ----------------------------------------------------------------------------------


def test_workers_whose_sources_are_others(tmp_path: Path) -> None:
    file = shop(tmp_path)
    with pytest.raises(SweepError) as told:
        others = Elsewhere(tmp_path / "stock.py", f"{STOCK}# a comment more")
        treadle.check_all([(file, "one")], executor=others, resume=tmp_path / "kept")
    assert str(told.value) == (
        f"{file}::one: {tmp_path / 'stock.py'} is not the same here as where it was checked; check again"
    )


REMEDY = "give the workers the same files in the same places, and the same packages"


def test_workers_that_lack_the_file(tmp_path: Path) -> None:
    file = shop(tmp_path)
    with pytest.raises(SweepError) as told:
        treadle.check_all([(file, "one")], executor=Elsewhere(file), resume=tmp_path / "kept")
    assert str(told.value) == (
        f"{file}::one: a worker on {platform.node()} cannot load the program (it has no file {file}); {REMEDY}"
    )


def test_workers_that_lack_a_module(tmp_path: Path) -> None:
    file = shop(tmp_path)
    with pytest.raises(SweepError) as told:
        treadle.check_all([(file, "one")], executor=Elsewhere(tmp_path / "stock.py"), resume=tmp_path / "kept")
    assert "importing the program raises ModuleNotFoundError: No module named 'stock'" in str(told.value)
    assert str(told.value).endswith(f"; {REMEDY}")


def test_a_worker_that_is_another_checker(tmp_path: Path) -> None:
    task = Task("shop.py", str(shop(tmp_path)), "one", Options())
    with pytest.raises(SweepError, match=r"^a worker on .* runs treadle .*, not treadle 7 \(source 0\) on X;"):
        perform(task, replace(this_checker(), version="7", digest="0", python="X"))
