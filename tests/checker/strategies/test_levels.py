"""Stepping whole levels at once comes to the same states and transitions as stepping state by state."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle.programs import PROFILES, random_program
from support.outcomes import explored
from treadle.checking import check_file
from treadle.properties.progress import quiet_cycle
from treadle.strategies import filling, levels
from treadle.strategies.tables import collision_probability
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Report, Verdict

pytest.importorskip("numpy")

QUEUES = """\
import queue
import threading

from boundedqueue import MonitorQueue
from boundedqueue.broken.one_condition import OneConditionQueue


def produce(buffer, items):
    for _ in range(items):
        buffer.put("item")


def consume(buffer, items):
    for _ in range(items):
        buffer.get()


def hand_over(kind, producers, consumers, items, capacity):
    buffer = {"monitor": MonitorQueue, "standard": queue.Queue}[kind](capacity)
    for _ in range(producers):
        threading.Thread(target=produce, args=(buffer, items)).start()
    for _ in range(consumers):
        threading.Thread(target=consume, args=(buffer, producers * items // consumers)).start()


def for_ever(act, *arguments):
    while True:
        act(*arguments)


def loop(producers, consumers, capacity):
    buffer = OneConditionQueue(capacity)
    for _ in range(producers):
        threading.Thread(target=for_ever, args=(buffer.put, "item")).start()
    for _ in range(consumers):
        threading.Thread(target=for_ever, args=(buffer.get,)).start()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "queues.py"
    written.write_text(QUEUES)
    return written


def explore(file: Path, program: str, **options: bool) -> Report:
    (report,) = check_file(file, program, Options(include=("boundedqueue",), **options))
    return report


def counts(report: Report) -> tuple[object, ...]:
    return report.verdict, report.reason, report.states, report.transitions


@pytest.fixture
def from_the_first_level(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every level is stepped at once if it can be; how many were is noted."""
    monkeypatch.setattr(levels, "WORTH_IT", 1)
    stepped: list[int] = []
    search = levels.Levels.search

    def noting(self: levels.Levels) -> None:
        try:
            search(self)
        finally:
            stepped.append(len(self.levels))

    monkeypatch.setattr(levels.Levels, "search", noting)
    return stepped


@pytest.mark.parametrize("kind", ["monitor", "standard"])
@pytest.mark.parametrize(
    ("size", "states", "transitions"),
    [("1, 1, 1, 1", 5, 5), ("2, 2, 1, 1", 18, 28), ("2, 2, 2, 1", 176, 393), ("3, 3, 2, 2", 1015, 2981)],
)
def test_a_queue_has_as_many_states_either_way(
    kind: str, size: str, states: int, transitions: int, file: Path, from_the_first_level: list[int]
) -> None:
    program = f"hand_over({kind!r}, {size})"
    one_by_one = explore(file, program, vectorised=False)
    assert counts(one_by_one) == (Verdict.HOLDS, None, states, transitions)
    assert not from_the_first_level
    assert counts(explore(file, program)) == counts(one_by_one)
    assert sum(from_the_first_level) > 0, "no level was stepped at once"


def test_a_deadlock_is_found_by_the_same_schedule(file: Path, from_the_first_level: list[int]) -> None:
    one_by_one, at_once = (explore(file, "loop(3, 2, 2)", vectorised=way) for way in (False, True))
    assert (one_by_one.verdict, one_by_one.reason) == (Verdict.VIOLATED, Reason.DEADLOCK)
    assert counts(at_once) == counts(one_by_one)
    assert one_by_one.counterexample is not None
    assert at_once.counterexample is not None
    assert at_once.counterexample.schedule == one_by_one.counterexample.schedule
    assert sum(from_the_first_level) > 0


def test_a_loop_without_an_end_is_explored_to_the_end(file: Path, from_the_first_level: list[int]) -> None:
    one_by_one, at_once = (explore(file, "loop(2, 2, 2)", vectorised=way) for way in (False, True))
    assert one_by_one.verdict is Verdict.HOLDS
    assert counts(at_once) == counts(one_by_one)
    assert sum(from_the_first_level) > 0


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_random_programs_have_the_same_states(profile: str, tmp_path: Path, from_the_first_level: list[int]) -> None:
    for seed in range(1200, 1215):
        source = random_program(seed, PROFILES[profile])
        outcomes, one_by_one = explored(source, tmp_path, vectorised=False)
        again, at_once = explored(source, tmp_path)
        told = f"seed {seed}, profile {profile}\n{source}"
        assert again == outcomes, told
        assert (len(at_once.states), at_once.transitions) == (len(one_by_one.states), one_by_one.transitions), told
        assert quiet_cycle(list(at_once.quiet)) == quiet_cycle(list(one_by_one.quiet)), told


@pytest.mark.parametrize("most", [1, 20_000])
def test_tables_that_would_be_too_large_are_done_without(
    most: int, file: Path, from_the_first_level: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "MOST_PAIRS", most)
    assert counts(explore(file, "hand_over('monitor', 3, 3, 2, 2)")) == (Verdict.HOLDS, None, 1015, 2981)
    assert bool(from_the_first_level) == (most > 1), "some levels fit, or none does"


def test_a_bound_is_hit_all_the_same(file: Path) -> None:
    (report,) = check_file(
        file, "hand_over('monitor', 4, 4, 2, 2)", Options(include=("boundedqueue",), max_states=5000)
    )
    assert (report.verdict, report.message) == (Verdict.UNKNOWN, "the search was cut short: more than 5000 states")
    assert report.states == 5001


def test_ten_million_fingerprints_collide_with_a_probability_below_one_in_a_hundred_thousand() -> None:
    assert 0 < collision_probability(10_000_000) < 1e-5
