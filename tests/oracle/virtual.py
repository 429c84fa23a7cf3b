"""What `import threading`, `import time` and `import treadle` give to a program under the oracle."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from oracle.footprints import NOTHING
from oracle.outcome import Refused
from oracle.signals import Event, Semaphore
from oracle.threads import Condition, Lock, Pending, RLock, Thread, current_thread, execution


def virtual_threading() -> ModuleType:
    """What `import threading` gives to a program."""
    module = ModuleType("threading")
    contents: dict[str, Any] = {
        "Lock": Lock,
        "RLock": RLock,
        "Condition": Condition,
        "Event": Event,
        "Semaphore": Semaphore,
        "Thread": Thread,
        "current_thread": current_thread,
        "main_thread": lambda: execution().threads[0],
        "get_ident": lambda: current_thread().ident,
        "__getattr__": _unknown("threading"),
    }
    module.__dict__.update(contents)
    return module


def virtual_time() -> ModuleType:
    """What `import time` gives: to sleep says nothing about the order of steps, and there is no clock."""
    module = ModuleType("time")
    module.__dict__.update({"sleep": lambda seconds: None, "__getattr__": _unknown("time")})
    return module


def virtual_treadle() -> ModuleType:
    """What `import treadle` gives: a choice that is left open."""
    module = ModuleType("treadle")
    module.__dict__.update({"choose": choose, "__getattr__": _unknown("treadle")})
    return module


def choose(count: int) -> int:
    """Any of the numbers from 0 to `count` - 1."""
    ways = tuple(map(str, range(count)))
    return int(execution().suspend(Pending("choose", NOTHING, lambda: ways)))


def _unknown(module: str) -> Callable[[str], Any]:
    def refuse(name: str) -> Any:
        raise Refused(f"the oracle knows no {module}.{name}")

    return refuse


NAMES_OF_OPERATIONS = frozenset(
    {name for one in (Lock, Condition, Thread, Event, Semaphore) for name in vars(one) if not name.startswith("_")}
    | {
        "Lock",
        "RLock",
        "Condition",
        "Event",
        "Semaphore",
        "Thread",
        "current_thread",
        "main_thread",
        "get_ident",
        "sleep",
        "choose",
        "acquire",
        "release",
    }
)
