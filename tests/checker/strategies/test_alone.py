"""What only one thread can reach is done first, without a choice: that adds nothing and hides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from oracle.handing import Size, handing_program
from support.agreement import by_oracle, difference
from support.outcomes import explored, outcomes
from treadle import check
from treadle.checking import check_file
from treadle.strategies import alone
from treadle.strategies.steps import Steps
from treadle.strategies.store import Move, State
from treadle.vocabulary.options import Options
from treadle.vocabulary.verdict import Reason, Report, Verdict

TWO_THREADS = """\
import threading


class Box:
    x = y = 0

    def __init__(self):
        self.x = self.y = 0


seen = Box()

{functions}


def program():
    known = Box()
    for target in (one, two):
        threading.Thread(target=target, args=(known,)).start()


def observe():
    return (seen.x, seen.y)
"""

ALWAYS_ONE = TWO_THREADS.format(
    functions="""\
def one(known):
    for _ in range(3):
        own = threading.Lock()
        own.acquire()


two = one
"""
)

LETS_GO = TWO_THREADS.replace("args=(known,)", "args=([known],)").format(
    functions="""\
def one(boxes):
    known = boxes.pop()
    own = threading.Lock()
    own.acquire()
    known.x = 1
    known.y = 1
    {then}


def two(boxes):
    known = boxes.pop()
    own = threading.Lock()
    own.acquire()
    seen.x, seen.y = known.x, known.y
"""
)
TORN = frozenset((False, seen) for seen in ((0, 0), (0, 1), (1, 0), (1, 1)))

ROUND_AND_ROUND = """\
import threading


def spin():
    while True:
        own = threading.Lock()
        own.acquire()


def fail():
    own = threading.Lock()
    own.acquire()
    own.release()
    other = threading.Lock()
    with other:
        assert False, "reached"


def program():
    threading.Thread(target=spin, daemon=True).start()
    threading.Thread(target=fail).start()


def observe():
    return None
"""

NOT_BEFORE = """\
import threading

from treadle import invariant

account = {"here": 0, "there": 0}
one, other = threading.Lock(), threading.Lock()


def late():
    with other:
        account["there"] += 1


def first():
    with one:
        threading.Thread(target=late).start()
        own = threading.Lock()
        own.acquire()
        account["here"] += 1


def program():
    invariant(lambda: account["there"] <= account["here"])
    threading.Thread(target=first).start()
"""


def written(folder: Path, text: str) -> str:
    file = folder / "program.py"
    file.write_text(text)
    return f"{file}::program"


def counts(report: Report) -> tuple[Verdict, int, int]:
    return report.verdict, report.states, report.transitions


def test_operations_on_locks_of_ones_own_need_no_choice(tmp_path: Path) -> None:
    program = written(tmp_path, ALWAYS_ONE)
    assert counts(check(program)) == (Verdict.HOLDS, 3, 2)
    assert counts(check(program, alone_first=False)) == (Verdict.HOLDS, 10, 12)


@pytest.mark.parametrize("own", [50, 100])
def test_locks_of_their_own_change_no_outcome(own: int, tmp_path: Path) -> None:
    fewer = 0
    for seed in range(16):
        source = handing_program(seed, Size(150), own)
        with_all, few = explored(source, tmp_path)
        expected, many = explored(source, tmp_path, alone_first=False)
        assert with_all == expected, f"seed {seed}\n{source}"
        fewer += len(few.states) < len(many.states)
    assert fewer >= 10


def test_the_outcomes_are_those_that_the_oracle_finds(tmp_path: Path) -> None:
    complete = 0
    for seed in range(200, 216):
        source = handing_program(seed, Size(40), own=60)
        expected = by_oracle(source, max_executions=1500)
        if expected is not None:
            complete += 1
            assert not difference(expected, source, tmp_path), f"seed {seed}"
    assert complete >= 8


@pytest.mark.parametrize("then", ["pass", "known = None; own = threading.Lock(); own.acquire()"])
def test_whoever_lets_go_of_an_object_waits_for_its_turn(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = LETS_GO.format(then=then)
    assert outcomes(source, tmp_path).final == TORN
    monkeypatch.setattr(alone.Alone, "_independent", lambda self, shared, local, effect: True)
    assert outcomes(source, tmp_path).final != TORN, "each then has the object for itself, and no lock is missed"


TAKEN_AWAY = """\
import threading

seen, box = [], []


class Box:
    x = 0


def take():
    known = box.pop() if box else None
    own = threading.Lock()
    own.acquire()
    if known is not None:
        known.x += 1
        seen.append(known.x)
    known = None
    own = threading.Lock()
    own.acquire()


def look():
    known = box[0] if box else None
    own = threading.Lock()
    own.acquire()
    if known is not None:
        known.x += 1
        seen.append(known.x)
    known = None
    own = threading.Lock()
    own.acquire()


