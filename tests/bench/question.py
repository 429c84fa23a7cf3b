"""The question: P producers of N items each, C consumers, one lock, a buffer of capacity K. Does it ever get stuck?"""

from __future__ import annotations

from dataclasses import dataclass

HOLDS, DEADLOCK = "holds", "deadlock"


@dataclass(frozen=True, order=True)
class Question:
    """One size of the question. `items` is None if the threads loop for ever.

    >>> Question(2, 2, 1, 1).expected, Question(2, 1, None, 1, conditions=1).expected
    ('holds', 'deadlock')
    >>> str(Question(2, 2, 1, 1)), str(Question(2, 1, None, 1, conditions=1))
    ('(2,2,1,1)', '(2,1,1)')
    """

    producers: int
    consumers: int
    items: int | None
    capacity: int
    conditions: int = 2

    def __str__(self) -> str:
        return f"({','.join(str(number) for number in self.numbers)})"

    @property
    def numbers(self) -> tuple[int, ...]:
        """P, C, N and K; without N if the threads loop for ever."""
        items = () if self.items is None else (self.items,)
        return (self.producers, self.consumers, *items, self.capacity)

    @property
    def expected(self) -> str:
        """The right answer: with one condition, and capacities as small as here, it deadlocks."""
        return HOLDS if self.conditions == 2 else DEADLOCK

    def within(self, other: Question) -> bool:
        """Is this one no larger than the other in any number?"""
        same = (self.items is None, self.conditions) == (other.items is None, other.conditions)
        return same and all(own <= its for own, its in zip(self.numbers, other.numbers, strict=True))


SIZES = tuple(
    Question(*numbers)
    for numbers in (
        (1, 1, 1, 1),
        (2, 2, 1, 1),
        (2, 2, 2, 1),
        (3, 3, 1, 1),
        (3, 3, 2, 2),
        (4, 4, 2, 2),
        (5, 5, 1, 1),
        (6, 6, 1, 1),
        (8, 8, 1, 1),
        (10, 10, 1, 1),
        (20, 20, 1, 1),
        (20, 20, 1, 3),
        (8, 8, 2, 3),
    )
)
"""The sizes at which two conditions hold."""

FITTED = tuple(Question(threads, threads, 1, 1) for threads in (5, 10, 20))
"""The sizes through which the growth of the cost is fitted."""

DEADLOCKS = tuple(
    Question(producers, consumers, None, capacity, conditions=1)
    for producers, consumers, capacity in ((2, 1, 1), (3, 2, 2), (4, 3, 3), (5, 4, 4), (8, 7, 7))
)
"""The sizes at which one condition deadlocks, though the threads loop for ever."""

TRIALS = (Question(1, 2, 2, 1, conditions=1), Question(1, 1, 1, 1))
"""What each has to get right first: find a deadlock, and find none."""
