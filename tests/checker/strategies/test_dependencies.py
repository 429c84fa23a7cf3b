"""A step depends on those who judge it: on what invariants and views look at, on what monitors know."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle import check
from treadle.properties import refinement
from treadle.sandbox import looking
from treadle.sandbox.importer import LoadError
from treadle.strategies import steps
from treadle.vocabulary.verdict import Report, Verdict

TWO_LISTS = """\
import functools
import operator
import threading
import treadle

lock, other = threading.Lock(), threading.Lock()
first, second = [0], [0]
pair = (first, second)

class Both:
    def __init__(self):
        self.lists = pair

    @property
    def ones(self):
        return [each[0] for each in self.lists]

    def holds(self):
        return self.ones != [1, 1]

both = Both()

def in_a_loop():
    found = 0
    for each in pair:
        for number in each:
            found += number
    return found < 2

def past_a_lock():
    try:
        other.locked()
    except BaseException:
        return True
    return not (first[0] and second[0])

def write(numbers):
    with lock:
        numbers[0] = 1

def program():
    held = threading.Lock()
    held.acquire()
    threading.Thread(target=held.acquire, daemon=True).start()  # so that nobody is ever the last one
    treadle.invariant({holds})
    for numbers in pair:
        threading.Thread(target=write, args=(numbers,)).start()
"""

INVARIANTS = {
    "both lists": "lambda: not (first[0] and second[0])",
    "a property": "lambda: both.ones != [1, 1]",
    "a method": "both.holds",
    "a loop": "in_a_loop",
    "a sum": "lambda: sum(first) + sum(second) < 2",
    "a generator": "lambda: not all(each[0] for each in pair)",
    "an order": "lambda: sorted(first + second) != [1, 1]",
    "a comparison in C": "lambda: pair != ([1], [1])",
    "a status": "lambda: not other.locked() and not (first[0] and second[0])",
    "a status that is asked for in vain": "past_a_lock",
    "a function that keeps what it said": "functools.lru_cache(maxsize=0)(in_a_loop)",
    "a partial function": "functools.partial(operator.ne, pair, ([1], [1]))",
}


def checked(program: str, folder: Path) -> Report:
    (folder / "program.py").write_text(program)
    return check((folder / "program.py", "program"), max_seconds=60)


@pytest.mark.parametrize("looks_at", INVARIANTS)
def test_an_invariant_is_asked_again_when_something_has_changed_at_which_it_looks(
    looks_at: str, tmp_path: Path
) -> None:
    """Each thread writes one list; the step that writes the second one looks at it only, and breaks the invariant."""
    report = checked(TWO_LISTS.replace("{holds}", INVARIANTS[looks_at]), tmp_path)
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, "invariant")


def test_an_invariant_that_looks_at_all_that_changes_may_hold(tmp_path: Path) -> None:
    program = TWO_LISTS.replace("{holds}", "lambda: first[0] < 2 and second[0] < 2")
    assert checked(program, tmp_path).verdict is Verdict.HOLDS


def test_an_invariant_without_an_end_is_a_violation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(looking, "MOST_ROUNDS", 1000)
    endless = "def for_ever():\n    while first:\n        pass\n\ndef program():"
    program = TWO_LISTS.replace("def program():", endless).replace("{holds}", "for_ever")
    report = checked(program, tmp_path)
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, "invariant")
    assert "has looked for 1000 rounds of a loop, and goes on" in report.message


@pytest.mark.parametrize("table", [True, False])
def test_every_step_that_leaves_an_invariant_broken_is_counted_if_asked_for(table: bool, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(TWO_LISTS.replace("{holds}", "lambda: not first[0]"))
    report = check((tmp_path / "program.py", "program"), max_seconds=60, go_on=True, table=table)
    assert report.violations == 3


CHANGES = "def changes():\n    first[0] = 0\n    return True\n\ndef program():"
STARTS = "def starts():\n    threading.Thread(target=lock.acquire).start()\n    return True\n\ndef program():"


def test_an_invariant_that_changes_what_it_looks_at_leaves_no_verdict(tmp_path: Path) -> None:
    report = checked(TWO_LISTS.replace("def program():", CHANGES).replace("{holds}", "changes"), tmp_path)
    assert report.verdict is Verdict.UNKNOWN
    assert "a list is changed by an invariant or a view, which may only look" in str(report)


def test_an_invariant_must_not_start_a_thread(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="an invariant, a view or a specification may only look"):
        checked(TWO_LISTS.replace("def program():", STARTS).replace("{holds}", "starts"), tmp_path)


FORGETFUL = """\
import threading
import treadle

class Register:
    \"\"\"Forgets what it is given.\"\"\"

    def __init__(self):
        self.lock = threading.Lock()

    def put(self, value):
        with self.lock:
            pass

    def get(self):
        with self.lock:
            return 0

class Outcome:
    timeout = False

    def __init__(self, result, state):
        self.result, self.state = ("return", result), state

class Specification:
    methods = ("put", "get")

    def initial(self):
        return 0

    def outcomes(self, state, method, args, kwargs):
        return [Outcome(None, args[0]) if method == "put" else Outcome(state, state)]

def program():
    held = threading.Lock()
    held.acquire()
    threading.Thread(target=held.acquire, daemon=True).start()  # so that nobody is ever the last one
    register = treadle.refines(Register(), Specification())
    threading.Thread(target=register.put, args=(1,)).start()
    threading.Thread(target=register.get).start()
"""


def test_a_call_is_judged_by_what_the_monitor_knows(tmp_path: Path) -> None:
    """The register is the same before the put and after it; that a get returns 0 is right before it only."""
    report = checked(FORGETFUL, tmp_path)
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, "specification")


COMBINING = """\
import threading
import treadle
from queuespec.sequential import BoundedFifo

class Combining:
    \"\"\"Who holds the lock appends for all who wait for it.\"\"\"

    def __init__(self):
        self.lock, self.queue, self.asked = threading.Lock(), [], []

    def put(self, item):
        self.asked.append(item)
        with self.lock:
            while self.asked:
                self.queue.append(self.asked.pop(0))

def program():
    buffer = treadle.refines(Combining(), BoundedFifo(0), view=lambda b: tuple(b.queue))
    for item in "ab":
        threading.Thread(target=buffer.put, args=(item,)).start()
"""


def test_a_call_may_take_effect_in_the_step_of_another_thread(tmp_path: Path) -> None:
    assert checked(COMBINING, tmp_path).verdict is Verdict.HOLDS


@pytest.mark.parametrize("program", [TWO_LISTS.replace("{holds}", INVARIANTS["both lists"]), FORGETFUL])
def test_without_what_judges_the_verdict_would_be_wrong(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    look = steps.looked_at_by

    def careless(execution, *arguments):  # type: ignore[no-untyped-def]
        execution.looks.clear()
        monitors, execution.monitors = execution.monitors, []
        try:
            return look(execution, *arguments)
        finally:
            execution.monitors = monitors

    monkeypatch.setattr(steps, "looked_at_by", careless)
    assert checked(program, tmp_path).verdict is Verdict.HOLDS


@pytest.mark.parametrize("view", [", view=lambda b: tuple(b.queue)", ""])
def test_too_many_explanations_leave_no_verdict(view: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(refinement, "MOST_CONFIGURATIONS", 0)
    report = checked(COMBINING.replace(", view=lambda b: tuple(b.queue)", view), tmp_path)
    assert report.verdict is Verdict.UNKNOWN
    assert "more than 0 explanations of the calls to one object" in str(report)
