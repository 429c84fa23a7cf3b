"""What an exploration did is confirmed from its certificate alone, and whatever is left out of that is noticed."""

from __future__ import annotations

import ast
import gzip
import random
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.programs import threaded_programs
from support.certificates import Entries, certified, entries, spoilt, states, written
from treadle.certificate import verify as verifier
from treadle.certificate.verify import NotConfirmed, Unreadable, verify
from treadle.kernel.execution import TICK
from treadle.strategies.store import Forms, Move
from treadle.vocabulary.verdict import Verdict

EXAMPLES = Path(__file__).parents[3] / "docs/examples"

TIMED = """
import threading

def program():
    condition, found = threading.Condition(), []

    def wait():
        with condition:
            found.append(condition.wait(2.0))

    def give():
        with condition:
            condition.notify()

    for target in (wait, give):
        threading.Thread(target=target).start()
"""
SLEEPING = """
import threading, time

def program():
    lock = threading.Lock()

    def hold(seconds):
        if lock.acquire(timeout=seconds):
            time.sleep(1.0)
            lock.release()

    for seconds in (0.5, 2.0):
        threading.Thread(target=hold, args=(seconds,)).start()
"""
READING = """
import threading, time

def program():
    began = time.monotonic()
    threading.Thread(target=lambda: time.monotonic() > began).start()
"""
DAEMONS = """
import threading

def program():
    goes = threading.Semaphore(0)

    def serve():
        goes.acquire()

    for _ in range(3):
        threading.Thread(target=serve, daemon=True).start()
    goes.release()
"""
LEAKING = """
import threading

def program():
    lock = threading.RLock()
    threading.Thread(target=lock.acquire).start()
"""
CHOOSING = """
import threading, treadle

def program():
    lock, given = threading.Lock(), []

    def give():
        if lock.acquire(blocking=False):
            given.append(treadle.choose(2))
            lock.release()

    threads = [threading.Thread(target=give) for _ in range(2)]
    for thread in threads:
        thread.start()
    threads[0].is_alive()
    threads[1].join(timeout=1.0)
"""
HIDDEN_LATER = """
import threading

def program():
    lock = threading.Lock()

    def work():
        with lock:
            pass
        with lock, open(__file__) as file:
            file.read()

    for _ in range(2):
        threading.Thread(target=work).start()
"""
HOLDS: dict[str, tuple[str | Path, str, int]] = {
    "pipeline": (EXAMPLES / "order_pipeline.py", "pipeline", 2),
    "two conditions": (EXAMPLES / "repairs.py", "two_conditions", 1),
    "generators": (EXAMPLES / "mailbox.py", "late_letter", 1),
    "timed wait": (TIMED, "program", 1),
    "timed acquire and sleep": (SLEEPING, "program", 1),
    "a reading of the clock": (READING, "program", 2),
    "daemons": (DAEMONS, "program", 1),
    "choices and looks": (CHOOSING, "program", 1),
}
"""A program that holds, and in how many states it can end."""

VIOLATED: dict[str, tuple[str | Path, str, int]] = {
    "deadlock": (EXAMPLES / "lock_order.py", "opposite_transfers", 2),
    "assertion": (EXAMPLES / "lost_update.py", "two_sales", 1),
    "exception": (EXAMPLES / "naive_orders.py", "shop", 1),
    "livelock": (EXAMPLES / "polling.py", "waiting_in_vain", 0),
    "leak": (LEAKING, "program", 1),
}
"""A program that is violated in this way, and in how many states it can end."""


@pytest.mark.parametrize("case", HOLDS)
def test_an_exploration_to_the_end_is_confirmed(case: str, tmp_path: Path) -> None:
    program, name, ends = HOLDS[case]
    report, certificate = certified(program, tmp_path, name)
    counts = f"states: {report.states}; transitions: {report.transitions}; ends: {ends}"
    assert verify(str(certificate)) == f"holds ({counts})"


@pytest.mark.parametrize("case", VIOLATED)
def test_so_is_one_that_found_a_violation(case: str, tmp_path: Path) -> None:
    program, name, ends = VIOLATED[case]
    report, certificate = certified(program, tmp_path, name, go_on=True)
    assert report.reason == case
    counts = f"states: {report.states}; transitions: {report.transitions}; ends: {ends}"
    assert verify(str(certificate)) == f"violated: {case} ({counts})"


