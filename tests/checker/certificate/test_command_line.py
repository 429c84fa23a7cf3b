"""Certificates on the command line: where they are written, what the statuses say, and what is refused beforehand."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

import treadle
from support.certificates import entries
from treadle.certificate.destination import CertificateError
from treadle.cli import run
from treadle.strategies.states import Explorer

Output = pytest.CaptureFixture[str]

PROGRAM = """
import threading

def program():
    lock = threading.Lock()

    def work():
        with lock:
            pass

    for _ in range(2):
        threading.Thread(target=work).start()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prog.py").write_text(PROGRAM)
    return tmp_path


@pytest.mark.parametrize("name", ["a.certificate", "a.gz"])
def test_it_is_written_and_confirmed(name: str, capsys: Output) -> None:
    assert run(["check", "prog.py::program", "--no-times", "--certificate", name]) == 0
    assert capsys.readouterr().out == "prog.py::program: holds (3 states, 2 transitions, 1 execution)\n"
    assert run(["verify-certificate", name]) == 0
    assert capsys.readouterr() == (f"{name}: confirmed: holds (states: 3; transitions: 2; ends: 1)\n", "")
    assert sorted(path.name for path in Path().iterdir() if path.name != "__pycache__") == [name, "prog.py"]


def test_the_header_says_what_was_checked_with_what() -> None:
    report = treadle.check("prog.py::program", certificate="c", wake_order="any", audit=1)
    header = entries(Path("c"))[0]
    assert header["program"] == report.program == "prog.py::program"
    assert header["options"] == {"wake_order": "any", "audit": 1}
    assert (header["verdict"], header["reason"]) == ("holds", None)
    assert (header["states"], header["followed"], header["transitions"]) == (3, 3, 2)
    assert header["python"].startswith("CPython 3.")
    source = hashlib.sha256(Path("prog.py").read_bytes()).hexdigest()
    assert header["sources"]["prog"] == source and set(header["sources"]) == {"prog", "threading", "treadle_gathering"}


def test_a_hole_is_named_and_the_status_is_1(capsys: Output) -> None:
    run(["check", "prog.py::program", "--certificate", "c", "--max-states", "1", "--quiet"])
    capsys.readouterr()
    assert run(["verify-certificate", "c"]) == 1
    out, err = capsys.readouterr()
    assert (
        out == ("c: not confirmed: the verdict is unknown: the search was cut short: more than 1 states\n")
        and err == ""
    )


def test_a_file_that_is_none_is_bad_input(capsys: Output) -> None:
    assert run(["verify-certificate", "none"]) == 2
    assert capsys.readouterr() == ("", "treadle: none: it cannot be read: No such file or directory\n")
    assert run(["verify-certificate", "prog.py"]) == 2
    assert capsys.readouterr() == ("", "treadle: prog.py: it is cut off or damaged\n")


def refused(path: str, capsys: Output, target: str = "prog.py::program") -> str:
    """The sentence with which the check is refused."""
    assert run(["check", target, "--certificate", path]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("treadle: ") and err.count("\n") == 1
    return err.removeprefix("treadle: ").rstrip("\n")


@pytest.fixture
def unexplored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever explores fails the test."""

    def explore(self: Explorer) -> None:
        raise AssertionError("explored")

    monkeypatch.setattr(Explorer, "explore", explore)


@pytest.mark.usefixtures("unexplored")
def test_where_none_can_be_written_nothing_is_explored(here: Path, capsys: Output) -> None:
    at = "no certificate can be written here"
    assert refused("none/c", capsys) == f"none/c: {at}: No such file or directory; name another"
    assert refused("prog.py/c", capsys) == f"prog.py/c: {at}: Not a directory; name another"
    assert refused(".", capsys) == f".: {at}: this is no file; name one"
    assert refused("/dev/null", capsys) == f"/dev/null: {at}: this is no file; name one"
    assert refused("c" * 300, capsys).endswith(f"{at}: File name too long; name another")
    assert refused("c", capsys, "prog.py") == "c: a certificate is of one program; name it as FILE::PROGRAM"
    assert not Path("c").exists()
    with pytest.raises(CertificateError, match=at):
        treadle.check("prog.py::program", certificate="none/c")


@pytest.mark.usefixtures("unexplored")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_nor_where_one_may_not_write(here: Path, capsys: Output) -> None:
    folder = here / "closed"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert (
        refused("closed/c", capsys) == "closed/c: no certificate can be written here: Permission denied; name another"
    )


def test_a_check_that_ends_in_an_error_leaves_the_old_certificate(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    run(["check", "prog.py::program", "--certificate", "c"])
    before = Path("c").read_bytes()
    monkeypatch.setattr("treadle.certificate.writer.digests", lambda sandbox: 1 / 0)
    assert run(["check", "prog.py::program", "--certificate", "c"]) == 70
    assert Path("c").read_bytes() == before
    assert not [path for path in Path().iterdir() if path.name.startswith(".c")]


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert refused("c", capsys) == "c: the certificate cannot be written: No space left on device; name another"
