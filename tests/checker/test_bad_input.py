"""Bad input, as a user meets it: one clear sentence, the right exit status, never a wrong `holds`, never a hang."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from treadle.cli import run

Output = pytest.CaptureFixture[str]

START = """
def start(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def program(body: str, imports: str = "") -> str:
    """A file with one program, `prog`, whose body is given."""
    lines = ["import threading", *(f"import {name}" for name in imports.split()), START, "def prog():"]
    return "\n".join([*lines, *("    " + line for line in dedent(body).strip().splitlines()), ""])


def line_of(text: str, fragment: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(text: str | bytes, capsys: Output, *options: str, target: str = "prog.py::prog") -> tuple[int, str, str]:
    """The status, the output and the errors of a check of the text."""
    Path("prog.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    capsys.readouterr()
    status = run(["check", target, "--no-times", *options])
    return (status, *capsys.readouterr())


def sentence(text: str | bytes, capsys: Output, *options: str, target: str = "prog.py::prog") -> str:
    """The one sentence on stderr with which a check ends with status 2."""
    status, out, err = checked(text, capsys, *options, target=target)
    assert (status, out) == (2, "")
    assert err.startswith("treadle: ") and err.count("\n") == 1, err
    return err.removeprefix("treadle: ").rstrip("\n")


def unknown(text: str, capsys: Output, *options: str) -> str:
    """The report of a check that ends with verdict `unknown`, and says nothing on stderr."""
    status, out, err = checked(text, capsys, *options)
    assert (status, err) == (3, "")
    assert out.startswith("prog.py::prog: unknown (")
    return out


# -- files and names ------------------------------------------------------------------------------------


def test_a_file_that_is_none(here: Path, capsys: Output) -> None:
    for target, said in (("none.py", "none.py: there is no such file; check the path"), (".", "this is a folder")):
        assert said in sentence("", capsys, target=target)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "the file is not UTF-8 text"),
        (b"x = '\xe9'\n", "the file is not UTF-8 text"),
        (b"a\x00b\n", "this is not Python"),
        (b"\ndef f(:\n", "prog.py:2: this is not Python: invalid syntax; correct it"),
        (b"def f():\npass\n", "prog.py:2: this is not Python: expected an indented block"),
        (b"\n\n1 / 0\n", "prog.py:3: importing the program raises ZeroDivisionError: division by zero; make"),
        (b"import nowhere\n", "prog.py:1: importing the program raises ModuleNotFoundError: No module named 'nowhere'"),
        (b"import sys\nsys.exit(4)\n", "prog.py:2: importing the program raises SystemExit: 4"),
        (b"class E(BaseException): pass\nraise E\n", "prog.py:2: importing the program raises E"),
        (b"import threading\nthreading.Thread(target=print).start()\n", "prog.py:2: "),
        (b"", "no program 'prog'; the programs of this file are: none"),
        (b"prog = 3\n", "'prog' is a int; name a module-level function"),
        (b"class prog: pass\n", "'prog' is a type; name a module-level function"),
        (b"\ndef prog(x): pass\n", "prog.py:2: 'prog' is no program; a program is a plain function without parameters"),
        (b"async def prog(): pass\n", "prog.py:1: 'prog' is no program"),
        (b"def prog(): yield\n", "prog.py:1: 'prog' is no program"),
        (b"\n\ndef prog(): pass\n", "prog.py:3: prog starts no thread; a program makes threads and starts them"),
    ],
)
def test_a_file_or_name_that_is_no_program(content: bytes, said: str, here: Path, capsys: Output) -> None:
    assert said in sentence(content, capsys)


def test_a_file_without_any_program(here: Path, capsys: Output) -> None:
    for text in ("", "def f(x): pass\n", "def f(): pass\n"):
        assert "no function in this file is a program" in sentence(text, capsys, target="prog.py")


@pytest.mark.parametrize("option", ["--max-states=0", "--max-seconds=0", "--max-executions=-1", "--max-accesses=0"])
def test_a_bound_that_is_not_positive(option: str, here: Path, capsys: Output) -> None:
    assert option.partition("=")[0] in sentence(program("start(int)"), capsys, option)


def test_a_module_to_include_that_there_is_not(here: Path, capsys: Output) -> None:
    said = sentence(program("start(int)"), capsys, "--include", "nowhere.below")
    assert said == "--include nowhere.below: there is no module nowhere with Python source; check the name"


