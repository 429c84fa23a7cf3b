"""Deadlock, lost wakeup, a lock left behind: judged of states, and of stored states alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.checking import check
from treadle.properties.states import waits_for_signal
from treadle.sandbox.importer import Sandbox
from treadle.strategies.states import Explorer
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.verdict import Reason, Verdict

SLOT = """\
import threading
import treadle


{specification}


class Slot:
    def __init__(self):
        self.items = []
        self.filled = threading.Condition()

    def put(self, item):
        with self.filled:
            self.items.append(item)
            {after}

    def get(self):
        with self.filled:
            {test} not self.items:
                self.filled.wait()
            return self.items.pop(0)


def program():
    slot = treadle.refines(Slot(), Specification(), view=lambda s: tuple(s.items))
    threads = [threading.Thread(target=slot.get, daemon={daemon}) for _ in range({getters})]
    for thread in threads:
        thread.start()
    for number in range({puts}):
        threading.Thread(target=slot.put, args=(number,)).start()
"""


IMPORTED = "from support.slot_specification import Specification"
INLINE = """
class Outcome:
    def __init__(self, result, items, timeout=False):
        self.result, self.state, self.timeout = ("return", result), State(items), timeout


class State:
    def __init__(self, items):
        self.items = items


class Specification:
    methods = ("put", "get")

    def initial(self):
        return State(())

    def outcomes(self, state, method, args, kwargs):
        if method == "put":
            return [Outcome(None, (*state.items, *args))]
        return [Outcome(state.items[0], state.items[1:])] if state.items else []
"""


def judged(folder: Path, **parts: object) -> tuple[Verdict, Reason | None]:
    file = folder / "slot.py"
    defaults: dict[str, object] = {
        "after": "self.filled.notify()",
        "test": "while",
        "daemon": False,
        "getters": 1,
        "puts": 1,
    }
    defaults["specification"] = IMPORTED
    file.write_text(SLOT.format(**{**defaults, **parts}))
    report = check(f"{file}::program", max_seconds=60)
    return report.verdict, report.reason


def test_a_consumer_that_is_told_wakes(tmp_path: Path) -> None:
    assert judged(tmp_path) == (Verdict.HOLDS, None)
    assert judged(tmp_path, getters=2, puts=2) == (Verdict.HOLDS, None)


def test_a_specification_may_be_in_the_file_of_the_program(tmp_path: Path) -> None:
    assert judged(tmp_path, specification=INLINE, getters=2, puts=2) == (Verdict.HOLDS, None)


def test_a_consumer_that_is_never_told_is_a_lost_wakeup(tmp_path: Path) -> None:
    assert judged(tmp_path, after="pass") == (Verdict.VIOLATED, Reason.LOST_WAKEUP)


def test_a_lost_wakeup_is_seen_even_if_nobody_must_wait_for_the_sleeper(tmp_path: Path) -> None:
    assert judged(tmp_path, after="pass", daemon=True) == (Verdict.VIOLATED, Reason.LOST_WAKEUP)


def test_a_consumer_that_waits_for_what_nobody_sends_is_a_deadlock_but_no_lost_wakeup(tmp_path: Path) -> None:
    assert judged(tmp_path, getters=2) == (Verdict.VIOLATED, Reason.DEADLOCK)
    assert judged(tmp_path, getters=2, daemon=True) == (Verdict.HOLDS, None)


def test_told_only_when_the_buffer_was_empty_one_of_two_consumers_sleeps_on(tmp_path: Path) -> None:
    after = "len(self.items) == 1 and self.filled.notify()"
    assert judged(tmp_path, after=after, getters=2, puts=2) == (Verdict.VIOLATED, Reason.LOST_WAKEUP)


def test_a_consumer_that_does_not_look_again_may_find_nothing(tmp_path: Path) -> None:
    stolen = judged(tmp_path, test="if", getters=2, puts=2)
    assert stolen == (Verdict.VIOLATED, Reason.EXCEPTION)


@pytest.mark.parametrize(
    ("kind", "scope", "expected"),
    [
        ("RLock", "", (Verdict.VIOLATED, Reason.LEAK)),
        ("RLock", "    ", (Verdict.VIOLATED, Reason.LEAK)),
        ("Lock", "", (Verdict.HOLDS, None)),
    ],
    ids=["global RLock", "local RLock", "global Lock"],
)
def test_a_lock_that_is_left_behind_is_reported(
    kind: str, expected: tuple[Verdict, Reason | None], scope: str, tmp_path: Path
) -> None:
    file = tmp_path / "left.py"
    made, program = f"{scope}lock = threading.{kind}()\n", "def program():\n"
    file.write_text(
        f"import threading\n{program + made if scope else made + program}"
        "    threading.Thread(target=lock.acquire, name='taker').start()\n"
    )
    report = check(f"{file}::program")
    assert (report.verdict, report.reason) == expected
    told = report.message or "; ".join(report.warnings)
    assert told.startswith("taker has finished and still holds "), "only a plain lock may be meant to stay taken"


@pytest.mark.parametrize("primitives", ["virtual", "stdlib"])
def test_a_stored_state_says_the_same_of_who_sleeps_as_the_execution(primitives: str, tmp_path: Path) -> None:
    file = tmp_path / "slot.py"
    file.write_text(
        SLOT.format(specification=IMPORTED, after="self.filled.notify()", test="while", daemon=False, getters=2, puts=1)
    )
    explorer = Explorer(Sandbox(file, primitives=primitives), Program("program"), Options(go_on=True))
    exploration = explorer.explore()
    asleep = 0
    for state in exploration.states:
        assert state.key is not None
        world = explorer.worlds.at(state)
        shared, locals_ = state.key
        for local, index in zip(locals_, world.threads, strict=True):
            expected = waits_for_signal(world.execution, index)
            assert explorer.forms.waits_for_signal(shared, local) == expected
            asleep += expected
        explorer.worlds.keep(state, world)
    explorer.worlds.close()
    assert asleep > 0
