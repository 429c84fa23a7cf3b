"""What is worked out from the cells: how many times as long a peer takes, and how the cost grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from bench.measure import Cell
from bench.question import Question

COSTS = ("states", "transitions", "cpu")


@dataclass(frozen=True)
class Ratio:
    """How many times as long as ours a peer took for one question, in wall time and in processor time."""

    question: str
    subject: str
    wall: float
    cpu: float


@dataclass(frozen=True)
class Growth:
    """A cost fitted as a constant times a power of the number of producers, and of consumers: the exponent.

    `least_squares` on logarithms; without all of the points there is no exponent, and `missing` names them.
    """

    subject: str
    cost: str
    exponent: float | None
    missing: tuple[str, ...] = ()


def ratios(cells: Sequence[Cell], ours: str, peers: Sequence[str]) -> list[Ratio]:
    """For each question that both answered right: the peer's time by ours."""
    by = {(cell.question, cell.subject): cell for cell in cells}
    found = []
    for question in dict.fromkeys(cell.question for cell in cells):
        own = by.get((question, ours))
        for peer in peers:
            its = by.get((question, peer))
            if own and its and own.right and its.right:
                assert own.seconds and own.cpu and its.seconds and its.cpu is not None
                found.append(Ratio(question, peer, its.seconds / own.seconds, its.cpu / own.cpu))
    return found


def growths(cells: Sequence[Cell], subjects: Sequence[str], points: Sequence[Question]) -> list[Growth]:
    """The exponent of each cost of each subject over those points."""
    by: Mapping[tuple[str, str], Cell] = {(cell.question, cell.subject): cell for cell in cells}
    found = []
    for subject in subjects:
        row = [(point, by.get((str(point), subject))) for point in points]
        missing = tuple(str(point) for point, cell in row if cell is None or not cell.right)
        for cost in COSTS:
            known = [(point.producers, getattr(cell, cost)) for point, cell in row if not missing]
            exponent = None if missing else slope([(log(size), log(its)) for size, its in known])
            found.append(Growth(subject, cost, exponent, missing))
    return found


def slope(points: Sequence[tuple[float, float]]) -> float:
    """That of the line of least squares through the points.

    >>> slope([(0, 1), (1, 3), (2, 5)])
    2.0
    """
    mean = sum(x for x, _ in points) / len(points)
    middle = sum(y for _, y in points) / len(points)
    return sum((x - mean) * (y - middle) for x, y in points) / sum((x - mean) ** 2 for x, _ in points)
