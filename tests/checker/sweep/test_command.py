"""`treadle check` with several files and several processes prints what it prints with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.sweeps import shop
from treadle.cli import run

Output = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shop(tmp_path)
    return tmp_path


def printed(capsys: Output, *arguments: str) -> tuple[int, str, str]:
    """The status, the output and the errors of a check."""
    capsys.readouterr()
    status = run(["check", *arguments, "--no-times"])
    return (status, *capsys.readouterr())


@pytest.mark.parametrize("options", [(), ("--json",), ("--all", "--save", "kept")])
def test_several_processes_print_what_one_does(options: tuple[str, ...], here: Path, capsys: Output) -> None:
    alone = printed(capsys, "shop.py", *options)
    assert alone[0] == 1
    assert printed(capsys, "shop.py", "--jobs", "2", *options) == alone


def test_several_files_come_in_their_order(here: Path, capsys: Output) -> None:
    status, out, err = printed(capsys, "shop.py::three", "shop.py", "shop.py::one", "--quiet")
    names = [line.partition(": ")[0] for line in out.splitlines() if not line.startswith("  ")]
    assert names == [*(f"shop.py::{name}" for name in ("three", "one", "two", "three", "one")), "5 programs"]
    assert (status, err) == (1, "")


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (["shop.py::one", "none.py"], "none.py: there is no such file; check the path"),
        (
            ["shop.py::one", "shop.py::no_sales"],
            "shop.py: no_sales starts no thread; a program makes threads",
        ),
        (["shop.py", "stock.py"], "stock.py: no function in this file is a program; write one without parameters"),
        (["shop.py", "stock.py", "--save", "x.json"], "--save FILE keeps one schedule: name the program"),
    ],
)
def test_a_file_that_is_none_or_has_no_program(targets: list[str], said: str, here: Path, capsys: Output) -> None:
    status, out, err = printed(capsys, *targets)
    assert (status, out) == (2, "")
    assert err.startswith(f"treadle: {said}") and err.count("\n") == 1
