"""The real queue refines the concurrent model: renaming breaks nothing, changing what a step does breaks it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from boundedqueue import monitor
from queueproof import bridging
from queueproof.bridge import Mismatch, mapped, model_rows, rows
from queueproof.bridging import BROKEN, CLOSED_FROM, Broken, Refines
from queueproof.exploration import WAKE_UPS
from queueproof.extraction import Extracted, Size, extract

SOURCE = inspect.getsource(monitor)
SMALLEST = (Size(1, 1, 1), Size(1, 2, 1), Size(2, 1, 2))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def refines(kind: str, *sizes: Size) -> bool:
    return Refines(kind, sizes).check().ok


@pytest.mark.parametrize("kind", ["MonitorQueue", "queue.Queue"])
@pytest.mark.parametrize("wake_up", WAKE_UPS)
def test_each_step_of_the_queue_is_an_action_of_the_model_under_each_kind_of_wake_up(kind: str, wake_up: str) -> None:
    assert Refines(kind, SMALLEST, tuple(WAKE_UPS[wake_up].items())).check().ok


def test_the_kinds_of_step_are_those_of_the_model() -> None:
    size = Size(2, 2, 2)
    found, of_model = rows(extract("MonitorQueue", size))

    assert of_model == model_rows([size])
    assert (len(found), len(of_model)) == (32, 26)


def test_more_threads_than_two_of_each_kind_show_new_kinds_of_step_and_more_than_three_none() -> None:
    growth = bridging.Growth()
    for threads in (2, 3, 4):
        extracted = extract("MonitorQueue", Size(threads, threads, 1))
        growth.add(extracted, rows(extracted)[0])

    assert [len(found) for found in growth.by_threads.values()] == [34, 40, 40]
    assert growth.closed_from() == CLOSED_FROM


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["MonitorQueue", "queue.Queue"])
def test_the_kinds_of_step_are_closed_from_three_by_three_on_in_the_whole_table(kind: str) -> None:
    finding = Refines(kind, closed_from=CLOSED_FROM).check()

    assert finding.ok, finding.detail
    assert finding.detail.startswith("60 rows") and "the 48 rows of the model" in finding.detail


def test_a_table_that_ends_too_early_is_not_taken_for_closed() -> None:
    finding = Refines("MonitorQueue", (Size(1, 1, 1), Size(2, 2, 1)), closed_from=(1, 1)).check()

    assert not finding.ok


@pytest.mark.parametrize(("kind", "size"), BROKEN, ids=[kind for kind, _ in BROKEN])
def test_a_queue_that_breaks_a_rule_of_the_model_makes_a_step_that_is_no_action(kind: str, size: Size) -> None:
    assert Broken(kind, size).check().ok


RENAMED = {
    "not_empty": "items_there",
    "not_full": "room_there",
    "mutex": "door",
    "deadline": "until",
    "remaining": "left",
    "_wait": "_sleep_on",
    "item": "thing",
    "self": "this",
    "unfinished_tasks": "unfinished_tasks",
}


def renamed(source: str) -> str:
    for name, other in RENAMED.items():
        source = re.sub(rf"\b{name}\b", other, source)
    return source


def test_renaming_the_variables_of_the_queue_breaks_no_proof(written: Path) -> None:
    (written / "renamed_monitor.py").write_text(renamed(SOURCE), encoding="utf-8")

    assert "self.not_full" not in renamed(SOURCE)
    assert refines("renamed_monitor:MonitorQueue", *SMALLEST)


CHANGES = {
    "put does not notify": ("            self.not_empty.notify()\n", "            pass\n"),
    "get does not notify": ("            self.not_full.notify()\n", "            pass\n"),
    "put notifies everybody": ("self.not_empty.notify()", "self.not_empty.notify_all()"),
    "put notifies twice": ("self.not_empty.notify()", "self.not_empty.notify(2)"),
    "get wakes a getter too": ("self.not_full.notify()", "self.not_full.notify(); self.not_empty.notify()"),
    "room for one more": ("0 < self.maxsize <= len(self.queue)", "0 < self.maxsize < len(self.queue)"),
    "room for one less": ("0 < self.maxsize <= len(self.queue)", "0 < self.maxsize <= len(self.queue) + 1"),
    "get takes all": (
        "item = self.queue.popleft()",
        "item = self.queue.popleft(); self.unfinished_tasks -= len(self.queue); self.queue.clear()",
    ),
    "put twice": ("self.queue.append(item)", "self.queue.append(item); self.queue.append(item)"),
    "if for while in get": ("while not self.queue and not self.is_shutdown", "if not self.queue"),
    "if for while in put": (
        "while 0 < self.maxsize <= len(self.queue) and",
        "if 0 < self.maxsize <= len(self.queue) and",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changing_what_a_step_does_breaks_the_proof(change: str, written: Path) -> None:
    old, new = CHANGES[change]
    assert SOURCE.count(old) == 1
    module = "changed_" + re.sub(r"\W", "_", change)
    (written / f"{module}.py").write_text(SOURCE.replace(old, new), encoding="utf-8")

    assert not refines(f"{module}:MonitorQueue", *SMALLEST, Size(1, 3, 2))


@pytest.mark.parametrize("options", [{}, {"wake_order": "any"}])
def test_what_is_read_of_a_state_is_what_a_real_execution_shows(options: dict[str, str]) -> None:
    """Every state of the graph is reached by a real step of some other: nothing is read that is never there."""
    extracted: Extracted = extract("MonitorQueue", Size(2, 2, 1), **options)

    assert {step.after for step in extracted.steps} | {0} == set(range(len(extracted.states)))
    assert all(len(state.stands) <= 4 and 0 <= state.length <= 1 for state in extracted.states)
    assert not extracted.failed


def test_a_mismatch_says_which_step_of_whom() -> None:
    with pytest.raises(Mismatch, match=r"1 x 1, K = 1: a step of a putter \(outside, in put\) leads from Counters"):
        list(mapped(extract("broken.notify_forgotten.PutForgetsNotifyQueue", Size(1, 1, 1))))