@pytest.mark.parametrize("case", VIOLATED)
def test_one_that_stopped_at_the_violation_is_confirmed_as_far_as_it_went(case: str, tmp_path: Path) -> None:
    program, name, _ = VIOLATED[case]
    report, certificate = certified(program, tmp_path, name)
    followed = entries(certificate)[0]["followed"]
    cut = "" if case == "livelock" else f", {followed} followed in full"
    assert (followed < report.states) == bool(cut)
    assert verify(str(certificate)).startswith(f"violated: {case} (states: {report.states}{cut}; transitions: ")


@pytest.mark.parametrize(
    "options",
    [{"symmetry": False}, {"table": False}, {"primitives": "stdlib"}, {"wake_order": "any", "spurious": True}],
    ids=str,
)
def test_under_other_options_too(options: dict[str, Any], tmp_path: Path) -> None:
    for case in ("two conditions", "timed wait"):
        program, name, _ = HOLDS[case]
        report, certificate = certified(program, tmp_path, name, **options)
        said = verify(str(certificate))
        assert said.startswith(f"{report.verdict} (states: {report.states}; transitions: {report.transitions};")
        assert entries(certificate)[0]["options"] == options


def test_the_same_check_writes_the_same_certificate_compressed_or_not(tmp_path: Path) -> None:
    _, plain = certified(TIMED, tmp_path)
    first = plain.read_bytes()
    certified(TIMED, tmp_path)
    assert plain.read_bytes() == first
    compressed = tmp_path / "a.gz"
    said = first.decode().splitlines(keepends=True)
    with gzip.open(compressed, "wt") as file:
        file.writelines(said)
    assert verify(str(compressed)) == verify(str(plain))


# -- holes ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """The certificate of a program that holds, with 18 states and 28 transitions."""
    return certified(EXAMPLES / "repairs.py", tmp_path, "two_conditions")[1]


def refused(certificate: Path, change: Callable[[Entries], object]) -> str:
    with pytest.raises(NotConfirmed) as hole:
        verify(spoilt(certificate, change))
    return str(hole.value)


def where_several_go_on(said: Entries) -> dict[str, Any]:
    return next(state for state in states(said) if len(state["steps"]) > 1)


def end_of(said: Entries) -> dict[str, Any]:
    return next(state for state in states(said) if "end" in state)


def test_an_enabled_choice_that_was_not_followed(pair: Path) -> None:
    def drop(said: Entries) -> None:
        del where_several_go_on(said)["steps"][1]
        said[0]["transitions"] -= 1

    assert re.fullmatch(
        r"state \d+: that part \d+ goes on \(acquire: go\) is possible and is not followed", refused(pair, drop)
    )


def test_a_choice_that_was_followed_twice(pair: Path) -> None:
    def double(said: Entries) -> None:
        steps = where_several_go_on(said)["steps"]
        steps.append(steps[0])

    assert refused(pair, double).endswith("is followed 2 times")


def test_a_choice_that_nobody_had(pair: Path) -> None:
    def invent(said: Entries) -> None:
        state = where_several_go_on(said)
        state["steps"][0] = [state["steps"][0][0], "timeout", state["steps"][0][2]]

    assert refused(pair, invent).endswith("is followed and cannot happen")


def test_time_that_did_not_pass(tmp_path: Path) -> None:
    def stop(said: Entries) -> None:
        timed = next(state for state in states(said) if any(part is None for part, _, _ in state["steps"]))
        timed["steps"] = [step for step in timed["steps"] if step[0] is not None]

    assert refused(certified(TIMED, tmp_path)[1], stop).endswith("that time passes is possible and is not followed")


def test_a_state_that_is_missing(pair: Path) -> None:
    for number in range(18):
        assert refused(pair, lambda said, n=number: said.remove(states(said)[n])) == f"state {number} is missing"


def test_a_state_too_many(pair: Path) -> None:
    def twice(said: Entries) -> None:
        said.insert(-1, {**states(said)[5], "state": 18})

    assert refused(pair, twice) == "state 5 and state 18 are the same"
    assert refused(pair, lambda said: said.insert(-1, states(said)[5])) == "state 5 and state 5 are the same"


def test_parts_that_are_told_apart_and_are_the_same(pair: Path) -> None:
    for kind in ("shape", "shared", "private"):

        def twice(said: Entries, kind: str = kind) -> None:
            at, entry = next((at, e) for at, e in enumerate(said) if next(iter(e)) == kind)
            said.insert(at + 1, {**entry, kind: 10_000})

        assert refused(pair, twice).endswith(f"and {kind} 10000 are the same")


