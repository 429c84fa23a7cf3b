"""Stand-ins for modules that must not be the real ones: each file builds one module object per sandbox.

A stand-in knows the sandbox only as a `Workshop`: something that runs code in a module as sandboxed code is
run.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from types import ModuleType
from typing import Protocol


class Workshop(Protocol):
    """What a stand-in may ask of the sandbox that it is built for."""

    primitives: str
    """"virtual" (Condition is one primitive) or "stdlib" (Condition is CPython's own source over the
    lock)."""

    @property
    def modules(self) -> dict[str, ModuleType]:
        """What has been imported so far."""

    @property
    def exit_callbacks(self) -> list[Callable[[], object]]:
        """What is to be called, last first, when the program's main function has returned."""

    chance: Random
    """Answers what is random in the real world."""

    def import_module(self, name: str) -> ModuleType:
        """The module that code in the sandbox gets when it imports `name`."""

    def execute_source(self, source: str, filename: str, module: ModuleType) -> None:
        """Run `source` as the code of `module`, with everything that sandboxed code has."""


def copy_names(module: ModuleType, source: object, names: str) -> None:
    """Give `module` those of `names` (separated by blanks) that `source` has."""
    for name in names.split():
        if hasattr(source, name):
            setattr(module, name, getattr(source, name))
