"""The fast queue refines the model that hands over: every step of the real code is one action of it, or none.

The turn is a lock (see `queueproof.fast_programs`). One meaning of the places serves all configurations. A row is where
a thread stood, the action that it took, and where it stands now; what it saw shows in where it went. In all
configurations threads can be interrupted at the same accesses, those at which it matters in the larger ones: the steps
of the smaller ones would be longer otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import NamedTuple

from queueproof.bridge import Mismatch
from queueproof.bridging import Growth
from queueproof.extraction import NOTHING, Extracted, Refuted, Size, extract
from queueproof.places import Stand
from queueproof.reading import Constraints, NoReading, Reading, constraints, mapped, reached_places, reading
from queueproof.unbounded.theorem import Finding
from treadle.kernel.visible import Visible

PROGRAMS = Path(__file__).with_name("fast_programs.py")
MOST_STATES = 200_000

SHOWS_ALL = Size(1, 2, 1)
"""The least configuration in which everything is visible that is visible in any."""

TABLE = tuple(
    Size(*each) for each in (*product((1,), (1, 2), (1, 2)), (2, 1, 1), (2, 1, 2), (2, 2, 1), (1, 3, 1), (3, 1, 1))
)
"""The configurations that are explored."""

ENOUGH = 2
LARGER = (Size(2, 2, 2), Size(2, 3, 1), Size(3, 2, 1), Size(3, 3, 1))
"""Those that take too long for every day."""


class HandingRow(NamedTuple):
    """One kind of step: where the thread stood, the action of the model, where those stand that it has moved."""

    stood: Stand
    action: str
    reached: tuple[Stand, ...]


def rows(extracted: Extracted, meanings: Reading) -> set[HandingRow]:
    """The kinds of step that occur. Raises `Mismatch`."""
    return {
        HandingRow(step.stand, action, tuple(sorted(reached_places(extracted, step))))
        for step, action in mapped(extracted, meanings)
        if step.stand is not None
    }


@dataclass(frozen=True)
class HandsOver:
    """The fast queue, in all configurations of a table: its steps are those of the model that hands over."""

    sizes: tuple[Size, ...] = TABLE
    enough: int = ENOUGH
    """With so many putters and getters all rows have been seen."""
    file: Path = PROGRAMS
    include: tuple[str, ...] = ("boundedqueue",)
    engine: str = field(default="treadle", init=False)

    @property
    def name(self) -> str:
        """What is shown."""
        return f"each step of FastQueue is an action of the model that hands over, in {len(self.sizes)} configurations"

    def extracted(self, size: Size, visible: Visible = NOTHING) -> Extracted:
        """All that the code does in one configuration."""
        return extract("FastQueue", size, visible=visible, file=self.file, include=self.include, max_states=MOST_STATES)

    def check(self) -> Finding:
        """Show it."""
        growth = Growth()
        try:
            shown = self.extracted(SHOWS_ALL)
            visible = shown.visible
            all_steps = [shown if size == SHOWS_ALL else self.extracted(size, visible) for size in self.sizes]
            if any(extracted.visible != visible for extracted in all_steps):
                raise Refuted("in a larger configuration threads can be interrupted elsewhere too")
            meanings = reading(merged(all_steps))
            for extracted in all_steps:
                growth.add(extracted, rows(extracted, meanings))
        except (Mismatch, NoReading, Refuted) as mismatch:
            return Finding(False, states=growth.states, detail=str(mismatch))
        few = (found for threads, found in growth.by_threads.items() if max(threads) <= self.enough)
        new = growth.known.difference(*few)
        counts = (
            f"{len(meanings)} places, {len(growth.known)} rows (where a thread stood, what it did, where it went), "
        )
        counts += f"{len(new) or 'none'} new beyond {self.enough} x {self.enough}"
        return Finding(not new, states=growth.states, detail="\n".join([counts, *growth.lines]))


def merged(all_steps: list[Extracted]) -> Constraints:
    """What the steps of all configurations ask of the meanings."""
    found: Constraints = {}
    for extracted in all_steps:
        for places, changes in constraints(extracted).items():
            found.setdefault(places, set()).update(changes)
    return found
