"""The deadlock map: every cell is decided, the law is found in it, and a wrong one would be noticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from queueproof.__main__ import main
from queueproof.deadlock_map import CAPACITIES, THREADS, Disagreement, Law, Map, draw, guess, picture, text

DRAWN = Path(__file__).parents[2] / "docs" / "tutorial" / "deadlock-map.svg"


def marks(file: Path) -> list[tuple[int, int, str]]:
    """Where a mark is drawn, to the nearest unit, and its colour."""
    found = re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)" style="fill: (#\w+)', file.read_text(encoding="utf-8"))
    return sorted((round(float(x)), round(float(y)), colour) for x, y, colour in found)


@pytest.fixture(scope="module")
def one_condition() -> Map:
    return draw("one_condition")


def test_the_picture_in_the_tutorial_is_the_map(one_condition: Map, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("map.svg", "again.svg"):
        picture(one_condition, tmp_path / name)

    assert len(marks(DRAWN)) > len(one_condition.deadlocks)
    assert marks(DRAWN) == marks(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()


def test_the_map_of_one_condition_shows_the_law(one_condition: Map) -> None:
    drawn = one_condition

    assert drawn.law == Law(2, 0) and str(drawn.law) == "2K < P + C"
    assert drawn.exceptions == ()
    assert len(drawn.deadlocks) == len(THREADS) * len(CAPACITIES) == 55
    assert text(drawn).splitlines() == [
        "K = 5   .   .   .   .   .   .   .   .   .   X   X",
        "K = 4   .   .   .   .   .   .   .   X   X   X   X",
        "K = 3   .   .   .   .   .   X   X   X   X   X   X",
        "K = 2  [.] [.] [.] [X]  X   X   X   X   X   X   X",
        "K = 1  [.] [X] [X] [X]  X   X   X   X   X   X   X",
        "P + C   2   3   4   5   6   7   8   9  10  11  12",
    ]


def test_with_two_conditions_the_map_is_empty() -> None:
    drawn = draw("two_conditions")

    assert drawn.law is None and not any(drawn.deadlocks.values()) and drawn.exceptions == ()


@pytest.mark.parametrize("law", [Law(1, 0), Law(2, 1), Law(3, -1)])
def test_a_law_is_guessed_from_cells_that_obey_it(law: Law) -> None:
    cells = {(threads, capacity): law.says(threads, capacity) for threads in range(2, 10) for capacity in range(1, 4)}

    assert guess(cells) == law


def test_cells_that_obey_no_law_are_told() -> None:
    with pytest.raises(Disagreement, match="no inequation"):
        guess({(2, 1): True, (3, 1): False})


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_map_is_drawn_as_a_picture(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / f"map{suffix}"
    picture(draw("two_conditions"), file)

    assert file.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_a_picture_of_another_kind_is_bad_usage(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["map", "--output", str(tmp_path / "map.txt")])

    assert done.exit_code == 2 and "can be a .png or an .svg" in done.output
