"""What cannot be virtualised is refused, with the place and the remedy; what does not replay is reported."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from support.cooperative import Execution
from treadle.sandbox import runtime
from treadle.sandbox.importer import LoadError, Sandbox


def run(folder: Path, text: str) -> tuple[Execution, object]:
    (folder / "prog.py").write_text(dedent(text))
    execution = Execution()
    return execution, execution.run(Sandbox(folder / "prog.py").load().program)


def program(imports: str, use: str) -> str:
    return f"import {imports}\ndef program():\n    return {use}\n"


@pytest.mark.parametrize(("imports", "use", "remedy"), [
    ("socket", "socket.socket()", "queue.Queue"),
    ("socket", "socket.create_connection(('', 1))", "queue.Queue"),
    ("multiprocessing", "multiprocessing.Process(target=print)", "use threads"),
    ("multiprocessing.pool", "multiprocessing.pool.ThreadPool(2)", "use threads"),
    ("asyncio", "asyncio.run(None)", "only threads"), ("asyncio", "asyncio.new_event_loop()", "only threads"),
    ("os", "os.fork()", "use threads"), ("os", "os.system('true')", "use threads"),
    ("signal", "signal.signal(signal.SIGINT, None)", "threading.Event"),
    ("subprocess", "subprocess.run(['true'])", "a function"),
    ("select", "select.select([], [], [])", "Condition"),
    ("concurrent.futures", "concurrent.futures.ProcessPoolExecutor()", "ThreadPoolExecutor"),
    ("importlib", "importlib.reload(importlib)", "do not reload"), ("os", "input()", "constant"),
])  # fmt: skip
def test_its_use_is_refused_with_the_place_and_the_remedy(tmp_path: Path, imports: str, use: str, remedy: str) -> None:
    with pytest.raises(runtime.Refused) as caught:
        run(tmp_path, program(imports, use))
    assert str(caught.value).startswith(f"{tmp_path / 'prog.py'}:3: ")
    assert "cannot be virtualised" in str(caught.value) and remedy in str(caught.value)


def test_a_refusal_that_the_program_swallows_is_remembered(tmp_path: Path) -> None:
    execution, _ = run(tmp_path, """
        import socket
        def program():
            try: socket.socket()
            except BaseException: pass
    """)  # fmt: skip
    assert [str(refusal).split(":")[1] for refusal in execution.refusals] == ["4"]


def test_names_constants_and_exceptions_of_a_guarded_module_are_harmless(tmp_path: Path) -> None:
    _, result = run(tmp_path, """
        import socket, asyncio, signal, multiprocessing, subprocess, typing
        from socket import timeout, AF_INET
        from asyncio import Queue
        def connect(to: socket.socket | None, maybe: typing.Optional[asyncio.Queue[int]]) -> None: ...
        def program():
            return (isinstance(3, socket.socket), issubclass(timeout, OSError), AF_INET == socket.AF_INET,
                    issubclass(asyncio.CancelledError, BaseException), int(signal.SIGINT))
    """)  # fmt: skip
    assert result == (False, True, True, True, 2)


def test_a_refusal_while_modules_are_loaded_is_a_load_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"prog\.py:2: socket\.socket cannot be virtualised"):
        run(tmp_path, "import socket\nserver = socket.socket()\ndef program(): pass\n")


@pytest.mark.parametrize(("imports", "use"), [
    ("datetime", "datetime.datetime.now()"), ("datetime", "datetime.datetime.utcnow()"),
    ("datetime", "datetime.date.today()"), ("random", "random.random()"), ("random", "random.choice([1, 2])"),
    ("random", "random.shuffle([1, 2])"), ("random", "random.Random().random()"), ("os", "os.urandom(4)"),
    ("uuid", "uuid.uuid1()"), ("uuid", "uuid.uuid4()"), ("secrets", "secrets.token_hex()"),
    ("random", "random.SystemRandom().random()"), ("os", "id(os)"), ("os", "hash(object())"),
])  # fmt: skip
def test_what_differs_between_executions_is_reported_with_its_place(tmp_path: Path, imports: str, use: str) -> None:
    execution, _ = run(tmp_path, program(imports, use))
    reasons = [reason for kind, reason in execution.reports if kind == "nondeterministic"]
    assert reasons and all(reason.startswith(f"{tmp_path / 'prog.py'}:3: ") for reason in reasons)


@pytest.mark.parametrize(("imports", "use"), [
    ("datetime", "datetime.datetime.now()"), ("random", "random.random()"), ("os", "os.urandom(4)"),
    ("uuid", "uuid.uuid4()"), ("secrets", "secrets.token_bytes(8)"),
    ("random", "random.sample(range(99), 5)"),
])  # fmt: skip
def test_its_values_replay(tmp_path: Path, imports: str, use: str) -> None:
    assert run(tmp_path, program(imports, use))[1] == run(tmp_path, program(imports, use))[1]


@pytest.mark.parametrize(("imports", "use"), [
    ("random", "random.seed(1) or random.random()"), ("random", "random.Random(1).sample(range(9), 3)"),
    ("datetime", "datetime.datetime(2020, 1, 2) + datetime.timedelta(1)"), ("os", "os.path.join('a', 'b')"),
    ("uuid", "uuid.UUID(int=3)"), ("os", "hash((1, 2))"), ("sys", "sys.getrecursionlimit()"),
])  # fmt: skip
def test_what_is_the_same_in_each_execution_is_not_reported(tmp_path: Path, imports: str, use: str) -> None:
    execution, _ = run(tmp_path, program(imports, use))
    assert not [reason for kind, reason in execution.reports if kind == "nondeterministic"]


def test_seeded_numbers_are_those_of_the_real_generator(tmp_path: Path) -> None:
    import random

    drawn = "random.seed(5), random.random(), random.randrange(10), random.sample(range(50), 3)"
    generator = random.Random(5)
    expected = (None, generator.random(), generator.randrange(10), generator.sample(range(50), 3))
    assert run(tmp_path, program("random", drawn))[1] == expected


def test_the_state_of_a_generator_and_of_files_is_reported_as_hidden(tmp_path: Path) -> None:
    for use in ("random.Random(1).random()", "open(__file__).close()"):
        execution, _ = run(tmp_path, program("random", use))
        assert {kind for kind, _ in execution.reports} == {"hidden"}


def test_real_and_virtual_dates_know_each_other(tmp_path: Path) -> None:
    _, result = run(tmp_path, """
        import datetime, email.utils
        def program():
            real = email.utils.parsedate_to_datetime("Thu, 02 Jan 2020 00:00:00 +0000")
            mine = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
            return isinstance(real, datetime.datetime), real == mine, type(mine).__name__
    """)  # fmt: skip
    assert result == (True, True, "datetime")


@pytest.mark.parametrize("body", ["def status(self): pass", "def run(self): self.status = 3"])
def test_an_attribute_of_threads_that_is_taken_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises((runtime.Refused, LoadError), match=r"'status' of a threading\.Thread .* another name"):
        run(tmp_path, f"""
            import threading
            class Worker(threading.Thread):
                {body}
            def program(): Worker().run()
        """)  # fmt: skip


def test_other_attributes_of_threads_are_the_programs_own(tmp_path: Path) -> None:
    _, result = run(tmp_path, """
        import threading
        class Worker(threading.Thread):
            def __init__(self, n):
                super().__init__(name=f"w{n}", daemon=True)
                self.n, self.result, self.state = n, None, "new"
            def run(self):
                self.result, self.state = self.n * 2, "done"
        def program():
            worker = Worker(4)
            worker.start(); worker.join()
            return worker.result, worker.state, worker.name, worker.daemon, worker.is_alive()
    """)  # fmt: skip
    assert result == (8, "done", "w4", True, False)
