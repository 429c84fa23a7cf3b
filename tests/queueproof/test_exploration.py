"""What exploration establishes about the queues: the correct ones hold, each fault is caught for its reason."""

from __future__ import annotations

import itertools

import pytest

from queueproof.exploration import (
    FAULTS,
    MONITOR,
    PROGRAMS,
    STANDARD,
    WAKE_UPS,
    Explored,
    Fault,
    fault_program,
    theorems,
    violated,
)
from treadle.checking import replay
from treadle.vocabulary.options import Options
from treadle.vocabulary.schedule import Schedule
from treadle.vocabulary.verdict import Reason, Verdict

ONE_CONDITION = "broken.one_condition.OneConditionQueue"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_is_caught_in_its_smallest_program_for_its_reason(fault: Fault) -> None:
    report = violated(fault_program(fault.kind, fault.program), fault.reason).explore()

    assert (report.verdict, report.reason) == (Verdict.VIOLATED, fault.reason)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_counterexample_replays_from_its_words(fault: Fault) -> None:
    options = Options(include=("boundedqueue",))
    report = violated(fault_program(fault.kind, fault.program), fault.reason).explore()
    assert report.counterexample is not None
    schedule = Schedule(f"{PROGRAMS}::{report.program}", tuple(report.counterexample.schedule), options, report.reason)

    again = replay(Schedule.parse(schedule.text()), options)

    assert (again.verdict, again.reason) == (Verdict.VIOLATED, fault.reason)


@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.program.startswith("hand_over")], ids=lambda fault: fault.name
)
def test_no_smaller_hand_over_shows_the_fault(fault: Fault) -> None:
    *_, sizes = fault.program.partition("(")
    p, c, n, k = map(int, sizes.removesuffix(")").split(","))
    smaller = [
        size
        for size in itertools.product(range(1, p + 1), range(1, c + 1), range(1, n + 1), range(1, k + 1))
        if size != (p, c, n, k) and size[0] * size[2] >= size[1]
    ]

    for size in smaller:
        program = f"hand_over({fault.kind!r}, {', '.join(map(str, size))})"
        assert Explored(program).explore().verdict is Verdict.HOLDS, program


@pytest.mark.parametrize("kind", [MONITOR, STANDARD])
def test_a_timeout_loses_neither_an_item_nor_a_notification(kind: str) -> None:
    for program in ("timed_getter", "timed_putter"):
        assert Explored(f"{program}({kind!r})").explore().verdict is Verdict.HOLDS


@pytest.mark.parametrize("immediate", [False, True])
def test_shutdown_wakes_everybody(immediate: bool) -> None:
    assert Explored(f"closing({MONITOR!r}, {immediate})").explore().verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("producers", "consumers", "capacity"), [(1, 1, 1), (1, 2, 1), (2, 2, 2), (3, 2, 2), (3, 3, 2)]
)
def test_one_condition_deadlocks_exactly_when_two_k_is_less_than_p_plus_c(
    producers: int, consumers: int, capacity: int
) -> None:
    report = Explored(f"loop({ONE_CONDITION!r}, {producers}, {consumers}, {capacity})").explore()

    if 2 * capacity < producers + consumers:
        assert (report.verdict, report.reason) == (Verdict.VIOLATED, Reason.DEADLOCK)
    else:
        assert report.verdict is Verdict.HOLDS


def test_the_law_is_claimed_for_every_size_up_to_four_four_three() -> None:
    (law,) = (theorem for theorem in theorems() if theorem.name == "one-condition-law")

    assert len(law.parts) == 4 * 4 * 3 + 3 * 3 * 2


def test_two_explorations_print_the_same() -> None:
    reports = [violated(fault_program(FAULTS[1].kind, FAULTS[1].program), FAULTS[1].reason).explore() for _ in range(2)]

    assert reports[0].counterexample == reports[1].counterexample
    assert (reports[0].states, reports[0].transitions) == (reports[1].states, reports[1].transitions)


def test_if_for_while_with_one_consumer_is_safe_on_cpython_and_unsafe_by_the_contract() -> None:
    program = "hand_over('broken.if_instead_of_while.IfInsteadOfWhileInGetQueue', 1, 1, 1, 1)"

    assert Explored(program).explore().verdict is Verdict.HOLDS
    assert violated(program, Reason.EXCEPTION, spurious=True).check().ok


@pytest.mark.parametrize("wake_up", [name for name in WAKE_UPS if name != "fifo"])
@pytest.mark.parametrize("fault", FAULTS[:4], ids=lambda fault: fault.name)
def test_a_fault_is_caught_however_threads_are_woken(fault: Fault, wake_up: str) -> None:
    assert violated(fault_program(fault.kind, fault.program), fault.reason, **WAKE_UPS[wake_up]).check().ok
