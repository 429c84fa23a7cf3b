"""The test that everything rests on: on small programs the checker finds exactly the outcomes that exist.

The oracle tries every schedule of unmodified bytecode; it shares no code and no instrumentation with the checker.
Compared are the sets of final states, deadlocks included, and of the exceptions that end threads.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from oracle.programs import PROFILES, Profile, random_program, threaded_programs
from support.agreement import by_oracle, difference
from support.outcomes import explored

CHUNKS = 9
CHUNK = 20
"""Programs of each profile in a chunk; three profiles make 540 programs."""

VARIANTS = (
    {"table": False},
    {"symmetry": False},
    {"table": False, "symmetry": False},
    {"primitives": "stdlib"},
)


def compared(seeds: range, profile: str, folder: Path, **options: object) -> int:
    """Compare the programs of these numbers; how many the oracle came to an end with."""
    complete = 0
    for seed in seeds:
        source = random_program(seed, PROFILES[profile])
        expected = by_oracle(source)
        if expected is not None:
            complete += 1
            wrong = difference(expected, source, folder, **options)
            assert not wrong, f"seed {seed}, profile {profile}, {wrong}"
    return complete


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("profile", PROFILES)
def test_the_checker_finds_the_outcomes_that_the_oracle_finds(profile: str, chunk: int, tmp_path: Path) -> None:
    assert compared(range(CHUNK * chunk, CHUNK * (chunk + 1)), profile, tmp_path) >= CHUNK * 9 // 10


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: " ".join(map(str, variant.items())))
def test_no_table_no_symmetry_or_other_primitives_change_no_outcome(
    variant: dict[str, object], profile: str, tmp_path: Path
) -> None:
    assert compared(range(1000, 1008), profile, tmp_path, **variant) >= 7


@pytest.mark.parametrize("profile", PROFILES)
def test_the_table_changes_no_count_and_symmetry_adds_no_state(profile: str, tmp_path: Path) -> None:
    for seed in range(1100, 1110):
        source = random_program(seed, PROFILES[profile])
        with_all = explored(source, tmp_path)[1]
        without_table = explored(source, tmp_path, table=False)[1]
        without_symmetry = explored(source, tmp_path, symmetry=False)[1]
        assert len(with_all.states) == len(without_table.states), f"seed {seed}, profile {profile}\n{source}"
        assert with_all.transitions == without_table.transitions, f"seed {seed}, profile {profile}\n{source}"
        assert len(with_all.states) <= len(without_symmetry.states), f"seed {seed}, profile {profile}\n{source}"


TINY = """\
import threading

x = y = 0


def one():
    global x, y
    {one}


def two():
    global x, y
    {two}


def program():
    for target in (one, two):
        threading.Thread(target=target).start()


def observe():
    return (x, y)
"""


@pytest.mark.parametrize(
    ("one", "two"), [("x = y", "y = 1"), ("x += 1", "x = 5"), ("x = 1; y = 1", "y = x"), ("x = 1", "assert not x")]
)
def test_a_point_before_every_instruction_and_no_reduction_at_all_show_the_same(
    one: str, two: str, tmp_path: Path
) -> None:
    source = TINY.format(one=one, two=two)
    expected = by_oracle(source, granularity="opcode", sleep_sets=False, max_executions=20_000)
    assert expected is not None
    assert not difference(expected, source, tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_no_reduction_of_the_oracle_shows_the_same(seed: int, tmp_path: Path) -> None:
    source = random_program(seed, Profile(protected=40, schedules=40))
    expected = by_oracle(source, sleep_sets=False, max_executions=5_000)
    assert expected is not None, f"seed {seed} is too large"
    assert not difference(expected, source, tmp_path)


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=threaded_programs())
def test_the_checker_agrees_on_a_program_that_can_be_shrunk(source: str) -> None:
    expected = by_oracle(source)
    assume(expected is not None)
    assert expected is not None
    with tempfile.TemporaryDirectory() as folder:
        assert not difference(expected, source, Path(folder))
