"""The queue benchmark runs, prints every row and writes what it printed; its figures are not judged here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boundedqueue.bench.__main__ import main
from boundedqueue.bench.contenders import contenders
from boundedqueue.bench.measures import ratios


def test_one_short_round_measures_every_row_for_every_queue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    assert main(["--rounds", "1", "--seconds", "0.01", "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    report = json.loads(file.read_text())
    assert report["interpreter"] in printed
    assert [(r["row"], r["queue"]) for r in report["results"]] == [
        (row, queue) for row in ratios(0.01) for queue in contenders()
    ]
    assert all(result["median"] > 0 for result in report["results"])
    assert all(row in printed for row in ratios(0.01))
    assert set(report["idle"]) >= {"queue.Queue", "BoundedQueue", "MonitorQueue"}


def test_the_baseline_is_as_fast_as_itself(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    main(["--rounds", "1", "--seconds", "0.01", "--json", str(file)])
    baseline = [r for r in json.loads(file.read_text())["results"] if r["queue"] == "queue.Queue"]
    assert {result["median"] for result in baseline} == {1.0}


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--seconds", "0"], ["--seconds", "nan"]])
def test_nonsense_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    assert "must be at least 1" in capsys.readouterr().err
