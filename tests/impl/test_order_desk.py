"""The order desk on a real server: what it answers, what each design does with its orders, what it says if it
cannot."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from boundedqueue.orders.__main__ import main
from boundedqueue.orders.demo import HEADINGS, Settings, run, table
from boundedqueue.orders.designs import DESIGNS, Design, Direct, Naive, Queued
from boundedqueue.orders.load import drive, tally
from boundedqueue.orders.web import Server, application

waitress = pytest.importorskip("waitress", reason="needs the extra `web`")


class Scripted(Design):
    """Answers as told."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.orders = list(answers), []

    def submit(self, number: int) -> bool:
        self.orders.append(number)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


def ask(design: Design, method: str, path: str, body: bytes = b"") -> tuple[str, dict[str, str]]:
    answered: list[Any] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(body)}
    [text] = application(design)(environ, lambda status, headers: answered.extend([status, dict(headers)]))
    assert text.decode().strip() == answered[0]
    return answered[0], answered[1]


def test_an_accepted_order_is_answered_202_and_a_refused_one_503_with_retry_after() -> None:
    design = Scripted(True, False, RuntimeError())
    assert ask(design, "POST", "/orders", b"7")[0] == "202 Accepted"
    status, headers = ask(design, "POST", "/orders", b"8")
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "1")
    assert ask(design, "POST", "/orders", b"9")[0] == "500 Internal Server Error"
    assert design.orders == [7, 8, 9]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", "200 OK"),
        ("GET", "/nothing", b"", "404 Not Found"),
        ("GET", "/orders", b"", "405 Method Not Allowed"),
        ("POST", "/orders", b"", "400 Bad Request"),
        ("POST", "/orders", b"tea", "400 Bad Request"),
        ("POST", "/orders", b"\xff", "400 Bad Request"),
    ],
)
def test_other_requests_are_answered_and_no_order(method: str, path: str, body: bytes, status: str) -> None:
    design = Scripted()
    assert ask(design, method, path, body)[0] == status
    assert design.orders == []


@pytest.mark.parametrize("name", DESIGNS)
def test_each_design_serves_orders_over_http(name: str) -> None:
    done: list[int] = []
    design = DESIGNS[name](done.append, 2, 10)
    server = Server(design, port=0, threads=2)
    try:
        requests = drive(server.port, rate=100, seconds=0.2, timeout=10)
    finally:
        server.close()
    assert tally(requests) == {"accepted": 20}
    end = time.monotonic() + 10
    while len(done) < 20 and time.monotonic() < end:
        time.sleep(0.01)
    design.close()
    assert sorted(done) == list(range(20))


def test_the_queue_answers_at_once_while_the_direct_design_keeps_its_customers_waiting() -> None:
    release = threading.Event()
    queued, direct = (d(lambda n: release.wait(20), 2, 100) for d in (Queued, Direct))
    servers = [Server(design, port=0, threads=2) for design in (queued, direct)]
    counts = [tally(drive(server.port, rate=40, seconds=0.25, timeout=0.5)) for server in servers]
    release.set()
    for server in servers:
        server.close()
    queued.close()
    assert counts[1] == {"timed out": 10}
    assert counts[0]["accepted"] > 0


def test_a_full_queue_refuses_in_time_what_it_cannot_accept() -> None:
    release = threading.Event()
    design = Queued(lambda number: release.wait(20), 1, 3)
    server = Server(design, port=0, threads=4)
    counts = tally(drive(server.port, rate=100, seconds=0.4, timeout=10))
    release.set()
    server.close()
    design.close()
    assert counts == {"accepted": 4, "refused": 36}


def test_the_naive_design_loses_orders_when_workers_die_and_when_it_is_closed() -> None:
    done: list[int] = []

    def process(number: int) -> None:
        if number < 2:
            raise RuntimeError("the worker dies")
        done.append(number)

    design = Naive(process, 2, 100)
    assert all(design.submit(n) for n in range(10))
    time.sleep(0.1)
    design.close()
    assert len(done) < 10


def test_the_demo_counts_what_became_of_every_request() -> None:
    settings = Settings(seconds=0.6, rate=50, work=0.001, failing=10, timeout=15)
    outcome = run("queue", settings)
    assert len(outcome.requests) == 30
    assert sum(map(int, outcome.cells()[1:5])) == 30
    assert tally(outcome.requests) == {"accepted": 30}
    assert (outcome.lost, outcome.doubled) == (0, 0)
    assert table([outcome]).splitlines()[0].split() == HEADINGS


def test_a_port_in_use_is_one_clear_sentence_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"error: cannot listen on port {port}: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(("module", "remedy"), [("waitress", "'treadle[web]'"), ("matplotlib", "matplotlib")])
def test_a_missing_package_is_one_clear_sentence_and_status_2(
    module: str, remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    command = ["serve"] if module == "waitress" else ["demo", "--plot", str(tmp_path / "plot.png")]
    assert main(command) == 2
    printed = capsys.readouterr().err
    assert module in printed
    assert f"pip install {remedy}\n" in printed
    assert printed.count("\n") == 1


def test_a_plot_that_cannot_be_written_is_refused_before_the_demo_begins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    assert main(["demo", "--plot", str(tmp_path / "missing" / "plot.png")]) == 2
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command_line",
    [
        [],
        ["demo", "--rate", "0"],
        ["demo", "--seconds", "nan"],
        ["serve", "--design", "other"],
        ["serve", "--port", "x"],
    ],
)
def test_nonsense_options_end_with_status_2(command_line: list[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(command_line)
    assert leaving.value.code == 2


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=lambda stop: stop.name)
def test_serve_finishes_the_accepted_orders_when_it_is_told_to_stop(stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "boundedqueue.orders", "serve", "--work", "0.05", "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().rsplit(":", 1)[1].split("/")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for number in range(5):
            connection.request("POST", "/orders", body=str(number))
            response = connection.getresponse()
            assert (response.status, response.read()) == (202, b"202 Accepted\n")
        connection.close()
        os.kill(server.pid, stop)
        assert server.stdout.read() == "finishing the accepted orders\n"
        assert server.wait(30) == 0


@pytest.mark.slow
def test_the_demo_compares_the_designs_and_draws_the_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "latency.png"
    assert main(["demo", "--seconds", "1", "--rate", "60", "--plot", str(file)]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()[2:5]] == list(DESIGNS)
    assert file.read_bytes().startswith(b"\x89PNG")
