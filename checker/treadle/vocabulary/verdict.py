"""A verdict: what was found about a program, why, and how much was looked at.

There are three: `holds` means that every reachable state was visited and judged; `violated` comes with a
counterexample that has been replayed on the real code; `unknown` means that a bound was hit or that something could
not be seen. A search that was cut short never reads as a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from treadle.vocabulary.trace import Counterexample


class Verdict(StrEnum):
    """What was found."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a program is violated."""

    DEADLOCK = "deadlock"
    LOST_WAKEUP = "lost-wakeup"
    ASSERTION = "assertion"
    EXCEPTION = "exception"
    INVARIANT = "invariant"
    SPECIFICATION = "specification"
    DATA_RACE = "data-race"
    LIVELOCK = "livelock"
    STARVATION = "starvation"
    LEAK = "leak"


@dataclass(frozen=True)
class Report:
    """All that a check has to say about one program.

    `executions` counts real executions of the code, `steps` the real steps in them; `transitions` counts the edges of
    the explored graph, most of which need no execution. `violations` counts the violations that were found: more
    than one only if the search was told to go on after the first. `audited` counts the transitions that were looked up,
    and executed all the same to compare; None if no audit was asked for.
    """

    program: str
    verdict: Verdict
    reason: Reason | None = None
    message: str = ""
    states: int = 0
    transitions: int = 0
    executions: int = 0
    steps: int = 0
    seconds: float = 0.0
    strategy: str = "states"
    bounds: dict[str, object] = field(default_factory=dict)
    counterexample: Counterexample | None = None
    violations: int = 0
    audited: int | None = None
    warnings: Sequence[str] = ()

    def assert_holds(self) -> None:
        """Raise AssertionError, with the counterexample as its text, unless the verdict is `holds`."""
        if self.verdict is not Verdict.HOLDS:
            shown = f"\n\n{self.counterexample.text}" if self.counterexample else ""
            why = f" ({self.reason})" if self.reason else ""
            raise AssertionError(f"{self.program}: {self.verdict}{why}: {self.message}{shown}")


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on several programs: violated if any is, else unknown if any is, else holds."""
    for worst in (Verdict.VIOLATED, Verdict.UNKNOWN):
        if worst in verdicts:
            return worst
    return Verdict.HOLDS
