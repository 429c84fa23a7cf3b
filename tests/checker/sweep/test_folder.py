"""What is finished is kept, whatever ends the sweep; and results of other sources or versions are never mixed in."""

from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import treadle
from support.sweeps import OPTIONS, STOCK, THEOREMS, ended, shop
from treadle.cli import run
from treadle.sweep.folder import FILE, Folder
from treadle.sweep.identity import SweepError, this_checker
from treadle.sweep.task import Task
from treadle.vocabulary.options import Options

Output = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program and a sweep of it that is finished."""
    monkeypatch.chdir(tmp_path)
    shop(tmp_path)
    assert run(["check", "shop.py", "--resume", "kept", "--quiet"]) == 1
    return tmp_path


def sentence(capsys: Output, *arguments: str) -> str:
    """The one sentence on stderr with which a sweep ends with status 2."""
    capsys.readouterr()
    status = run(["check", *arguments])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("treadle: ") and err.count("\n") == 1
    return err.removeprefix("treadle: ").rstrip("\n")


def kept(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / FILE, timeout=30)) as store:
        return [name for (name,) in store.execute("select program from finished order by program")]


def test_what_is_finished_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = treadle.check_all(THEOREMS, jobs=1, resume=tmp_path / "kept", **OPTIONS)
    monkeypatch.setattr("treadle.sweep.programs.perform", None)
    assert treadle.check_all(THEOREMS, jobs=1, resume=tmp_path / "kept", **OPTIONS) == first


def test_other_options_are_another_question(here: Path) -> None:
    (found,) = treadle.check_all(["shop.py::two"], jobs=1, resume="kept", max_states=1)
    assert found.verdict == "unknown"
    (found,) = treadle.check_all(["shop.py::two"], jobs=1, resume="kept")
    assert found.verdict == "violated"


def test_a_file_by_another_name_is_the_same_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(Path("kept")) == ["no_sales", "one", "three", "two"]
    (here / "below").mkdir()
    monkeypatch.chdir("below")
    monkeypatch.setattr("treadle.sweep.programs.perform", None)
    (found,) = treadle.check_all(["../shop.py::two"], jobs=1, resume="../kept")
    assert found.program == "../shop.py::two"
    assert found.counterexample is not None and found.counterexample.text.startswith("../shop.py::two: violated")


SLOW = """
import os, threading
def slow():
    lock, made = threading.Lock(), []
    def work(i):
        open("process", "a").write(f"{os.getpid()}\\n")
        with lock: made.append(i)
    threads = [threading.Thread(target=work, args=(i,)) for i in range(30)]
    for thread in threads: thread.start()
"""


def begun(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A sweep in which one program is finished, and another is being checked and never will be."""
    (folder / "slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "treadle", "check", "shop.py::one", "slow.py", "--resume", "new", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and not (
        (folder / "new" / FILE).exists() and noted(folder / "process") and kept(folder / "new")
    ):
        time.sleep(0.05)
    return process


def noted(file: Path) -> int:
    """The process that is checking; 0 if none is yet."""
    first, end, _ = file.read_text().partition("\n") if file.exists() else ("", "", "")
    return int(first) if end else 0


def test_a_sweep_that_was_killed_goes_on(here: Path) -> None:
    process = begun(here, "--jobs", "2")
    process.kill()
    process.communicate(timeout=20)
    assert ended(noted(here / "process"))
    assert kept(here / "new") == ["one"]
    with closing(Folder(here / "new")) as folder:
        (done,) = [folder.found(Task("shop.py", str(here / "shop.py"), "one", Options()))]
    found = treadle.check_all(["shop.py::one", "shop.py::two"], jobs=1, resume="new")
    assert done is not None and found[0] == done.report
    assert [report.verdict for report in found] == ["holds", "violated"]


def test_ctrl_c_ends_the_workers_at_once_and_says_what_is_kept(here: Path) -> None:
    process = begun(here, "--jobs", "2")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err.startswith("treadle: interrupted after 1 of 2 programs (kept in new), ")
    assert err.endswith(" s; no verdict\n")
    assert ended(noted(here / "process"))
    assert kept(here / "new") == ["one"]


# -- folders that are not of this sweep -----------------------------------------------------------------


@pytest.mark.parametrize("file", ["shop.py", "stock.py"])
def test_a_source_that_has_changed(file: str, here: Path, capsys: Output) -> None:
    with Path(file).open("a") as text:
        text.write("# a comment more\n")
    assert sentence(capsys, "shop.py::one", "--resume", "kept") == (
        f"kept: {here / file} is not what it was when the results of this folder were found; put it back, "
        "or name another folder"
    )


def test_a_source_that_changes_during_a_sweep(here: Path, capsys: Output) -> None:
    with closing(Folder(Path("kept"))) as folder:
        done = folder.found(Task("shop.py", str(here / "shop.py"), "one", Options()))
        assert done is not None
        with pytest.raises(SweepError, match=f"{here / 'stock.py'} is not what it was"):
            folder.keep(Task("s.py", "s.py", "x", Options()), replace(done, digests={str(here / "stock.py"): "0"}))
    assert "x" not in kept(here / "kept")


@pytest.mark.parametrize("column", ["version", "digest", "python"])
def test_another_version(column: str, here: Path, capsys: Output) -> None:
    with closing(sqlite3.connect(here / "kept" / FILE)) as store, store:
        store.execute(f"update checker set {column} = 'another'")
    said = sentence(capsys, "shop.py", "--resume", "kept")
    assert said.startswith("kept: these results are of treadle ")
    assert "another" in said.partition(", and this is ")[0]
    assert said.endswith(f", and this is {this_checker()}; go on with that one, or name another folder")


def test_a_folder_with_other_things(here: Path, capsys: Output) -> None:
    said = sentence(capsys, "shop.py", "--resume", ".")
    assert said == ".: this folder holds other things than a sweep; name one that is new or empty"


def test_a_file_is_no_folder(here: Path, capsys: Output) -> None:
    assert sentence(capsys, "shop.py", "--resume", "stock.py").startswith("stock.py: the folder cannot be used (")
    assert Path("stock.py").read_text() == STOCK


def nonsense(file: Path) -> None:
    file.write_bytes(b"nonsense" * 1000)


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def something_else(file: Path) -> None:
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("update finished set report = ?", (pickle.dumps(os.system),))


def half_a_report(file: Path) -> None:
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("update finished set report = substr(report, 1, 40)")


@pytest.mark.parametrize("harm", [nonsense, truncated, something_else, half_a_report])
def test_a_damaged_folder(harm: Callable[[Path], None], here: Path, capsys: Output) -> None:
    harm(Path("kept") / FILE)
    said = sentence(capsys, "shop.py::one", "--resume", "kept")
    assert said == f"kept: {FILE} is damaged; remove the folder, or name another one"
