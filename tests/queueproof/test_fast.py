"""What exploration establishes about the fast queue: its sizes are exact, and a queue with a fault does not pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boundedqueue import fast
from queueproof.fast import PROGRAMS, SIZES, ExploredFast
from treadle.checking import check_file
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Verdict

# States and transitions.
COUNTS = {
    "turns(2, 2)": (172, 314),
    "hand_over(1, 1, 1, 1)": (36, 46),
    "hand_over(1, 1, 2, 1)": (294, 438),
    "hand_over(1, 1, 2, 2)": (137, 194),
    "hand_over(1, 2, 2, 1)": (721, 1418),
    "hand_over(2, 1, 1, 1)": (342, 551),
    "spinning(1, 1, 1, 1)": (99, 163),
}


@pytest.mark.parametrize("program", COUNTS)
def test_the_number_of_states_and_transitions_is_exact(program: str) -> None:
    report = ExploredFast(program).explore()

    assert report.verdict is Verdict.HOLDS
    assert (report.states, report.transitions) == COUNTS[program]


@pytest.mark.slow
@pytest.mark.parametrize("size", [(2, 1, 2, 1), (2, 1, 2, 2)])
def test_larger_hand_overs_hold_too(size: tuple[int, int, int, int]) -> None:
    assert size not in SIZES
    assert ExploredFast(f"hand_over{size}").check().ok


RENAMED = {
    "_getters": "_takers",
    "_putters": "_givers",
    "_room": "_place",
    "_accept": "_admit",
    "_offer": "_propose",
    "waiter": "sleeper",
    "putter": "giver",
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


SILENT = "\n    def _serve_putter(self) -> bool:\n        return False\n"
STUBBORN = (
    "\n    def _leave(self, line: Any, waiter: Any) -> None:\n"
    "        super()._leave(line, waiter)\n        waiter.answer = fast.WAITING\n"
)
CROWDED = (
    "\n    def _offer(self, putter: Any, item: Any, block: bool) -> bool:\n"
    "        self._accept(putter, item)\n        return False\n"
)
DEAF = "\n    def _serve_getter(self) -> bool:\n        return False\n"


@pytest.mark.parametrize(
    ("fault", "program", "reason"),
    [
        pytest.param(SILENT, "hand_over(1, 1, 2, 1)", Reason.LOST_WAKEUP, id="no blocked put is let in"),
        pytest.param(CROWDED, "hand_over(1, 1, 2, 1)", Reason.SPECIFICATION, id="a put does not mind a full queue"),
        pytest.param(STUBBORN, "timed_getter", Reason.LOST_WAKEUP, id="a timeout beats the answer"),
        pytest.param(DEAF, "closing(2, 1, False)", Reason.LOST_WAKEUP, id="shutdown wakes no get"),
    ],
)
def test_a_fault_is_caught(fault: str, program: str, reason: Reason, tmp_path: Path) -> None:
    source = PROGRAMS.read_text(encoding="utf-8")
    line = '    """The fast queue; it counts the items that it hands over."""\n'
    assert source.count(line) == 1
    file = tmp_path / "faulty_programs.py"
    faulty = source.replace(line, line + fault).replace(
        "import treadle\n", "import treadle\nfrom boundedqueue import fast\n"
    )
    file.write_text(faulty, encoding="utf-8")

    (report,) = check_file(file, program, Options(include=("boundedqueue", "queueproof")))

    assert (report.verdict, report.reason) == (Verdict.VIOLATED, reason)