def test_a_target_that_is_not_there(pair: Path) -> None:
    def astray(said: Entries) -> None:
        states(said)[0]["steps"][0][2] = 99

    assert refused(pair, astray).endswith("leads to state 99, which is missing")


def test_a_target_where_somebody_else_has_moved(pair: Path) -> None:
    def astray(said: Entries) -> None:
        states(said)[0]["steps"][0][2] = 17

    assert refused(pair, astray).endswith("changes what another thread is about to do")


def test_a_state_that_nothing_leads_to(pair: Path) -> None:
    def lonely(said: Entries) -> None:
        for state in states(said):
            state["steps"] = [[part, way, 0 if to == 1 else to] for part, way, to in state["steps"]]

    assert refused(pair, lonely).endswith("state 1 is not reached from the initial state")


def test_an_end_that_was_not_judged_or_wrongly(pair: Path) -> None:
    end = end_of(entries(pair))["state"]
    assert refused(pair, lambda said: end_of(said).pop("end")) == f"state {end} is judged no end, and it is finished"
    for judgement in ("deadlock", "leak"):
        wrong = refused(pair, lambda said, judged=judgement: end_of(said).update(end=judged))
        assert wrong == f"state {end} is judged {judgement}, and it is finished"
    assert refused(pair, lambda said: states(said)[3].update(end="finished")).endswith("finished, and it is no end")


def test_a_deadlock_and_a_leak_that_pass_for_proper_ends(tmp_path: Path) -> None:
    for program, name, right in (
        (EXAMPLES / "lock_order.py", "opposite_transfers", "deadlock"),
        (LEAKING, "program", "leak"),
    ):
        _, certificate = certified(program, tmp_path, name, go_on=True)

        def whitewash(said: Entries) -> None:
            for state in states(said):
                if "end" in state:
                    state["end"] = "finished"

        assert refused(certificate, whitewash).endswith(f"is judged finished, and it is {right}")


def test_a_verdict_that_does_not_follow(pair: Path, tmp_path: Path) -> None:
    assert refused(pair, lambda said: said[0].update(verdict="violated", reason="deadlock")) == (
        "the verdict is violated: deadlock, and no state is"
    )
    assert refused(pair, lambda said: said[0].update(followed=5)) == (
        "the verdict is holds, and not every state was followed"
    )
    assert refused(pair, lambda said: said[0].update(transitions=27)) == (
        "the header says 27 transitions, and there are 28"
    )
    _, violated = certified(EXAMPLES / "lost_update.py", tmp_path, "two_sales", go_on=True)
    assert refused(violated, lambda said: said[0].update(verdict="holds")) == "the verdict is holds, and assertion"


def test_a_location_that_ought_to_be_visible(tmp_path: Path) -> None:
    _, certificate = certified(EXAMPLES / "order_pipeline.py", tmp_path, "pipeline")

    def unlocked(said: Entries) -> None:
        for entry in said:
            if "location" in entry and entry["location"][0] == "deque #4":
                entry["locks"] = []

    assert refused(certificate, unlocked) == (
        "['deque #4', '*'] must be visible: threads write it, and no lock is common to all accesses"
    )


def test_an_operation_without_a_rule(pair: Path) -> None:
    def rename(said: Entries) -> None:
        for entry in said:
            if entry.get("about to") == "acquire":
                entry["about to"] = "conquer"

    assert refused(pair, rename) == "there is no rule for the operation 'conquer'"


# -- a search that skips something ------------------------------------------------------------------------------------


def skipping(monkeypatch: pytest.MonkeyPatch, skipped: Callable[[list[Move]], list[Move]]) -> None:
    """From now on the explorer takes these choices for all that there are."""
    monkeypatch.setattr(Forms, "moves", lambda self, key, all_of=Forms.moves: skipped(all_of(self, key)))


SKIPS: dict[str, Callable[[list[Move]], list[Move]]] = {
    "the last of three": lambda choices: choices[:2],
    "all ticks while something else can happen": lambda choices: [c for c in choices if c[1] != TICK] or choices,
    "all timeouts": lambda choices: [c for c in choices if c[1] != "timeout"],
    "the thread that comes last": lambda choices: [c for c in choices if c[0] != choices[-1][0]] or choices,
}


