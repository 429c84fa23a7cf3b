"""Programs in which objects change hands: the checker finds exactly the outcomes that exist.

Which accesses must be scheduling points is decided by who could reach an object when; here objects are made, given
away, taken and used by threads in turn, too soon and too late.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from oracle.handing import handing_program, handing_programs
from support.agreement import by_oracle, difference
from support.outcomes import explored, outcomes
from treadle.kernel.execution import Execution
from treadle.kernel.visible import Access, Locksets
from treadle.strategies import accesses, steps

CHUNK = 6
CHUNKS = 5
EXECUTIONS = 1500


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_checker_finds_the_outcomes_that_the_oracle_finds(chunk: int, tmp_path: Path) -> None:
    complete = 0
    for seed in range(CHUNK * chunk, CHUNK * (chunk + 1)):
        source = handing_program(seed)
        expected = by_oracle(source, max_executions=EXECUTIONS)
        if expected is not None:
            complete += 1
            assert not difference(expected, source, tmp_path), f"seed {seed}"
    assert complete >= CHUNK // 2


def test_the_table_changes_no_count_and_symmetry_adds_no_state(tmp_path: Path) -> None:
    for seed in range(100, 112):
        source = handing_program(seed)
        (found, with_all), (without_table, plain) = (explored(source, tmp_path, table=table) for table in (True, False))
        without_symmetry, numbered = explored(source, tmp_path, symmetry=False)
        assert found == without_table == without_symmetry, f"seed {seed}\n{source}"
        assert (len(with_all.states), with_all.transitions) == (len(plain.states), plain.transitions), f"seed {seed}"
        assert len(with_all.states) <= len(numbered.states), f"seed {seed}"


@settings(max_examples=8, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=handing_programs())
def test_the_checker_agrees_on_a_program_that_can_be_shrunk(source: str) -> None:
    expected = by_oracle(source, max_executions=EXECUTIONS)
    assume(expected is not None)
    assert expected is not None
    with tempfile.TemporaryDirectory() as folder:
        assert not difference(expected, source, Path(folder))


def private_accesses_are_no_matter(patch: pytest.MonkeyPatch) -> None:
    """A look is taken only at what several threads could reach."""
    record = Locksets.record

    def shared_only(self: Locksets, access: Access, shared: bool = True) -> None:
        if shared:
            record(self, access)

    patch.setattr(Locksets, "record", shared_only)


def all_is_just_made(patch: pytest.MonkeyPatch) -> None:
    """No object is taken to have been there before the step."""
    patch.setattr(Execution, "_its_own", lambda self, index: [])


def nobody_could_have_come_near(patch: pytest.MonkeyPatch) -> None:
    """Whoever was let go on is taken to have reached nothing."""
    patch.setattr(Execution, "_in_reach", lambda self, obj: False)


def threads_are_given_nothing(patch: pytest.MonkeyPatch) -> None:
    """It is not noted what new threads were given."""

    def forgetful(execution: Execution, *arguments: object) -> list[tuple[Access, bool]]:
        execution.handed_over.clear()
        return accesses.accesses_of(execution, *arguments)  # type: ignore[arg-type]

    patch.setattr(steps, "accesses_of", forgetful)


@pytest.mark.parametrize(
    ("mutant", "seed"),
    [
        (private_accesses_are_no_matter, 9),
        (all_is_just_made, 40),
        (nobody_could_have_come_near, 40),
        (threads_are_given_nothing, 72),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_generated_program_tells_a_checker_without_this_ingredient(
    mutant: Callable[[pytest.MonkeyPatch], None], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = handing_program(seed)
    expected = by_oracle(source, max_executions=EXECUTIONS)
    assert outcomes(source, tmp_path) == expected
    mutant(monkeypatch)
    assert outcomes(source, tmp_path) != expected