# -- what cannot be virtualised -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("imports", "use", "what"),
    [
        ("socket", "socket.create_connection(('localhost', 1))", "socket.create_connection"),
        ("multiprocessing", "multiprocessing.Process(target=print)", "multiprocessing.Process"),
        ("asyncio", "asyncio.run(None)", "asyncio.run"),
        ("os", "os.fork()", "os.fork"),
        ("os", "os._exit(3)", "os._exit"),
        ("os", "os.environ.update(A='1')", "a change of os.environ"),
        ("os", "os.environ['A'] = '1'", "a change of os.environ"),
        ("signal", "signal.signal(2, None)", "signal.signal"),
        ("subprocess", "subprocess.run(['true'])", "subprocess.run"),
        ("_thread", "_thread.interrupt_main()", "_thread.interrupt_main"),
        ("os", "input()", "input()"),
        ("os", "breakpoint()", "breakpoint()"),
    ],
)
def test_its_use_is_refused_even_if_the_program_swallows_that(
    imports: str, use: str, what: str, here: Path, capsys: Output
) -> None:
    work = f"def work():\n    try:\n        {use}\n    except BaseException:\n        pass\nstart(work, work)"
    text = program(work, imports)
    said = sentence(text, capsys)
    assert re.match(rf".*prog\.py:{line_of(text, use)}: {re.escape(what)} cannot be virtualised; \w+", said)


def test_what_a_thread_runs_directly_is_refused_where_it_was_started(here: Path, capsys: Output) -> None:
    said = sentence(program("threading.Thread(target=os._exit, args=(0,)).start()", "os"), capsys)
    assert "prog.py:12: os._exit cannot be virtualised" in said


# -- what differs from one execution to the next --------------------------------------------------------


@pytest.mark.parametrize(
    ("imports", "expression"),
    [
        ("datetime", "datetime.datetime.now()"),
        ("random", "random.random()"),
        ("uuid", "uuid.uuid4()"),
        ("os", "os.urandom(2)"),
        ("os", "id(object()) % 2"),
        ("os", "hash('a')"),
        ("os", "list({'a', 'b', 'c'})[0]"),
        ("os", "{'a', 'b', 'c'}.pop()"),
        ("os", "''.join({'a', 'b'})"),
        ("os", "str({'a', 'b'})"),
        ("os", "f\"{ {'a', 'b'} }\""),
        ("os", "max({'a', 'b'}, key=len)"),
        ("os", "list({1, 2})"),
    ],
)
def test_what_is_not_deterministic_is_unknown(imports: str, expression: str, here: Path, capsys: Output) -> None:
    text = program(f"found = []\ndef work():\n    found.append({expression})\nstart(work, work)", imports)
    out = unknown(text, capsys)
    assert f"prog.py:{line_of(text, 'found.append')}" in out


@pytest.mark.parametrize(
    "expression",
    ["sorted({'a', 'b'})", "len({'a'})", "max({'a', 'b'})", "set({'a', 'b'})", "list({1})", "'a' in {'a', 'b'}"],
)
def test_what_does_not_depend_on_the_order_of_a_set_holds(expression: str, here: Path, capsys: Output) -> None:
    text = program(f"found = []\ndef work():\n    found.append({expression})\nstart(work, work)")
    assert checked(text, capsys)[0] == 0


def test_state_of_a_real_module_that_survives_an_execution_is_unknown(here: Path, capsys: Output) -> None:
    text = program(
        """
        found = []
        def work():
            found.append(next(names))
        names = tempfile._get_candidate_names()
        start(work, work)
        """,
        "tempfile",
    )
    assert "not deterministic" in unknown(text, capsys)


# -- what has no end ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "loop"),
    [
        ("while True: pass", "while True: pass"),
        ("x = 0\nwhile True: x += 1", "while True: x += 1"),
        ("for x in iter(int, 1): pass", "for x in iter(int, 1): pass"),
        ("def forever():\n    while True: yield 1\nfor x in forever(): pass", "for x in forever(): pass"),
        ("sum(1 for x in itertools.repeat(1))", "sum(1 for x in itertools.repeat(1))"),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", "while True: pass"),
    ],
)
def test_a_loop_without_an_end_is_told_with_its_line(work: str, loop: str, here: Path, capsys: Output) -> None:
    text = program("def work():\n" + "\n".join("    " + line for line in work.splitlines()) + "\nstart(work, work)",
                   "itertools")  # fmt: skip
    out = unknown(text, capsys, "--max-accesses", "2000")
    assert "a thread never reaches a scheduling point" in out
    assert f"prog.py:{line_of(text, loop)}: " in out or "while True: yield" in out


