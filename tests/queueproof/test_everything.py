"""The main job: its theorems are shared out to processes, and what is printed does not depend on that."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from queueproof import __main__ as command
from queueproof import everything
from queueproof.everything import LONG, all_theorems, establish
from queueproof.unbounded.theorem import EXHAUSTED, Finding, Outcome, Searched, Theorem


def outcomes(theorems: list[Theorem], processes: int) -> list[tuple[str, bool, str, str]]:
    """All that is told of them but the seconds."""
    return [(one.name, it.ok, it.size, it.detail) for one, it in establish(theorems, processes)]


def test_what_comes_out_does_not_depend_on_the_number_of_processes() -> None:
    chosen = [one for one in all_theorems() if one.name in ("fault-naive", "fault-one-condition", "fault-if-in-get")]
    alone = outcomes(chosen, 1)
    assert [name for name, *_ in alone] == ["fault-naive", "fault-one-condition", "fault-if-in-get"]
    assert all(ok for _, ok, *_ in alone)
    assert outcomes(chosen, 2) == alone


def test_the_parts_that_take_longest_are_there() -> None:
    names = [part.name for theorem in all_theorems() for part in theorem.parts]
    assert [name for name in LONG if name not in names] == []


def test_no_two_theorems_have_the_same_name() -> None:
    names = [theorem.name for theorem in all_theorems()]
    assert len(names) == len(set(names))


def test_a_part_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Searched("good", lambda: Finding(True, states=2))
    bad = Searched("bad", lambda: Finding(False, states=1, detail="not so"))
    theorems = [Theorem("first", "", EXHAUSTED, (good, bad)), Theorem("second", "", EXHAUSTED, (good,))]
    monkeypatch.setattr(everything, "_known", lambda: {one.name: one for one in theorems})
    advanced: list[None] = []

    found = [outcome for _, outcome in establish(theorems, 1, lambda: advanced.append(None))]

    assert found == [
        Outcome(False, "2 parts, 3 states", found[0].seconds, "bad (search): not so", ("", "not so")),
        Outcome(True, "1 part, 2 states", found[1].seconds, "", ("",)),
    ]
    assert len(advanced) == 3


def test_ctrl_c_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    closed = []

    def interrupted(theorems: object, processes: int, advance: Callable[[], object]) -> Iterator[None]:
        try:
            advance()
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
            yield
        finally:
            closed.append(processes)

    monkeypatch.setattr(command, "establish", interrupted)
    monkeypatch.setattr(sys, "argv", ["queueproof", "--only", "fault-naive", "--jobs", "2"])
    with pytest.raises(SystemExit) as ended:
        command.run()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, closed) == (130, "", [2])
    assert err.startswith("queueproof: interrupted after 1 of 1 parts, ") and err.endswith(" s; no verdict\n")
