"""Large levels that are cut among workers come to what one process comes to: states, numbers, schedules."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import treadle
from oracle.programs import PROFILES, random_program
from support.outcomes import explored
from support.sweeps import killed, timeless
from treadle.checking import check_file
from treadle.cli import run
from treadle.sandbox.importer import Sandbox
from treadle.strategies import cutting, levels
from treadle.strategies.cutting import Hands
from treadle.strategies.rows import Reached
from treadle.strategies.states import Explorer
from treadle.sweep.helping import hands_of
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.verdict import Reason, Report, Verdict

pytest.importorskip("numpy")

QUEUES = """\
import queue
import threading

from boundedqueue import MonitorQueue
from boundedqueue.broken.one_condition import OneConditionQueue


class Item:
    def __init__(self, maker):
        self.maker = maker


def produce(buffer, items, tagged):
    for _ in range(items):
        buffer.put(Item(threading.get_ident()) if tagged else "item")


def consume(buffer, items):
    got = [buffer.get() for _ in range(items)]


def hand_over(kind, producers, consumers, items, capacity, tagged):
    buffer = {"monitor": MonitorQueue, "standard": queue.Queue}[kind](capacity)
    for _ in range(producers):
        threading.Thread(target=produce, args=(buffer, items, tagged)).start()
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
HOLDS = "hand_over('monitor', 2, 2, 2, 1, False)"
LARGE = "hand_over('monitor', 3, 3, 2, 2, False)"
TAGGED = "hand_over('standard', 2, 2, 2, 1, True)"
DEADLOCKS = "loop(3, 2, 2)"
LOOPS = "loop(2, 2, 2)"
PROGRAMS = [HOLDS, TAGGED, DEADLOCKS, LOOPS]
INCLUDE = ("boundedqueue",)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "queues.py"
    written.write_text(QUEUES)
    return written


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "WORTH_IT", 1)
    monkeypatch.setattr(levels, "WORTH_CUTTING", 2)
    monkeypatch.setattr(levels, "CHUNK", 3)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


class Here(Executor):
    """An executor whose worker is this process; after so many calls it breaks."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self.left = breaks_after

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = Future[Any]()
        if self.left == 0:
            future.set_exception(BrokenProcessPool("broken"))
            return future
        if self.left is not None:
            self.left -= 1
        future.set_result(function(*args))
        return future


def hands(executor: Executor) -> Hands:
    return Hands(lambda function, arguments: executor.submit(function, *arguments))


def explore(file: Path, program: str, help_from: Hands | None = None, **options: Any) -> Report:
    (report,) = check_file(file, program, Options(include=INCLUDE, **options), None, help_from)
    return replace(report, seconds=0.0)


@pytest.mark.parametrize("ahead", [0, 5])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_report_is_the_same_with_and_without(
    program: str, ahead: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "AHEAD", ahead)
    helping = hands(Here())
    assert explore(file, program, helping) == explore(file, program)
    assert helping.answered > 0
    assert helping.failed is None


def test_what_is_compared(file: Path) -> None:
    found = [explore(file, program) for program in PROGRAMS]
    one_by_one = [explore(file, program, vectorised=False) for program in PROGRAMS]
    assert [report.verdict for report in found] == ["holds", "holds", "violated", "holds"]
    assert found[2].reason is Reason.DEADLOCK
    assert [(r.states, r.transitions) for r in found] == [(r.states, r.transitions) for r in one_by_one]


@pytest.mark.parametrize("program", [HOLDS, DEADLOCKS])
def test_processes_come_to_the_same(program: str, file: Path, pool: ProcessPoolExecutor) -> None:
    helping = hands(pool)
    assert explore(file, program, helping) == explore(file, program)
    assert helping.answered > 0
    assert helping.failed is None


def test_what_the_tables_have_is_stepped_by_workers(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "AHEAD", 0)
    made: list[int] = []

    def noting(*arguments: Any) -> Reached:
        reached = cutting.step_elsewhere(*arguments)
        made.append(reached.transitions)
        return reached

    report = explore(file, LARGE, Hands(lambda _, arguments: Here().submit(noting, *arguments)))
    assert sum(made) > report.transitions // 4


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_random_programs_have_the_same_states_in_the_same_order(profile: str, tmp_path: Path) -> None:
    helping = hands(Here())

    class Helped(Explorer):
        def __init__(self, sandbox: Sandbox, program: Program, options: Options) -> None:
            super().__init__(sandbox, program, options)
            self.hands = helping

    for seed in range(1300, 1303):
        source = random_program(seed, PROFILES[profile])
        outcomes, alone = explored(source, tmp_path)
        again, helped = explored(source, tmp_path, Helped)
        told = f"seed {seed}, profile {profile}\n{source}"
        assert again == outcomes, told
        assert [state.key for state in helped.states] == [state.key for state in alone.states], told
        assert (helped.transitions, list(helped.quiet.items())) == (alone.transitions, list(alone.quiet.items())), told


# -- workers that fail ----------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [HOLDS, DEADLOCKS])
def test_an_executor_that_breaks_midway_changes_nothing(program: str, file: Path) -> None:
    helping = hands(Here(breaks_after=4))
    assert explore(file, program, helping) == explore(file, program)
    assert helping.answered == 4
    assert isinstance(helping.failed, BrokenProcessPool)


def test_a_worker_that_is_killed_midway_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "AHEAD", 0)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        calls = iter(range(1000))

        def submit(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
            return executor.submit(killed) if next(calls) == 6 else executor.submit(function, *arguments)

        helping = Hands(submit)
        assert explore(file, HOLDS, helping) == explore(file, HOLDS)
    assert helping.answered == 6
    assert isinstance(helping.failed, BrokenProcessPool)


def test_tables_that_are_too_large_are_not_sent(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MOST_SENT", 100)
    helping = hands(Here())
    assert explore(file, HOLDS, helping) == explore(file, HOLDS)
    assert helping.answered == 0


def drops_a_transition(*arguments: Any) -> Reached:
    reached = cutting.step_elsewhere(*arguments)
    return replace(
        reached, transitions=max(reached.transitions - 1, 0), states=tuple(part[:-1] for part in reached.states)
    )


def drops_what_it_lacks(*arguments: Any) -> Reached:
    reached = cutting.step_elsewhere(*arguments)
    return replace(reached, lacking=tuple(part[:0] for part in reached.lacking))


def mixes_up_states(*arguments: Any) -> Reached:
    reached = cutting.step_elsewhere(*arguments)
    *rest, shared, after = reached.states
    return replace(reached, states=(*rest, shared[::-1], after))


@pytest.mark.parametrize("mutant", [drops_a_transition, drops_what_it_lacks, mixes_up_states])
def test_a_worker_that_is_wrong_is_noticed(mutant: Callable[..., Reached], file: Path) -> None:
    helping = Hands(lambda _, arguments: Here().submit(mutant, *arguments))
    try:
        found: object = explore(file, LARGE, helping)
    except Exception as error:
        found = error
    assert found != explore(file, LARGE)


# -- how it is asked for --------------------------------------------------------------------------------


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each chunk that was to be handed out: did a worker answer?"""
    found: list[bool] = []
    answer = Hands.answer

    def noting(self: Hands, future: Any) -> Any:
        got = answer(self, future)
        found.append(got is not None)
        return got

    monkeypatch.setattr(Hands, "answer", noting)
    return found


