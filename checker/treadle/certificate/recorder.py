"""Notes every transition of an exploration, for its certificate."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from treadle.kernel.execution import CLOCK, Choice
from treadle.kernel.nodes import Interner
from treadle.strategies.states import Exploration, Explorer
from treadle.strategies.store import State

Step = tuple[int | None, str, int]
"""The private part of the thread that goes on, in which way, and the number of the state that this leads to. The clock
has no part; in a state that was not seen whole it is the index of the thread."""


class Recorder:
    """What an explorer tells of each transition; forgotten when it starts again."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._of: Exploration | None = None
        self._ways: Interner[str] = Interner()
        self._rows = array("q")
        explorer.record = self

    def __call__(self, state: State, choice: Choice, reached: State) -> None:
        """Note a transition."""
        if self._of is not self._explorer.exploration:
            self._of, self._rows = self._explorer.exploration, array("q")
        part, way = self.named(state, choice)
        self._rows.extend((state.number, CLOCK if part is None else part, self._ways(way), reached.number))

    @staticmethod
    def named(state: State, choice: Choice) -> tuple[int | None, str]:
        """A choice by what the thread holds: threads that hold the same are alike."""
        thread, way = choice
        if thread == CLOCK:
            return None, way
        return (thread if state.key is None else state.key[1][state.threads.index(thread)]), way

    def steps(self) -> Iterator[tuple[int, Step]]:
        """The transitions of the last exploration, each with the number of the state where it begins, in the order in
        which they were followed."""
        rows = self._rows if self._of is self._explorer.exploration else ()
        for state, part, way, reached in zip(*[iter(rows)] * 4, strict=True):
            yield state, (None if part == CLOCK else part, self._ways[way], reached)
