"""All outcomes of a program as treadle finds them, in the oracle's terms."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracle.outcome import canonical
from treadle.sandbox.importer import Sandbox
from treadle.strategies.replay import Replay
from treadle.strategies.states import Exploration, Explorer
from treadle.vocabulary.options import Options, Program


@dataclass(frozen=True)
class Outcomes:
    """The final states (deadlocked or not, and what `observe()` says), and the exceptions that ended threads."""

    final: frozenset[tuple[bool, Hashable]]
    failures: frozenset[str]


def explored(
    source: str, folder: Path, explorer_class: type[Explorer] = Explorer, **options: Any
) -> tuple[Outcomes, Exploration]:
    """Explore the program of this text exhaustively: its outcomes, and the exploration."""
    file = folder / "program.py"
    file.write_text(source)
    chosen = Options(go_on=True, max_seconds=60, **options)
    explorer = explorer_class(Sandbox(file), Program("program"), chosen)
    exploration = explorer.explore()
    explorer.worlds.close()
    assert not exploration.bound, exploration.bound
    assert not exploration.diverged, exploration.diverged
    assert not exploration.stuck, exploration.stuck
    final = set()
    for state in exploration.states:
        if not explorer.choices(state):
            run = Replay(explorer.sandbox, Program("program"), chosen, explorer.visible)
            for choice in state.path():
                run.step(choice)
            module = explorer.sandbox.modules[explorer.sandbox.modname]
            final.add((bool(explorer.unfinished(state)), canonical(module.observe())))
            run.close()
    failures = {type(f.error).__name__ for found in exploration.found for f in found.failures}
    return Outcomes(frozenset(final), frozenset(failures)), exploration


def outcomes(source: str, folder: Path, explorer_class: type[Explorer] = Explorer, **options: Any) -> Outcomes:
    """The outcomes of the program of this text."""
    return explored(source, folder, explorer_class, **options)[0]
