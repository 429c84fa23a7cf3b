"""What each peer prints is read as what it says; a search that did not reach everything is never read as a pass."""

from __future__ import annotations

import json

import pytest

from bench import harmony, ours, pythons, spin
from bench.subject import Answer

SPIN_PASS = """
(Spin Version 6.5.2 -- 6 December 2019)
State-vector 44 byte, depth reached 31, errors: 0
       27 states, stored
       24 states, matched
       51 transitions (= stored+matched)
"""
SPIN_DEADLOCK = """
pan:1: invalid end state (at depth 25)
pan: wrote buffer.pml.trail
Warning: Search not completed
State-vector 36 byte, depth reached 35, errors: 1
       11 states, stored
       13 transitions (= stored+matched)
"""
SPIN_SHALLOW = """
error: max search depth too small
State-vector 44 byte, depth reached 99, errors: 0
     1000 states, stored
     3000 transitions (= stored+matched)
"""
SPIN_FULL = """
pan: reached -DMEMLIM bound
Warning: Search not completed
State-vector 44 byte, depth reached 31, errors: 0
     1000 states, stored
     3000 transitions (= stored+matched)
"""
SPIN_ASSERTION = SPIN_DEADLOCK.replace("invalid end state", "assertion violated")


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (SPIN_PASS, Answer("holds", 27, 51)),
        (SPIN_DEADLOCK, Answer("deadlock", 11, 13)),
        (SPIN_SHALLOW, Answer("unknown", 1000, 3000, note="search not completed")),
        (SPIN_FULL, Answer("unknown", 1000, 3000, note="search not completed")),
        (SPIN_ASSERTION, Answer("failed", 11, 13, note="an error that is no deadlock")),
        ("spin: error: syntax error", Answer("failed", note="spin: error: syntax error")),
        ("", Answer("failed", note="no output")),
    ],
    ids=["pass", "deadlock", "too-shallow", "out-of-memory", "assertion", "syntax", "nothing"],
)
def test_spin(output: str, answer: Answer) -> None:
    assert spin.read(output, 0) == answer


HARMONY = """
* Phase 2: run the model checker (nworkers = 2)
* Phase 3: Scan states
    * 244 states (time 0.06s, mem=0.000GB, diameter=29)
    * 120/688 computations/edges
* Phase 4: Further analysis
    * **{}**
"""


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (HARMONY.format("No issues found"), Answer("holds", 244, 688)),
        (HARMONY.format("Non-terminating state (possibly deadlock)"), Answer("deadlock", 244, 688)),
        (HARMONY.format("Safety Violation"), Answer("failed", note="* **Safety Violation**")),
        ("line 3: parse error", Answer("failed", note="line 3: parse error")),
    ],
    ids=["pass", "deadlock", "another-issue", "syntax"],
)
def test_harmony(output: str, answer: Answer) -> None:
    assert harmony.read(output, 0) == answer


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ('chatter\n{"verdict": "holds", "schedules": 102, "note": "bounded"}\n', Answer("holds", 102, note="bounded")),
        ('{"verdict": "deadlock"}', Answer("deadlock")),
        ('{"verdict": "unknown", "note": "gave up"}', Answer("unknown", note="gave up")),
        ("Traceback\nRuntimeError: not here", Answer("failed", note="RuntimeError: not here")),
        ("7", Answer("failed", note="7")),
        ("", Answer("failed", note="no output")),
    ],
    ids=["pass", "deadlock", "unknown", "traceback", "no-object", "nothing"],
)
def test_peers_in_python(output: str, answer: Answer) -> None:
    assert pythons.read(output, 0) == answer


def told(**changed: object) -> str:
    program = {"verdict": "holds", "reason": None, "message": "", "states": 18, "transitions": 28}
    return json.dumps({"programs": [program | {"counterexample": None} | changed]})


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (told(), Answer("holds", 18, 28)),
        (
            told(verdict="violated", reason="deadlock", counterexample={"schedule": ["a", "b"]}),
            Answer("deadlock", 18, 28, 2),
        ),
        (
            told(verdict="violated", reason="exception", counterexample={"schedule": ["a"]}),
            Answer("exception", 18, 28, 1),
        ),
        (told(verdict="unknown", message="cut short"), Answer("unknown", 18, 28, note="cut short")),
        ("Error: no such file", Answer("failed", note="Error: no such file")),
    ],
    ids=["holds", "deadlock", "another-violation", "unknown", "error"],
)
def test_treadle(output: str, answer: Answer) -> None:
    assert ours.read(output, 0) == answer
