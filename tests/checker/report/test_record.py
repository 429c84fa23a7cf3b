"""The JSON report: one object, every value plain, the keys that the contract names."""

from __future__ import annotations

import json

import pytest

from checker.report.samples import SAMPLES, deadlock, livelock
from treadle.report.record import json_text, record
from treadle.vocabulary.verdict import Report, Verdict

CONTRACT = {
    "program",
    "verdict",
    "reason",
    "states",
    "transitions",
    "executions",
    "steps",
    "seconds",
    "strategy",
    "bounds",
    "counterexample",
    "warnings",
}


def test_a_program_that_holds() -> None:
    report = Report("a.py::f", Verdict.HOLDS, states=3, seconds=0.5, bounds={"max_states": 9}, warnings=("w",))
    found = json.loads(json_text([report]))
    assert found["verdict"] == "holds"
    assert set(found["programs"][0]) == CONTRACT | {"message", "violations", "audited"}
    assert found["programs"][0]["counterexample"] is None
    assert found["programs"][0]["seconds"] == 0.5
    assert found["programs"][0]["bounds"] == {"max_states": 9}
    assert found["programs"][0]["warnings"] == ["w"]


def test_a_program_that_is_violated() -> None:
    found = json.loads(json_text([Report("a.py::f", Verdict.HOLDS), deadlock(2)], times=False))
    assert found["verdict"] == "violated"
    violated = found["programs"][1]
    assert violated["reason"] == "deadlock"
    assert violated["seconds"] is None
    assert violated["counterexample"]["schedule"] == [
        "eater-1: acquire forks[1] in eat",
        "eater-2: acquire forks[2] in eat",
    ]
    assert violated["counterexample"]["repeats_from"] is None
    assert violated["counterexample"]["trace"][0] == {
        "step": 1,
        "thread": "eater-1",
        "operation": "acquire forks[1] in eat",
        "alternative": "go",
        "place": {"file": "examples/orders.py", "line": 12, "function": "eat", "text": "with left:"},
        "effects": ["acquire forks[1]"],
        "state": "",
    }
    assert violated["counterexample"]["explanation"].endswith("No thread can go on.")


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_written_reads_back_the_same(kind: str) -> None:
    written = record(SAMPLES[kind](3))
    assert json.loads(json.dumps(written)) == written


def test_a_cycle_is_numbered_from_one() -> None:
    found = record(livelock(2))["counterexample"]
    assert found["repeats_from"] == 3
    assert found["schedule"][2] == "clock: tick"
