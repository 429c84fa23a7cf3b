"""The audit: a share of the transitions that were looked up is executed for real, and what is reached is compared.

Which ones is decided by the number of the state and the choice alone, so that the same check audits the same ones.
"""

from __future__ import annotations

from hashlib import blake2b

from treadle.kernel.execution import Choice
from treadle.strategies.store import Forms, State
from treadle.strategies.worlds import World, Worlds, by_number


class Mismatch(Exception):  # noqa: N818 - it is no error of the program
    """A recorded effect is not what the real code does: treadle itself is wrong."""


class Audit:
    """Audits the share `rate` of the transitions that it is asked about."""

    def __init__(self, program: str, rate: float, worlds: Worlds, forms: Forms) -> None:
        self.program, self.rate, self.audited = program, rate, 0
        self._worlds, self._forms = worlds, forms

    def __call__(self, state: State, choice: Choice, reached: State) -> None:
        """If it is this one's turn, execute the step and raise Mismatch if it leads to another state."""
        if not self._is_drawn(state, choice):
            return
        assert state.key is not None
        self.audited += 1
        world = self._worlds.at(state)
        execution, place = world.execution, state.threads.index(choice[0])
        execution.failures.clear()
        execution.step((world.threads[place], choice[1]))
        self._worlds.steps += 1
        graph, walker = execution.picture()
        form = self._forms.canonicalise(graph)
        key, threads = self._forms.placed(form)
        if walker.hidden or execution.hidden_reason or execution.stuck or execution.failures or key != reached.key:
            self._worlds.end(execution)
            told = f"state {state.number} of {self.program}, private part {state.key[1][place]} going on ({choice[1]})"
            raise Mismatch(f"in {told} leads the real code to another state than the table: {key}, not {reached.key}")
        if reached.number < 0:
            self._worlds.keep(reached, World(execution, threads, by_number(form, walker)))
        else:
            self._worlds.end(execution)

    def _is_drawn(self, state: State, choice: Choice) -> bool:
        digest = blake2b(f"{state.number} {choice}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) < self.rate * 2**64
