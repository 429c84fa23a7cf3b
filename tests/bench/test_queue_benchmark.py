"""The queue benchmark runs, prints every row and writes what it printed; its figures are not judged here."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

import pytest

from boundedqueue.bench.__main__ import LIMIT, main
from boundedqueue.bench.contenders import contenders
from boundedqueue.bench.measures import limits, ratios


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """What one short round prints, and what it writes."""
    file = tmp_path_factory.mktemp("bench") / "bench.json"
    with redirect_stdout(StringIO()) as printed, redirect_stderr(StringIO()):
        assert main(["--rounds", "1", "--seconds", "0.01", "--json", str(file)]) == 0
    return printed.getvalue(), json.loads(file.read_text())


def test_every_row_is_measured_for_every_queue(run: tuple[str, Any]) -> None:
    printed, report = run
    assert report["interpreter"] in printed
    limited = limits(0.01)
    assert [(r["row"], r["queue"]) for r in report["results"]] == [
        (row, queue) for row in ratios(0.01) for queue in (*contenders(), *([LIMIT] if row in limited else []))
    ]
    assert all(result["median"] > 0 for result in report["results"])
    assert all(row in printed for row in ratios(0.01))
    assert set(report["idle"]) >= {"queue.Queue", "BoundedQueue", "MonitorQueue"}


def test_the_baseline_is_as_fast_as_itself(run: tuple[str, Any]) -> None:
    baseline = [r for r in run[1]["results"] if r["queue"] == "queue.Queue"]
    assert {result["median"] for result in baseline} == {1.0}


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--seconds", "0"], ["--seconds", "nan"]])
def test_nonsense_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    assert "must be at least 1" in capsys.readouterr().err
