"""The tutorial: its state graphs are those of the real code, its table covers the whole story."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queueproof.extraction import Size, extract
from queueproof.state_graph import mermaid

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"


@pytest.mark.parametrize("getters", [1, 2])
def test_the_pictures_of_state_graphs_are_those_of_the_real_code(getters: int) -> None:
    text = (TUTORIAL / "deadlock.md").read_text(encoding="utf-8")
    drawn = mermaid(extract("broken.one_condition.OneConditionQueue", Size(1, getters, 1)))

    assert f"```mermaid\n{drawn}\n```" in text
    assert (":::stuck" in drawn) is (getters == 2)


def test_the_table_has_every_step_of_the_story_from_v01_to_v38() -> None:
    text = (TUTORIAL / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| v\d\d", line)]
    told = {int(number) for row in rows for number in re.findall(r"\bv(\d\d)\b", row.split("|")[1])}

    assert told == set(range(1, 39))
    assert all(re.search(r"\]\([a-z]+\.md#", row) for row in rows)


def test_the_correct_queue_has_no_state_from_which_nothing_leads_away() -> None:
    drawn = mermaid(extract("MonitorQueue", Size(2, 2, 1)))

    assert "stuck" not in drawn