@pytest.mark.parametrize("program", [HOLDS, DEADLOCKS])
def test_the_command_prints_the_same(
    program: str, file: Path, capsys: pytest.CaptureFixture[str], answers: list[bool]
) -> None:
    def printed(*options: str) -> tuple[int, str, str]:
        status = run(["check", f"{file}::{program}", "--include", "boundedqueue", "--no-times", *options])
        return (status, *capsys.readouterr())

    alone = printed()
    assert not answers
    assert printed("--jobs", "2") == alone
    assert answers
    assert all(answers)


def test_one_program_of_a_sweep_is_cut_too(file: Path, pool: ProcessPoolExecutor, answers: list[bool]) -> None:
    program = f"{file}::{DEADLOCKS}"
    alone = timeless(treadle.check_all([program], jobs=1, include=INCLUDE))
    assert not answers
    with ThreadPoolExecutor(2) as threads:
        for how in ({"jobs": 2}, {"executor": threads}, {"executor": pool}):
            answers.clear()
            assert timeless(treadle.check_all([program], include=INCLUDE, **how)) == alone  # type: ignore[arg-type]
            assert answers
            assert all(answers)


def test_workers_that_fail_are_told_of(file: Path) -> None:
    with pytest.warns(UserWarning, match=r"workers failed \(broken\); the search went on alone"):
        (found,) = treadle.check_all([f"{file}::{HOLDS}"], executor=Here(breaks_after=1), include=INCLUDE)
    assert found.verdict is Verdict.HOLDS


def test_workers_are_made_only_when_there_is_something_to_do(file: Path) -> None:
    before = set(multiprocessing.active_children())
    with hands_of(2) as helping:
        assert set(multiprocessing.active_children()) == before
        explore(file, HOLDS, helping)
        assert 1 <= len(set(multiprocessing.active_children()) - before) <= 2
    assert set(multiprocessing.active_children()) == before


def test_workers_that_dask_provides(file: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        hands_of(client.get_executor()) as helping,
    ):
        found = explore(file, DEADLOCKS, helping)
    assert helping is not None
    assert helping.answered > 0
    assert helping.failed is None
    assert found == explore(file, DEADLOCKS)