def test_a_thread_that_swallows_everything_for_ever_ends_with_the_check(here: Path, capsys: Output) -> None:
    text = program(
        """
        lock = threading.Lock()
        def work():
            while True:
                try:
                    with lock:
                        pass
                except BaseException:
                    pass
        start(work, work)
        """
    )
    status, out, err = checked(text, capsys, "--max-seconds", "10")
    assert (status, err) == (1, "") and "prog: violated: livelock" in out


def test_recursion_without_an_end_is_an_exception_of_the_thread(here: Path, capsys: Output) -> None:
    status, out, err = checked(program("def work():\n    return work()\nstart(work, work)"), capsys)
    assert (status, err) == (1, "") and "RecursionError" in out


def test_two_hundred_threads_are_bounded(here: Path, capsys: Output) -> None:
    text = program("made = []\ndef work(i):\n    with lock: made.append(i)\nlock = threading.Lock()\n"
                   "start(*[lambda i=i: work(i) for i in range(200)])")  # fmt: skip
    assert "more than 3 states" in unknown(text, capsys, "--max-states", "3")
    began = time.monotonic()
    assert "more than 0.5 seconds" in unknown(text, capsys, "--max-seconds", "0.5")
    assert time.monotonic() - began < 15


def test_what_the_program_prints_and_logs_does_not_disturb_the_report(here: Path, capsys: Output) -> None:
    work = "def work():\n    print(1)\n    sys.stderr.write('2')\n    logging.error('3')\nstart(work, work)"
    status, out, err = checked(program(work, "sys logging"), capsys, "--json")
    assert (status, err) == (0, "") and json.loads(out)["verdict"] == "holds"


# -- how threads end ------------------------------------------------------------------------------------


def test_exit_in_a_thread_ends_that_thread_alone(here: Path, capsys: Output) -> None:
    for call in ("exit()", "quit(3)", "sys.exit('x')", "_thread.exit()"):
        status, out, err = checked(program(f"def work():\n    {call}\nstart(work, work)", "sys _thread"), capsys)
        assert (status, err) == (0, ""), (call, out)
    assert not sys.stdin.closed


def test_a_keyboard_interrupt_of_the_programs_own_is_an_exception(here: Path, capsys: Output) -> None:
    for text in ("def work():\n    raise KeyboardInterrupt\nstart(work)", "start(int)\nraise KeyboardInterrupt"):
        status, out, err = checked(program(text), capsys)
        assert (status, err) == (1, "") and "KeyboardInterrupt" in out


# -- as a command ---------------------------------------------------------------------------------------


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "treadle", *arguments]


@pytest.mark.parametrize(
    ("body", "imports", "said"),
    [
        ("start(lambda: os._exit(0))", "os", "os._exit cannot be virtualised"),
        ("async def main(): pass\nstart(lambda: asyncio.run(main()))", "asyncio", "asyncio.run cannot be virtualised"),
        (
            "with concurrent.futures.ThreadPoolExecutor(2) as pool:\n    pool.submit(socket.socket).exception()",
            "concurrent.futures socket",
            "prog.py:14: socket.socket cannot be virtualised",
        ),
        ("start(lambda: input())", "", "input() cannot be virtualised"),
    ],
)
def test_the_command_says_it_and_nothing_else(body: str, imports: str, said: str, here: Path) -> None:
    Path("prog.py").write_text(program(body, imports))
    ended = subprocess.run(
        command("check", "prog.py::prog"), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr and ended.stderr.count("\n") == 1


def test_ctrl_c_in_the_middle_of_a_check(here: Path) -> None:
    Path("prog.py").write_text(program(
        """
        lock, made = threading.Lock(), []
        def work(i):
            open("running", "w").close()
            with lock: made.append(i)
        start(*[lambda i=i: work(i) for i in range(30)])
        """
    ))  # fmt: skip
    process = subprocess.Popen(
        command("check", "prog.py::prog", "--save", "kept.json"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    until = time.monotonic() + 30
    while not Path("running").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert re.fullmatch(r"treadle: interrupted after [\d,]+ states, .* executions, [\d.]+ s; no verdict\n", err)
    assert sorted(path.name for path in here.iterdir()) == ["prog.py", "running"]
