"""What exploration establishes about the fast queue: its sizes are exact, and a queue with a fault does not pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boundedqueue import fast
from queueproof.fast import INTERRUPTS, PROGRAMS, SIZES, ExploredFast, Interrupted
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Verdict

# States and transitions.
COUNTS = {
    "turns(2, 2)": (83, 159),
    "hand_over(1, 1, 1, 1)": (38, 46),
    "hand_over(1, 1, 2, 1)": (307, 447),
    "hand_over(1, 1, 2, 2)": (149, 206),
    "hand_over(2, 1, 1, 1)": (604, 1091),
    "spinning(1, 1, 1, 1)": (67, 103),
}


@pytest.mark.parametrize("program", COUNTS)
def test_the_number_of_states_and_transitions_is_exact(program: str) -> None:
    report = ExploredFast(program).explore()

    assert report.verdict is Verdict.HOLDS
    assert (report.states, report.transitions) == COUNTS[program]


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 2, 2, 1), (2, 1, 2, 1), (2, 1, 2, 2)])
def test_larger_hand_overs_hold_too(size: tuple[int, int, int, int]) -> None:
    assert size not in SIZES
    assert ExploredFast(f"hand_over{size}").check().ok


RENAMED = {
    "_getters": "_takers",
    "_putters": "_givers",
    "_room": "_place",
    "_shortcut": "_short",
    "_admit": "_accept",
    "_enter": "_arrive",
    "waiter": "sleeper",
    "getter": "taker",
    "answer": "reply",
    "line": "row",
    "WAITING": "ASLEEP",
}


def renamed(file: Path) -> str:
    source = file.read_text(encoding="utf-8")
    for name, other in RENAMED.items():
        source = re.sub(rf"\b{name}\b", other, source)
    return source


def test_renaming_the_variables_of_the_queue_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "renamed_fast.py").write_text(renamed(Path(fast.__file__)), encoding="utf-8")
    file = tmp_path / "renamed_programs.py"
    file.write_text(renamed(PROGRAMS).replace("boundedqueue.fast", "renamed_fast"), encoding="utf-8")
    assert "self._putters" not in (tmp_path / "renamed_fast.py").read_text(encoding="utf-8")

    for program in ("hand_over(1, 1, 2, 1)", "spinning(1, 1, 1, 1)"):
        (report,) = check_file(file, program, Options(include=("boundedqueue", "renamed_fast")))

        assert report.verdict is Verdict.HOLDS
        assert (report.states, report.transitions) == COUNTS[program]


STUBBORN = (
    "\n    def _leave(self, line: Any, waiter: Any) -> None:\n"
    "        super()._leave(line, waiter)\n        waiter.answer = fast.WAITING\n"
)
CROWDED = (
    "\n    def _enter(self, line: Any, waiter: Any, item: Any) -> bool:\n"
    "        if line is not self._putters:\n            return super()._enter(line, waiter, item)\n"
    "        waiter.answer = fast.DONE\n        self._admit(item)\n        return False\n"
)
SILENT = "\n    def _serve(self) -> None:\n        if not self._putters:\n            super()._serve()\n"
DEAF = (
    "\n    def _serve(self) -> None:\n"
    "        if not (self._getters and self.is_shutdown):\n            super()._serve()\n"
)
RUDE = (
    "\n    @property\n    def _turn(self) -> None:\n        raise AttributeError\n"
    "\n    @_turn.deleter\n    def _turn(self) -> None:\n        pass\n"
    "\n    @_turn.setter\n    def _turn(self, token: None) -> None:\n        pass\n"
)


def found(programs: Path, line: str, fault: str, program: str, tmp_path: Path) -> tuple[Verdict, Reason | None]:
    """What exploring the program comes to once the class whose docstring this is has the fault."""
    source = programs.read_text(encoding="utf-8")
    assert source.count(line) == 1
    file = tmp_path / "faulty_programs.py"
    faulty = source.replace(line, line + fault)
    if "from boundedqueue import fast" not in faulty:
        faulty = faulty.replace("import treadle\n", "import treadle\nfrom boundedqueue import fast\n")
    file.write_text(faulty, encoding="utf-8")
    (report,) = check_file(file, program, Options(include=("boundedqueue", "queueproof")))
    return report.verdict, report.reason


@pytest.mark.parametrize(
    ("fault", "program", "reason"),
    [
        pytest.param(SILENT, "hand_over(1, 1, 2, 1)", Reason.LOST_WAKEUP, id="no blocked put is let in"),
        pytest.param(CROWDED, "hand_over(1, 1, 2, 1)", Reason.SPECIFICATION, id="a put does not mind a full queue"),
        pytest.param(STUBBORN, "timed_getter", Reason.LOST_WAKEUP, id="a timeout beats the answer"),
        pytest.param(DEAF, "closing(2, 1, False)", Reason.SPECIFICATION, id="shutdown answers no get in line"),
    ],
)
def test_a_fault_is_caught(fault: str, program: str, reason: Reason, tmp_path: Path) -> None:
    line = '    """The fast queue; it counts the items that it hands over."""\n'
    assert found(PROGRAMS, line, fault, program, tmp_path) == (Verdict.VIOLATED, reason)


def test_a_turn_that_lets_everybody_in_is_caught(tmp_path: Path) -> None:
    line = '    """The fast queue with its own turn; no call of these programs interrupts another."""\n'
    assert found(PROGRAMS, line, RUDE, "turns(2, 1)", tmp_path) == (Verdict.VIOLATED, Reason.ASSERTION)


KEEPING = "\n    def _withdraw(self, line: Any, waiter: Any) -> None:\n        self._leave(line, waiter)\n"
STAYING = "\n    def _withdraw(self, line: Any, waiter: Any) -> None:\n        pass\n"
DOUBLING = (
    "\n    def _withdraw(self, line: Any, waiter: Any) -> None:\n"
    "        super()._withdraw(line, waiter)\n        super()._withdraw(line, waiter)\n"
)
LOCKED = "\n    def _take_turn(self) -> None:\n        super()._take_turn()\n        self.fuse.burn('turn')\n"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(KEEPING, Reason.DEADLOCK, id="an interrupted get keeps its item"),
        pytest.param(STAYING, Reason.DEADLOCK, id="an interrupted get stays in line"),
        pytest.param(DOUBLING, Reason.ASSERTION, id="an interrupted get gives its item back twice"),
        pytest.param(LOCKED, Reason.DEADLOCK, id="an interrupt between taking the turn and guarding it"),
    ],
)
def test_what_an_interrupt_must_not_do_is_caught(fault: str, reason: Reason, tmp_path: Path) -> None:
    line = '    or as it wakes.\n    """\n\n    __slots__ = ("fuse", "lock")\n'
    program = "get_beside_put('fast', 1)"
    assert found(INTERRUPTS, line, fault, program, tmp_path) == (Verdict.VIOLATED, reason)


@pytest.mark.slow
def test_an_immediate_shutdown_of_two_getters_holds_too() -> None:
    assert ExploredFast("closing(2, 1, True)").check().ok


@pytest.mark.slow
@pytest.mark.parametrize("program", ["get_beside_put('fast', 2)", "get_beside_get('fast')"])
def test_larger_programs_survive_an_interrupt_too(program: str) -> None:
    assert Interrupted(program).check().ok
