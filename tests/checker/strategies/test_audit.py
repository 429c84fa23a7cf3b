"""The audit executes a share of the looked-up transitions for real, and a record that is wrong does not get past it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oracle.programs import PROFILES, random_program
from support.outcomes import explored
from treadle.checking import check_file
from treadle.cli import run
from treadle.sandbox.importer import Sandbox
from treadle.strategies.audit import Mismatch
from treadle.strategies.states import Explorer
from treadle.strategies.store import Effect
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.verdict import Report

Output = pytest.CaptureFixture[str]

COUNTERS = """
import threading

def counters():
    lock, done = threading.Lock(), [0]

    def count(rounds):
        for _ in range(rounds):
            with lock:
                done[0] += 1

    for rounds in (2, 2, 3, 4):
        threading.Thread(target=count, args=(rounds,)).start()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("counters.py").write_text(COUNTERS)


def checked(**options: Any) -> Report:
    (report,) = check_file("counters.py", "counters", Options(**options))
    return report


def explorer(**options: Any) -> Explorer:
    """The counters, explored."""
    done = Explorer(Sandbox(Path("counters.py")), Program("counters"), Options(**options))
    done.explore()
    done.worlds.close()
    return done


def looked_up(done: Explorer) -> int:
    return sum(effect.used for effect in done.table.values())


def test_at_rate_one_every_look_up_is_audited_and_nothing_else_changes() -> None:
    plain, audited = explorer(), explorer(audit=1)
    assert plain.audit.audited == 0
    assert audited.audit.audited == looked_up(audited) == looked_up(plain) > 0
    assert len(audited.exploration.states) == len(plain.exploration.states)
    assert audited.exploration.transitions == plain.exploration.transitions


def test_a_share_is_audited_and_always_the_same() -> None:
    every, half = looked_up(explorer()), checked(audit=0.5).audited
    assert half is not None and 0.4 * every < half < 0.6 * every
    assert checked(audit=0.5).audited == half
    assert checked(audit=1e-12).audited == 0


def test_without_a_table_there_is_nothing_to_audit() -> None:
    assert checked(table=False, audit=1).audited == 0


@pytest.mark.parametrize("profile", PROFILES)
def test_random_programs_pass_the_audit_with_the_same_outcomes(profile: str, tmp_path: Path) -> None:
    for seed in range(2000, 2003):
        source = random_program(seed, PROFILES[profile])
        for options in ({}, {"symmetry": False}):
            plain, before = explored(source, tmp_path, **options)
            audited, after = explored(source, tmp_path, audit=1, **options)
            assert audited == plain
            assert (len(after.states), after.transitions) == (len(before.states), before.transitions)


# -- records that are wrong -------------------------------------------------------------------------------------------


def corrupting(monkeypatch: pytest.MonkeyPatch, corrupt: Callable[[Effect], Effect], which: int) -> None:
    """From now on every `which`th effect is recorded wrongly."""
    record, count = Explorer.record_step, 0

    def wrongly(self: Explorer, state: Any, place: int, alternative: str, key: Any, world: Any, **how: bool) -> Any:
        nonlocal count
        reached = record(self, state, place, alternative, key, world, **how)
        count += 1
        if key in self.table and count % which == 0:
            self.table[key] = corrupt(self.table[key])
        return reached

    monkeypatch.setattr(Explorer, "record_step", wrongly)


def thread_ends(effect: Effect) -> Effect:
    """As if the acting thread had come to its end."""
    return replace(effect, acting=None)


def another_starts(effect: Effect) -> Effect:
    """As if one more thread had been started that is like the acting one."""
    return replace(effect, spawned=(*effect.spawned, effect.acting))


CORRUPTIONS = (thread_ends, another_starts)


@pytest.mark.parametrize("corrupt", CORRUPTIONS)
@pytest.mark.parametrize("which", [1, 2])
def test_a_record_that_is_wrong_is_caught(
    corrupt: Callable[[Effect], Effect], which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrupting(monkeypatch, corrupt, which)
    with pytest.raises(
        Mismatch, match=r"in state \d+ of counters, private part \d+ going on \(go\) leads the real code"
    ):
        checked(audit=1)


def test_it_is_an_internal_error_with_a_sentence_that_names_program_state_and_choice(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    corrupting(monkeypatch, thread_ends, 1)
    assert run(["check", "counters.py::counters", "--audit", "1"]) == 70
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "an error of treadle's own (Mismatch: in state " in err
    assert " of counters, private part " in err and " going on (go) leads the real code to another state" in err


# -- what is told -----------------------------------------------------------------------------------------------------


def test_the_report_says_how_many_were_audited(capsys: Output) -> None:
    audited = checked(audit=0.2).audited
    assert run(["check", "counters.py::counters", "--audit", "0.2", "--no-times", "--quiet"]) == 0
    assert f" executions, {audited} audited)" in capsys.readouterr().out
    assert run(["check", "counters.py::counters", "--audit", "0.2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["programs"][0]["audited"] == audited
    assert run(["check", "counters.py::counters", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["programs"][0]["audited"] is None


@pytest.mark.parametrize("rate", ["-0.1", "1.5", "nan", "often"])
def test_a_rate_that_is_none(rate: str, capsys: Output) -> None:
    assert run(["check", "counters.py::counters", f"--audit={rate}"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("treadle: ") and err.count("\n") == 1 and "audit" in err


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan"), True, "0.5", None])
def test_a_rate_that_is_none_in_python(rate: Any) -> None:
    with pytest.raises(ValueError, match="audit must be a number from 0 to 1, not "):
        Options(audit=rate)
