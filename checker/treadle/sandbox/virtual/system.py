"""The parts of `sys`, `importlib` and `atexit` that would reach around the sandbox."""

from __future__ import annotations

import atexit as real_atexit
import importlib as real_importlib
import importlib.util
import sys as real_sys
from collections import ChainMap
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from treadle.sandbox import guards
from treadle.sandbox.places import refuse
from treadle.sandbox.virtual import Workshop


class Stream:
    """A standard stream of the process, whatever it is just now. What goes out is no part of the state."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(getattr(real_sys, self._name), attribute)

    def write(self, text: str) -> int:
        """As of a file."""
        return int(getattr(real_sys, self._name).write(text))

    def flush(self) -> None:
        """As of a file."""
        getattr(real_sys, self._name).flush()


def build_sys(workshop: Workshop) -> ModuleType:
    """`sys`, whose `modules` shows the sandbox's modules before the process's."""

    def nothing(*_: object) -> None:
        return None

    class Modules(ChainMap[str, ModuleType]):
        """The modules of the execution that runs now, before those of the process."""

        maps = property(lambda _: [workshop.modules, real_sys.modules])

        def __init__(self) -> None:
            """Look the tables up each time."""

    own = dict.fromkeys(("setswitchinterval", "settrace", "setprofile"), nothing)
    streams = {name: Stream(name) for name in ("stdout", "stderr")}
    return guards.Overlay(real_sys, {"modules": Modules(), **streams, **own})


def build_importlib(workshop: Workshop) -> ModuleType:
    """`importlib`, whose `import_module` gives the sandbox's modules."""

    def import_module(name: str, package: str | None = None) -> ModuleType:
        """Import a module, as `importlib.import_module` does."""
        return workshop.import_module(importlib.util.resolve_name(name, package) if package else name)

    def reload(module: ModuleType) -> ModuleType:
        refuse("importlib.reload", "a module under check is loaded once, do not reload it")

    return guards.Overlay(real_importlib, {"import_module": import_module, "reload": reload})


def build_atexit(workshop: Workshop) -> ModuleType:
    """`atexit`, whose callbacks run when the program's main function has returned."""

    def register(function: Callable[..., object], *arguments: Any, **named: Any) -> Callable[..., object]:
        workshop.exit_callbacks.append(partial(function, *arguments, **named))
        return function

    return guards.Overlay(real_atexit, {"register": register})