@pytest.mark.parametrize("skip", SKIPS)
def test_a_search_that_skips_choices_is_found_out(skip: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    skipping(monkeypatch, SKIPS[skip])
    _, certificate = certified(SLEEPING, tmp_path)
    with pytest.raises(NotConfirmed, match="is possible and is not followed"):
        verify(str(certificate))


# -- what cannot be confirmed -----------------------------------------------------------------------------------------


def test_a_search_that_was_cut_short_is_no_proof(tmp_path: Path) -> None:
    report, certificate = certified(EXAMPLES / "order_pipeline.py", tmp_path, "pipeline", max_states=100)
    assert report.verdict is Verdict.UNKNOWN
    with pytest.raises(NotConfirmed, match="the verdict is unknown: the search was cut short: more than 100 states"):
        verify(str(certificate))

    def as_if(said: Entries) -> None:
        said[0]["verdict"] = "holds"

    assert refused(certificate, as_if) == "the verdict is holds, and not every state was followed"


def test_neither_is_one_in_which_a_state_was_not_seen_whole(tmp_path: Path) -> None:
    report, certificate = certified(EXAMPLES / "open_ledger.py", tmp_path, "two_clerks")
    assert report.verdict is Verdict.HOLDS
    with pytest.raises(NotConfirmed, match="state 0 was not seen whole, so what can happen in it cannot be derived"):
        verify(str(certificate))
    _, certificate = certified(HIDDEN_LATER, tmp_path)
    with pytest.raises(NotConfirmed, match=r"state [1-9]\d* was not seen whole, so"):
        verify(str(certificate))


def unreadable(certificate: str | Path) -> str:
    with pytest.raises(Unreadable) as error:
        verify(str(certificate))
    return str(error.value)


def test_a_file_that_is_cut_off_anywhere(pair: Path, tmp_path: Path) -> None:
    whole, cut = pair.read_bytes(), tmp_path / "cut"
    for length in random.Random(0).sample(range(1, len(whole) - 1), 60):
        cut.write_bytes(whole[:length])
        assert unreadable(cut).startswith("it is cut off")
    with gzip.open(tmp_path / "whole.gz", "wb") as file:
        file.write(whole)
    compressed = (tmp_path / "whole.gz").read_bytes()
    for length in (20, len(compressed) // 2, len(compressed) - 1):
        (tmp_path / "cut.gz").write_bytes(compressed[:length])
        assert unreadable(tmp_path / "cut.gz") == "it is cut off or damaged"


def test_a_file_that_is_no_certificate(pair: Path, tmp_path: Path) -> None:
    said = entries(pair)
    other = written([{**said[0], "certificate": 2}, *said[1:]], tmp_path / "other")
    assert unreadable(other) == "its format is version 2; only 1 is understood here"
    assert unreadable(tmp_path / "none") == "it cannot be read: No such file or directory"
    for text in ("", "[]\n", "3\n", '{"certificate": 1}\n', '"text"\n', "{}\n{}\n", "[" * 100_000):
        (tmp_path / "text").write_text(text)
        assert unreadable(tmp_path / "text").startswith(("it is no certificate", "it is cut off"))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert unreadable(tmp_path / "bytes") == "it is cut off or damaged"
    (tmp_path / "plain.gz").write_bytes(b"plain")
    assert unreadable(tmp_path / "plain.gz").startswith("it cannot be read")


def test_what_does_not_fit_together_is_no_certificate(pair: Path, tmp_path: Path) -> None:
    for kind in ("shape", "shared", "private"):
        said = [entry for entry in entries(pair) if next(iter(entry)) != kind]
        assert unreadable(written(said, tmp_path / "torn")).startswith("it is no certificate (KeyError")


# -- independence -----------------------------------------------------------------------------------------------------


def test_the_verifier_is_small_and_imports_the_standard_library_only() -> None:
    source = Path(verifier.__file__).read_text()
    assert len(source.splitlines()) < 200
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            imported.add(str(node.module).partition(".")[0])
    assert imported <= sys.stdlib_module_names
    assert "importlib" not in imported and "__import__" not in source


@settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=threaded_programs(), data=st.data())
def test_every_certificate_is_confirmed_and_every_transition_is_missed(source: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report, certificate = certified(source, Path(folder), go_on=True, max_seconds=60)
        if report.verdict is Verdict.UNKNOWN:
            return
        assert verify(str(certificate)).startswith(report.verdict)
        rows = [
            (at, step) for at, state in enumerate(states(entries(certificate))) for step in range(len(state["steps"]))
        ]
        at, step = data.draw(st.sampled_from(rows))

        def drop(said: Entries) -> None:
            del states(said)[at]["steps"][step]
            said[0]["transitions"] -= 1

        assert refused(certificate, drop).endswith("is possible and is not followed")
