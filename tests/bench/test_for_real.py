"""The benchmark itself, at its smallest sizes: real processes give the right answers, with exact counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main
from bench.everybody import subjects
from bench.measure import Plan, measured
from bench.process import Caps
from bench.question import DEADLOCKS, TRIALS, Question

PLAN = Plan(1, Caps(200, 4000), Caps(200, 4000))


@pytest.mark.slow
def test_the_smallest_sizes_on_our_side(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    asked = ["--only", "MonitorQueue", "--only", "queue.Queue", "--size", "1,1,1,1", "--size", "2,2,1,1"]
    done = CliRunner().invoke(main, [*asked, "--no-micro", "--json", str(file)])
    assert done.exit_code == 0, done.output
    results = json.loads(file.read_text(encoding="utf-8"))
    found = {(c["question"], c["subject"]): (c["outcome"], c["states"], c["transitions"]) for c in results["sizes"]}
    assert found == {
        ("(1,1,1,1)", "MonitorQueue"): ("right", 5, 5),
        ("(1,1,1,1)", "queue.Queue"): ("right", 5, 5),
        ("(1,1,1,1)", "queue.Queue, tagged"): ("right", 8, 8),
        ("(2,2,1,1)", "MonitorQueue"): ("right", 18, 28),
        ("(2,2,1,1)", "queue.Queue"): ("right", 18, 28),
        ("(2,2,1,1)", "queue.Queue, tagged"): ("right", 46, 69),
    }


@pytest.mark.slow
def test_the_deadlock_of_one_condition_is_found_at_its_shortest() -> None:
    ours = [each for each in subjects() if each.name == "MonitorQueue"]
    (trial, _), (endless,) = measured(TRIALS, ours, PLAN, id), measured(DEADLOCKS[:1], ours, PLAN, id)
    assert (trial.outcome, trial.length) == ("right", 6)
    assert (endless.outcome, endless.length) == ("right", 8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "states"),
    [("SPIN, atomic", 27), ("SPIN, fine", 279), ("Harmony", 244)],
)
def test_a_peer_that_is_installed_tells_right_from_wrong(name: str, states: int) -> None:
    (peer,) = [each for each in subjects() if each.name == name]
    if peer.absent:
        pytest.skip(f"{name} is {peer.absent}")
    trials = measured(TRIALS, [peer], PLAN, id)
    assert [cell.outcome for cell in trials] == ["right", "right"]
    (size,) = measured([Question(2, 2, 1, 1)], [peer], PLAN, id)
    assert (size.outcome, size.states) == ("right", states)
