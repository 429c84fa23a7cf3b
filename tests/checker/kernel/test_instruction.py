"""An instruction that touches several objects finds out anew which they are, after others have gone first."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle
from support.agreement import by_oracle, difference
from support.outcomes import explored
from treadle.kernel.instruction import Instruction
from treadle.vocabulary.verdict import Verdict

PROGRAM = """\
import threading


class World:
    pass


w = None


def compare():
    w.r += 1 if w.outer == [[1]] else 10


def look():
    w.r += 1 if [3] in w.outer else 10


def replace():
    w.outer[0] = [5]


def put_in():
    w.outer[0] = w.spare


def change():
    w.outer[0].append(3)
    w.spare.append(3)


def grow():
    w.outer.append([4])
    w.outer[-1].append(1)


def program():
    global w
    w = World()
    w.outer, w.spare, w.r = [[1]], [2], 0
    for target in ({targets}):
        threading.Thread(target=target).start()


def observe():
    return (w.r, tuple(map(tuple, w.outer)), tuple(w.spare))
"""

TARGETS = ("compare, replace, change", "compare, put_in, change", "look, replace, grow", "compare, grow, replace")


@pytest.mark.parametrize("targets", TARGETS)
def test_what_is_touched_after_a_point_is_what_is_there_then(targets: str, tmp_path: Path) -> None:
    source = PROGRAM.format(targets=targets)
    expected = by_oracle(source)
    assert expected is not None
    assert not difference(expected, source, tmp_path)
    with_table, without = (explored(source, tmp_path, table=table)[1] for table in (True, False))
    assert (len(with_table.states), with_table.transitions) == (len(without.states), without.transitions)


def test_a_checker_that_goes_by_what_was_there_before_contradicts_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_counts(self: Instruction, late: bool) -> None:
        self.points += 1

    monkeypatch.setattr(Instruction, "interrupted", only_counts)
    file = tmp_path / "program.py"
    file.write_text(PROGRAM.format(targets=TARGETS[0]))
    report = treadle.check((file, "program"))
    assert report.verdict is Verdict.UNKNOWN
    assert "not deterministic" in report.message
