"""What reaches for the world outside through modules that are not under check is refused like the rest."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from textwrap import dedent

import pytest

from support.cooperative import Execution
from treadle.sandbox import runtime
from treadle.sandbox.importer import Sandbox


def run(folder: Path, text: str) -> Execution:
    (folder / "prog.py").write_text(dedent(text))
    execution = Execution()
    execution.run(Sandbox(folder / "prog.py").load().program)
    return execution


@pytest.mark.parametrize(("imports", "use", "what"), [
    ("urllib.request", "urllib.request.urlopen('http://127.0.0.1:9/')", "socket.getaddrinfo"),
    ("http.client", "http.client.HTTPConnection('127.0.0.1', 9).connect()", "socket.getaddrinfo"),
    ("pty", "pty.spawn('true')", "pty.spawn"),
    ("webbrowser", "webbrowser.GenericBrowser('true').open('nowhere')", "subprocess.Popen"),
])  # fmt: skip
def test_a_module_of_the_process_is_stopped_at_the_world_outside(
    tmp_path: Path, imports: str, use: str, what: str
) -> None:
    with pytest.raises(runtime.Refused) as caught:
        run(tmp_path, f"import {imports}\ndef program():\n    return {use}\n")
    assert str(caught.value).startswith(f"{tmp_path / 'prog.py'}:3: {what} cannot be virtualised; ")


def test_a_thread_that_runs_nothing_of_the_programs_own_is_stopped_too(tmp_path: Path) -> None:
    execution = run(tmp_path, """
        import threading, urllib.request
        def program():
            opening = threading.Thread(target=urllib.request.urlopen, args=("http://127.0.0.1:9/",))
            opening.start()
            opening.join()
    """)  # fmt: skip
    said = str(execution.refusals[0])
    assert said.startswith(f"{tmp_path / 'prog.py'}:5: socket.getaddrinfo cannot be virtualised")


def test_a_refusal_that_is_swallowed_is_remembered(tmp_path: Path) -> None:
    execution = run(tmp_path, """
        import urllib.request
        def program():
            try:
                urllib.request.urlopen("http://127.0.0.1:9/")
            except BaseException:
                pass
    """)  # fmt: skip
    assert len(execution.refusals) == 1


def test_other_threads_of_the_process_do_what_they_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program is checked in the midst of a process that has connections and threads of its own."""
    Sandbox(_program(tmp_path))
    done: list[object] = []

    def connect() -> None:
        with socket.socket() as unconnected:
            done.append(unconnected.fileno())

    other = threading.Thread(target=connect)
    monkeypatch.setattr(runtime, "current", Execution())
    other.start()
    other.join()
    assert len(done) == 1 and not runtime.current.refusals  # type: ignore[union-attr]


def test_outside_of_an_execution_nothing_is_refused(tmp_path: Path) -> None:
    Sandbox(_program(tmp_path)).load()
    assert os.system("true") == 0


def _program(folder: Path) -> Path:
    (folder / "prog.py").write_text("def program(): pass\n")
    return folder / "prog.py"
