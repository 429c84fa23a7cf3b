"""The exact size of each state space. A number that changes is a meaning that has changed."""

from __future__ import annotations

import pytest

from queueproof.exploration import SIZES, hand_over
from treadle.vocabulary.verdict import Verdict

# (P, C, N, K): states and transitions. The monitor and CPython's own queue take the same steps.
COUNTS = {
    (1, 1, 1, 1): (5, 5),
    (1, 2, 2, 1): (18, 28),
    (2, 1, 2, 1): (63, 110),
    (2, 2, 1, 1): (18, 28),
    (2, 2, 2, 1): (176, 393),
    (2, 2, 2, 2): (115, 251),
    (3, 3, 1, 1): (52, 103),
    (3, 3, 2, 2): (1016, 2982),
}


@pytest.mark.parametrize("kind", ["MonitorQueue", "queue.Queue"])
@pytest.mark.parametrize("size", SIZES)
def test_the_number_of_states_and_transitions_is_exact(kind: str, size: tuple[int, int, int, int]) -> None:
    (explored,) = hand_over(kind, [size])
    report = explored.explore()

    assert report.verdict is Verdict.HOLDS
    assert (report.states, report.transitions) == COUNTS[size]
    assert not report.warnings
