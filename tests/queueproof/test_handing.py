"""The fast queue refines the model that hands over: renaming breaks nothing, changing what a step does breaks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boundedqueue import fast
from queueproof.extraction import Size
from queueproof.fast import PROGRAMS
from queueproof.handing import LARGER, SHOWS_ALL, TABLE, HandsOver, merged, rows
from queueproof.reading import as_model, reading
from queueproof.unbounded.theorem import Finding
from queuespec import hand_over
from queuespec.hand_over import DONE, FREE, PUTTING

SOURCE = Path(fast.__file__).read_text(encoding="utf-8")
SMALLEST = (Size(1, 1, 1), Size(1, 2, 1), Size(2, 1, 1))


def of(source: str, module: str, directory: Path, *sizes: Size) -> Finding:
    """Does a queue with this source refine the model?"""
    (directory / f"{module}.py").write_text(source, encoding="utf-8")
    programs = PROGRAMS.read_text(encoding="utf-8").replace("boundedqueue.fast", module)
    file = directory / f"{module}_programs.py"
    file.write_text(programs, encoding="utf-8")
    return HandsOver(sizes, file=file, include=("boundedqueue", module)).check()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_each_step_of_the_fast_queue_is_an_action_of_the_model() -> None:
    finding = HandsOver(SMALLEST).check()

    assert finding.ok, finding.detail
    assert finding.detail.startswith("70 places, 92 rows")


def test_the_meaning_of_the_places_is_what_the_code_says() -> None:
    visible = HandsOver().extracted(SHOWS_ALL).visible
    extracted = HandsOver().extracted(Size(1, 1, 1), visible)
    meanings = reading(merged([extracted]))
    turns = {place.place[:2]: meaning.turn for place, meaning in meanings.items()}
    by_function = {
        (place[0][0], place[1][0]): {
            turn for other, turn in turns.items() if [f for f, _ in other] == [f for f, _ in place]
        }
        for place in turns
    }

    assert by_function["put", "_produce_for_ever"] == {PUTTING}
    assert by_function["_take_turn", "_in_turn"] == by_function["_wait", "put"] == by_function["_wait", "get"] == {FREE}
    assert by_function["_turn", "_in_turn"] == {DONE}


def test_the_states_of_the_code_are_states_of_the_model_and_keep_its_invariant() -> None:
    visible = HandsOver().extracted(SHOWS_ALL).visible
    extracted = HandsOver().extracted(Size(2, 1, 1), visible)
    meanings = reading(merged([extracted]))
    states = {as_model(extracted, number, meanings) for number in range(len(extracted.states))}

    assert states >= {hand_over.initial(1, 2, 1)}
    assert all(hand_over.invariant(state) for state in states)
    assert len(rows(extracted, meanings)) == 77


@pytest.mark.slow
def test_the_kinds_of_step_are_closed_from_two_by_two_on() -> None:
    finding = HandsOver((*TABLE, *LARGER)).check()

    assert finding.ok, finding.detail
    assert "76 places, 99 rows" in finding.detail
    assert "3 x 3, K = 1: 87664 states, 317773 steps, 99 rows, 0 new" in finding.detail


def test_rows_that_are_new_beyond_what_is_said_to_be_enough_are_told() -> None:
    finding = HandsOver(SMALLEST, enough=1).check()

    assert not finding.ok
    assert "92 rows" in finding.detail and "18 new beyond 1 x 1" in finding.detail


RENAMED = {
    "_room": "_place",
    "_admit": "_accept",
    "_enter": "_arrive",
    "_serve": "_answer_all",
    "_in_turn": "_alone",
    "waiter": "sleeper",
    "getter": "taker",
    "items": "goods",
    "answer": "reply",
    "line": "row",
    "WAITING": "ASLEEP",
}


def test_renaming_the_variables_breaks_no_proof(written: Path) -> None:
    source = SOURCE
    for name, other in RENAMED.items():
        source = re.sub(rf"\b{name}\b", other, source)
    assert "_serve" not in source

    finding = of(source, "renamed_fast_queue", written, *SMALLEST)

    assert finding.ok, finding.detail
    assert finding.detail.startswith("70 places, 92 rows")


CHANGES = {
    "a get lets nobody in": ("            if self._putters:  # 3", "            if False:  # 3"),
    "a put looks for no getter": (
        "        self._shortcut = -1 if self._getters else self._room\n\n    def _admit",
        "        self._shortcut = self._room\n\n    def _admit",
    ),
    "a put finds room for one more": ("if len(items) < self._shortcut:  # 1", "if len(items) <= self._shortcut:  # 1"),
    "a putter in line finds room for one more": (
        "elif self._putters and len(items) < self._room:",
        "elif self._putters and len(items) <= self._room:",
    ),
    "nobody is served": ("                self._serve()  # 4\n", "                pass\n"),
    "a get that joins looks for no item": ("            if line and items:", "            if False:"),
    "what is handed over is queued too": (
        "            getter.answer = item\n",
        "            getter.answer = item\n            self.queue.append(item)\n",
    ),
    "a putter is told before its item is in": (
        "                items += (line[0].item,)  # no call",
        "                pass  # no call",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changing_what_a_step_of_the_fast_queue_does_breaks_the_proof(change: str, written: Path) -> None:
    old, new = CHANGES[change]
    assert SOURCE.count(old) == 1
    module = "changed_" + re.sub(r"\W", "_", change)

    finding = of(SOURCE.replace(old, new), module, written, Size(1, 1, 1), SHOWS_ALL)

    assert not finding.ok
    assert re.search("what no action does|no action of the model|ends in an exception", finding.detail)
