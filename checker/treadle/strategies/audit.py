"""The audit: a share of the transitions that were looked up is executed for real, and what is reached is compared.

Which ones is decided by the state and the move alone, so that the same check audits the same ones. They
are drawn as they are looked up and executed at the end, in chains: one execution goes on for as long as there is one
left to audit in the state in which it stands.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b

from treadle.strategies.store import Forms, Move, State
from treadle.strategies.worlds import World, Worlds, by_number


class Mismatch(Exception):  # noqa: N818 - it is no error of the program
    """A recorded effect is not what the real code does: treadle itself is wrong."""


class Audit:
    """Audits the share `rate` of the transitions that it is told of."""

    def __init__(self, program: str, rate: float, worlds: Worlds, forms: Forms) -> None:
        self.program, self.rate, self.audited = program, rate, 0
        self._worlds, self._forms = worlds, forms
        self._drawn: defaultdict[State, list[tuple[Move, State]]] = defaultdict(list)

    def draw(self, state: State, move: Move, reached: State) -> None:
        """Note a transition that was looked up, if it is among those to audit."""
        number = state.number if state.number >= 0 else state.key  # one in between
        digest = blake2b(f"{number} {move}".encode(), digest_size=8).digest()
        if int.from_bytes(digest) < self.rate * 2**64:
            self._drawn[state].append((move, reached))

    def finish(self) -> None:
        """Execute all that were drawn, those from the first states first. Raises Mismatch for the first that leads
        elsewhere."""
        while self._drawn:
            state = next(iter(self._drawn))
            world = self._worlds.at(state)
            world.execution.learning, world.execution.followed = False, self._worlds.followed
            while state in self._drawn:
                move, reached = self._drawn[state].pop()
                if not self._drawn[state]:
                    del self._drawn[state]
                world = self._stepped(world, state, move, reached)
                self.audited += 1
                state = reached
            self._worlds.end(world.execution)

    def _stepped(self, world: World, state: State, move: Move, expected: State) -> World:
        """The world after the step, if it stands in the state that is expected."""
        assert state.key is not None
        execution, (place, alternative) = world.execution, move
        execution.failures.clear()
        execution.step((world.threads[place], alternative))
        self._worlds.steps += 1
        graph, walker = execution.picture()
        form = self._forms.canonicalise(graph)
        key, threads = self._forms.placed(form)
        if walker.hidden or execution.hidden_reason or execution.stuck or execution.failures or key != expected.key:
            self._worlds.end(execution)
            acting = f"private part {state.key[1][place]} going on ({alternative})"
            where = f"in state {state.number} of {self.program}, {acting}"
            raise Mismatch(f"{where} leads the real code to another state than the table: {key}, not {expected.key}")
        return World(execution, threads, by_number(form.numbers, walker))