def program():
    box.append(Box())
    for target in (take, look):
        threading.Thread(target=target).start()


def observe():
    return tuple(seen)
"""


def test_what_a_thread_reaches_by_way_of_others_these_can_take_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking, a thread that let go of the box could still reach it, until the other takes it."""
    both = {(1, 1), (1, 2), (2, 1), (2, 2), (1,)}
    expected = outcomes(TAKEN_AWAY, tmp_path, alone_first=False)
    assert {seen for _, seen in expected.final} <= both
    assert {(1, 1), (2, 2)} <= {seen for _, seen in expected.final}, "an update can be lost"
    assert outcomes(TAKEN_AWAY, tmp_path) == expected
    monkeypatch.setattr(alone.Alone, "_lost", lambda self, shared, local, effect: set())
    assert outcomes(TAKEN_AWAY, tmp_path) != expected


LISTED = """import threading

seen = []


class Worker(threading.Thread):
    def run(self):
        self.lock = threading.Lock()
        self.lock.acquire()
        self.x = 1
        own = threading.Lock()
        own.acquire()
        self.x = 2


def look():
    own = threading.Lock()
    own.acquire()
    for thread in threading.enumerate():
        if isinstance(thread, Worker) and hasattr(thread, "lock"):
            seen.append(thread.lock.acquire(blocking=False))
            seen.append(getattr(thread, "x", 0))


def program():
    Worker().start()
    threading.Thread(target=look).start()


def observe():
    return tuple(seen)
"""


def test_where_threads_are_listed_nothing_is_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = outcomes(LISTED, tmp_path, table=False, alone_first=False)
    assert outcomes(LISTED, tmp_path, table=False) == expected
    monkeypatch.setattr(alone.AloneFirst, "alone_first", property(lambda self: self.options.alone_first))
    assert outcomes(LISTED, tmp_path, table=False) != expected


def test_nobody_is_overlooked_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = check(written(tmp_path, ROUND_AND_ROUND), max_seconds=30)
    assert (report.verdict, report.reason) == (Verdict.VIOLATED, Reason.ASSERTION)
    assert outcomes(ROUND_AND_ROUND, tmp_path).failures == {"AssertionError"}

    def one_goes_on(self: alone.AloneFirst, state: State) -> Sequence[Move]:
        first = self.first(state)
        return [first] if first is not None else Steps.moves(self, state)

    monkeypatch.setattr(alone.AloneFirst, "moves", one_goes_on)
    assert not outcomes(ROUND_AND_ROUND, tmp_path).failures, "whoever goes round would always come first"


def test_an_invariant_sees_every_state(tmp_path: Path) -> None:
    program = written(tmp_path, NOT_BEFORE)
    assert check(program).reason is Reason.INVARIANT
    assert counts(check(program)) == counts(check(program, alone_first=False))


def test_a_violation_is_still_found_on_a_shortest_way(tmp_path: Path) -> None:
    text = TWO_THREADS.format(
        functions="""\
def one(known):
    own = threading.Lock()
    own.acquire()


def two(known):
    with threading.Lock():
        pass
    assert False
"""
    )
    program = written(tmp_path, text)
    found, plain = check(program), check(program, alone_first=False)
    assert found.counterexample is not None
    assert plain.counterexample is not None
    assert found.counterexample.schedule == plain.counterexample.schedule


BUFFERS = Path(__file__).parents[2] / "bench" / "programs" / "buffers.py"


def tagged(size: str, **options: object) -> tuple[Verdict, int, int]:
    (report,) = check_file(BUFFERS, f"tagged({size})", Options(primitives="stdlib", **options))  # type: ignore[arg-type]
    return counts(report)


def test_cpythons_condition_gives_each_waiter_a_lock_of_its_own() -> None:
    assert tagged("3, 3, 1, 1") == (Verdict.HOLDS, 104, 155)
    assert tagged("3, 3, 1, 1", alone_first=False) == (Verdict.HOLDS, 194, 358)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "few", "many"),
    [
        ("10, 10, 1, 1", (11821, 21215), (65309, 186896)),
        ("4, 4, 2, 2", (138073, 278973), (686240, 2156290)),
    ],
)
def test_large_queues_of_cpythons_have_several_times_fewer_states(
    size: str, few: tuple[int, int], many: tuple[int, int]
) -> None:
    assert tagged(size) == (Verdict.HOLDS, *few)
    assert tagged(size, alone_first=False) == (Verdict.HOLDS, *many)


@pytest.mark.slow
def test_the_fast_queue_has_fewer_states() -> None:
    for first, states in ((True, 2468), (False, 3334)):
        options = Options(include=("boundedqueue",), alone_first=first)
        assert check_file(BUFFERS, "fast(2, 2, 1, 1)", options)[0].states == states
