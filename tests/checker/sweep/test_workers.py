"""Handing out work: in which order it is begun, what becomes of killed workers, and that none is left over."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from support.sweeps import double, ended, fail, killed, killed_at_first
from treadle.sweep.identity import SweepError
from treadle.sweep.workers import Work, done_by_executor, done_by_processes, processors

WORKS = [Work(f"double {number}", double, (number,)) for number in range(5)]
DOUBLED = [(number, 2 * number) for number in range(5)]


def test_one_job_is_this_process_one_after_the_other() -> None:
    assert list(done_by_processes([*WORKS, Work("me", os.getpid)], 1)) == [*DOUBLED, (5, os.getpid())]


def test_several_jobs_are_other_processes() -> None:
    found = dict(done_by_processes([*WORKS, Work("me", os.getpid)], 2))
    assert found.pop(5) != os.getpid()
    assert sorted(found.items()) == DOUBLED


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert sorted(done_by_executor(WORKS, executor)) == DOUBLED


def test_no_work_is_no_work() -> None:
    assert list(done_by_processes([], 2)) == []


def test_what_a_call_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="no milk"):
        list(done_by_processes([*WORKS, Work("fails", fail, ("no milk",))], 2))


def test_a_killed_worker_loses_nothing_but_time(tmp_path: Path) -> None:
    works = [Work(f"work {n}", killed_at_first, (tmp_path / str(n % 2), n)) for n in range(5)]
    assert sorted(done_by_processes(works, 2)) == DOUBLED


def test_who_kills_every_worker_is_named_and_the_others_are_done() -> None:
    works = [Work("the bad one", killed), *WORKS]
    found = []
    with pytest.raises(SweepError) as told:
        for number, result in done_by_processes(works, 2):
            found.append((number - 1, result))
    assert str(told.value) == (
        "the bad one: the worker process was killed 3 times while it was at this; is there enough memory?"
    )
    assert set(found) <= set(DOUBLED)


def test_a_broken_executor_that_was_passed_is_not_mended() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        with pytest.raises(SweepError, match=r"^the bad one: the executor broke \(.*\); begin again with a new one$"):
            list(done_by_executor([Work("the bad one", killed)], executor))
        with pytest.raises(SweepError, match=r"^double 0: the executor takes no work \(.*\); pass one that is open$"):
            list(done_by_executor(WORKS, executor))


def test_an_executor_that_is_shut_down() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(SweepError, match=r"^double 0: the executor takes no work \(.* shutdown\); pass"):
        list(done_by_executor(WORKS, executor))


class Bare(Executor):
    """An executor whose worker is a Python with nothing installed."""

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        script = """if True:
            import pickle, sys
            function, args = pickle.load(sys.stdin.buffer)
            try:
                function(*args)
            except Exception as error:
                sys.stdout.buffer.write(pickle.dumps(error))
        """
        command = [sys.executable, "-I", "-S", "-c", script]
        worker = subprocess.run(command, input=pickle.dumps((function, args)), capture_output=True, check=True)
        future = Future[Any]()
        future.set_exception(pickle.loads(worker.stdout))
        return future


def test_workers_that_lack_what_they_are_sent() -> None:
    with pytest.raises(SweepError) as told:
        list(done_by_executor([Work("work", processors)], Bare()))
    assert str(told.value) == (
        "work: a worker cannot import what it is sent (No module named 'treadle'); install treadle for every worker"
    )


SCRIPT = """
import sys, time
from pathlib import Path
from support.sweeps import sleep_noting_process
from treadle.sweep.workers import Work, done_by_processes

if __name__ == "__main__":
    list(done_by_processes([Work(name, sleep_noting_process, (Path(name),)) for name in "ab"], 2))
"""


@pytest.mark.parametrize("end", ["SIGKILL", "SIGINT"])
def test_workers_end_with_the_process_that_they_work_for(end: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "script.py"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    files = [tmp_path / "a", tmp_path / "b"]
    while not all(file.exists() and file.read_text() for file in files) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.Signals[end])
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert all(ended(int(file.read_text())) for file in files)


def test_a_script_whose_main_part_is_not_guarded(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT.replace('if __name__ == "__main__"', "if True"))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "script.py"]
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    said = (
        "treadle.sweep.identity.SweepError: worker processes end before they begin to work; is there an "
        '`if __name__ == "__main__":` around the main part of the script that is being run?'
    )
    assert said in process.stderr.splitlines()  # below it, multiprocessing may still speak of its semaphores


def test_who_stops_listening_ends_the_workers() -> None:
    with closing(done_by_processes([Work("first", os.getpid), *WORKS], 2)) as results:
        number, process = next(results)
        while number != 0:
            number, process = next(results)
    assert ended(process)


def test_there_is_a_processor() -> None:
    assert processors() >= 1
