"""From cells to figures, from figures to tables; the JSON form holds all that the tables show."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from bench import __main__ as bench
from bench.figures import growths, ratios, slope
from bench.measure import Cell, Plan
from bench.micro import Stopwatch, rate, searches
from bench.page import BEGIN, DOCS, END, with_figures
from bench.process import Caps
from bench.question import FITTED, SIZES, Question
from bench.tables import tables


def cell(question: str, subject: str, seconds: float, outcome: str = "right", states: int = 10) -> Cell:
    return Cell(question, subject, outcome, seconds, seconds / 2, 30.0, states, 2 * states, None, (seconds,))


def test_a_ratio_is_the_peers_time_by_ours_where_both_are_right() -> None:
    cells = [
        cell("(1,1,1,1)", "ours", 0.5),
        cell("(1,1,1,1)", "peer", 2.0),
        cell("(2,2,1,1)", "ours", 0.5),
        cell("(2,2,1,1)", "peer", 0.1, outcome="wrong: deadlock"),
        cell("(3,3,1,1)", "ours", 0.5, outcome="cut: 60 s"),
        cell("(3,3,1,1)", "peer", 0.1),
    ]
    (only,) = ratios(cells, "ours", ["peer", "nobody"])
    assert (only.question, only.subject, only.wall, only.cpu) == ("(1,1,1,1)", "peer", 4.0, 4.0)


def test_the_exponent_of_a_power_is_found() -> None:
    cells = [cell(str(point), "ours", point.producers**3, states=7 * point.producers**2) for point in FITTED]
    found = {each.cost: each.exponent for each in growths(cells, ["ours"], FITTED)}
    assert found == pytest.approx({"states": 2, "transitions": 2, "cpu": 3})


def test_without_all_the_points_there_is_no_exponent() -> None:
    cells = [cell(str(FITTED[0]), "ours", 1.0), cell(str(FITTED[1]), "ours", 1.0, outcome="cut: 60 s")]
    (first, *_) = growths(cells, ["ours"], FITTED)
    assert (first.exponent, first.missing) == (None, ("(10,10,1,1)", "(20,20,1,1)"))


def test_least_squares() -> None:
    assert slope([(0, 0), (1, 1), (2, 1)]) == pytest.approx(0.5)


def test_only_what_was_looked_up_is_timed() -> None:
    watch = Stopwatch()
    for transitions, made in ((1, 1), (2, 1), (3, 2), (10, 2), (1, 3), (2, 3)):
        watch(0, transitions, 0, 1, made)
    assert watch.looked_up == (2 - 1) + (10 - 3) + (2 - 1)


def test_the_rate_is_that_of_a_complete_search() -> None:
    found = rate(Question(5, 5, 1, 1), *next(iter(searches().items())), seconds=100)
    assert (found.verdict, found.transitions) == ("holds", 705)  # enough for the stopwatch to be told
    assert 0 <= found.looked_up < 705 and 0 <= found.looked_up_seconds < found.seconds


def test_where_the_rates_cannot_be_measured_the_rest_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.sys, "executable", "/bin/false")
    assert bench.micro(1) == []


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A run in which a process takes no time; but for that it is a run."""

    def at_once(question: Question, subject: Any, caps: Caps) -> Cell:
        wrong = subject.name == "frontrun" and question.conditions == 1
        return cell(str(question), subject.name, 1.5, "wrong: holds" if wrong else "right", states=100)

    monkeypatch.setattr("bench.measure._cell", at_once)
    asked = [each for each in bench.subjects() if each.ours] + [
        bench.Subject(name, "a peer", lambda question: [()], lambda output, status: None, version="1.0")  # type: ignore
        for name in ("Harmony", "frontrun")
    ]
    asked.append(bench.Subject("ploom", "a peer", lambda question: [()], asked[0].read, absent="not installed"))
    return bench.ask_all(asked, Plan(2, Caps(1, 1), Caps(1, 1)), SIZES, 0)


def test_the_json_form_holds_all_that_is_shown(results: dict[str, Any]) -> None:
    again = json.loads(json.dumps(results))
    assert set(again) == {
        "began", "machine", "options", "reference", "subjects", "trials", "sizes", "deadlocks", "ratios", "fitted",
        "growths", "micro",
    }  # fmt: skip
    assert set(again["machine"]) == {"processor", "cores", "memory", "system", "python", "load", "load_after"}
    assert len(again["sizes"]) == 13 * len(again["subjects"])
    assert len(again["deadlocks"]) == 5 * len(again["subjects"])
    assert tables(again) == tables(results)


def test_who_fails_the_trial_is_not_compared(results: dict[str, Any]) -> None:
    assert {each["subject"] for each in results["ratios"]} == {"Harmony"}


def test_the_tables_show_every_cell_and_the_absent_once(results: dict[str, Any]) -> None:
    by = {table.title.partition(":")[0]: table for table in tables(results)}
    trials = by["Does it find the deadlock of one condition, and none with two?"].rows
    assert ("", "ploom", "absent: not installed", "", "", "", "", "") in trials
    assert ("", "frontrun", "wrong: holds", "1.50", "0.75", "30", "100", "200") in trials
    sizes = by["No deadlock"].rows
    assert sizes[0] == ("(1,1,1,1)", "MonitorQueue", "right", "1.50", "0.75", "30", "100", "200")
    assert len(sizes) == 13 * (len(results["subjects"]) - 1)
    flat = "0.00"  # the stand-ins cost the same at every size
    grown = next(table for title, table in by.items() if title.startswith("Exponent")).rows
    assert ("Harmony", flat, flat, flat, "") in grown
    assert ("ploom", "", "", "", "(5,5,1,1) (10,10,1,1) (20,20,1,1)") in grown
    drawn = StringIO()
    bench.show(results, Console(file=drawn, width=160))
    assert results["machine"]["processor"] in drawn.getvalue()
    assert "absent: not installed" in drawn.getvalue()


def test_without_a_peer_there_is_no_table_of_ratios(results: dict[str, Any]) -> None:
    alone = results | {"ratios": [], "subjects": [each for each in results["subjects"] if each["ours"]]}
    assert all(not table.rows for table in tables(alone) if table.title.startswith("Times as long"))
    bench.show(alone, Console(file=StringIO(), width=160))


def test_the_figures_take_the_place_of_the_old_ones(results: dict[str, Any]) -> None:
    page = f"before\n{BEGIN}what was here\n{END}after\n"
    written = with_figures(page, results)
    assert written.startswith(f"before\n{BEGIN}") and written.endswith(f"{END}after\n")
    assert "what was here" not in written and "| (1,1,1,1) | MonitorQueue | right |" in written
    assert with_figures(written, results) == written


def test_the_page_shows_the_figures_of_its_file() -> None:
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert with_figures(page, json.loads((DOCS / "benchmarks.json").read_text(encoding="utf-8"))) == page


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--size", "7,7,7,7"], "--size 7,7,7,7: the sizes are 1,1,1,1 2,2,1,1"),
        (["--only", "nobody"], "--only nobody: nobody is called so; there are MonitorQueue"),
        (["--json", "no/such/folder/bench.json"], "there is no folder no/such/folder"),
        (["--cap", "0"], "Invalid value for '--cap'"),
        (["--repeats", "0"], "Invalid value for '--repeats'"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(bench.main, arguments)
    assert done.exit_code == 2
    assert told in done.output
