"""Which modules of the standard library the sandbox replaces, executes itself, or hides.

Everything that is not named here is the process's own module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from treadle.sandbox import guards
from treadle.sandbox.virtual import Workshop, _thread, random, system, threading, time, world

STAND_INS: dict[str, Callable[[Workshop], ModuleType]] = {
    "threading": threading.build,
    "_thread": _thread.build,
    "time": time.build,
    "random": random.build,
    "sys": system.build_sys,
    "importlib": system.build_importlib,
    "atexit": system.build_atexit,
    **world.BUILDERS,
    **guards.BUILDERS,
}
"""Built anew for each sandbox and each loading of its modules."""


@dataclass(frozen=True)
class Recipe:
    """Why a module is executed from its source in the sandbox, and which of its values are constants.

    The constants are objects that the module's own code never changes; they are no state. They are named as roots are,
    without the module's name.
    """

    reason: str
    constants: frozenset[str] = field(default_factory=frozenset)
    builtins: Mapping[str, str] = field(default_factory=dict)
    """Which builtins are replaced, and by what of the module `POOLS`."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """Which modules are replaced where it imports them, and by which."""
    amended: Mapping[str, str] = field(default_factory=dict)
    """Which of its functions are replaced, and by what of the module `LOGGERS`."""


def _recipe(reason: str, constants: str = "", **replaced: Mapping[str, str]) -> Recipe:
    return Recipe(reason, frozenset(constants.split()), **replaced)


POOLS = "treadle_pools"
"""The name under which `treadle.sandbox.inside.pools` is executed in the sandbox."""

REFERENCES = "treadle_references"
"""The same of `treadle.sandbox.inside.references`."""

LOGGERS = "treadle_loggers"
"""The same of `treadle.sandbox.inside.loggers`."""

GATHERING = "treadle_gathering"
"""The name under which `treadle.sandbox.inside.gathering` is executed in the sandbox, always."""

INSIDE: dict[str, Path] = {
    name: Path(__file__).parent / "inside" / f"{name.removeprefix('treadle_')}.py"
    for name in (POOLS, REFERENCES, LOGGERS, GATHERING)
}
"""Modules of ours that are executed in the sandbox."""


EXECUTED: dict[str, Recipe] = {
    "queue": _recipe("its locks and conditions must be virtual"),
    "concurrent": _recipe("the package that holds concurrent.futures"),
    "concurrent.futures": _recipe("executors and futures synchronise"),
    "concurrent.futures._base": _recipe(
        "a future waits on a condition",
        "LOGGER _FUTURE_STATES _STATE_TO_DESCRIPTION_MAP",
        builtins={"set": "Futures", "list": "listed", "sorted": "ordered", "id": "place"},
        imports={"weakref": REFERENCES, "logging": LOGGERS},
    ),
    "concurrent.futures.thread": _recipe(
        "the pool's threads and queue must be virtual",
        builtins={"set": "InOrder"},
        imports={"weakref": REFERENCES, "queue": POOLS},
    ),
    "functools": _recipe(
        "lru_cache and cached_property hold a lock and a cache that must be seen",
        "_convert _make_key.(fasttypes)",
    ),
    "contextlib": _recipe("the frames of @contextmanager live across scheduling points"),
    "dataclasses": _recipe(
        "it looks for the module of a class in sys.modules",
        "_FIELDS _PARAMS _HAS_DEFAULT_FACTORY MISSING KW_ONLY _FIELD _FIELD_CLASSVAR _FIELD_INITVAR "
        "_hash_action field.(default) _recursive_repr _EMPTY_METADATA _auto_docstring",
    ),
    "logging": _recipe(
        "its registry of loggers outlives an execution, and its locks must be virtual",
        imports={"weakref": REFERENCES},
        amended={
            "Logger.isEnabledFor": "is_enabled_for",
            "PercentStyle._format": "by_percent",
            "StrFormatStyle._format": "by_braces",
            "StringTemplateStyle._format": "by_template",
        },
    ),
    "logging.handlers": _recipe("handlers hold locks, queues and threads"),
    "logging.config": _recipe("it configures the loggers of the sandbox"),
    "reprlib": _recipe("recursive_repr asks which thread runs", "aRepr repr Repr._lookup"),
    "sched": _recipe("it sleeps and holds a lock"),
    "weakref": _recipe("containers whose entries vanish run Python code of their own"),
    "_weakrefset": _recipe("as weakref"),
}

UNIMPORTABLE = {
    "_queue": "so that queue.SimpleQueue is CPython's Python version, over virtual locks",
    "_functools": "so that lru_cache, partial and reduce are CPython's Python versions: their state is seen",
}

WITH_STATE = frozenset({"random"})
"""Stand-ins that remember something from one execution to the next."""


def constants_of(name: str) -> frozenset[str]:
    """The values of the module that are known to be constants."""
    return EXECUTED[name].constants if name in EXECUTED else frozenset()


def replaced_builtins(name: str) -> Mapping[str, str]:
    """The builtins that the module has from the module `POOLS`."""
    return EXECUTED[name].builtins if name in EXECUTED else {}


def replaced_imports(name: str) -> Mapping[str, str]:
    """The modules that the module gets instead of those that it imports."""
    return EXECUTED[name].imports if name in EXECUTED else {}


def amended(name: str) -> Mapping[str, str]:
    """The functions of the module that those of the module `LOGGERS` replace."""
    return EXECUTED[name].amended if name in EXECUTED else {}
