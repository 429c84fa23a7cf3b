"""Modules through which the world outside of the program answers: its processes, its chance, its calendar.

What cannot be virtualised is refused; what is random or depends on the date is answered with values that
replay, and reported.
"""

from __future__ import annotations

import datetime as real
import os
import secrets
import uuid
from collections.abc import Callable
from random import Random
from types import ModuleType
from typing import Any, NoReturn

from treadle.sandbox import guards
from treadle.sandbox.places import refuse
from treadle.sandbox.virtual import Workshop

OS_REFUSED = """
    fork forkpty system popen execl execle execlp execlpe execv execve execvp execvpe spawnl spawnle
    spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe posix_spawn posix_spawnp kill killpg abort _exit
    wait wait3 wait4 waitpid pipe pipe2 putenv unsetenv
"""


def build_os(workshop: Workshop) -> ModuleType:
    """`os` without processes and pipes, and with random bytes that replay."""
    remedy = "use threads and queue.Queue in the program"
    own: dict[str, Any] = {
        name: guards.Refusal(f"os.{name}", remedy) for name in OS_REFUSED.split() if hasattr(os, name)
    }

    def urandom(size: int, /) -> bytes:
        return _chance(workshop, "os.urandom").randbytes(size)

    own["environ"] = Environment(os.environ)
    own.update(urandom=urandom, getrandom=lambda size, flags=0: urandom(size), register_at_fork=lambda **_: None)
    return guards.Overlay(os, own)


class Environment(dict[str, str]):
    """`os.environ` as it was when the program was loaded: a change would outlive the execution that makes it."""

    def _refused(self, *_: object, **__: object) -> NoReturn:
        refuse("a change of os.environ", "keep the value in a variable of the program")

    __setitem__ = __delitem__ = __ior__ = _refused
    update = pop = popitem = setdefault = clear = _refused


def _chance(workshop: Workshop, what: str) -> Random:
    """The sandbox's own generator, for what is random without a seed."""
    guards.nondeterministic(what, "pass the value into the program as a constant")
    guards.hidden(what)
    return workshop.chance


def build_uuid(workshop: Workshop) -> ModuleType:
    """`uuid`, whose fresh identifiers replay."""

    def fresh(name: str, version: int) -> Callable[..., uuid.UUID]:
        return lambda *_: uuid.UUID(bytes=_chance(workshop, f"uuid.{name}").randbytes(16), version=version)

    versions = {"uuid1": 1, "uuid4": 4, "uuid6": 6, "uuid7": 7}
    known = {name: fresh(name, min(number, 5)) for name, number in versions.items() if hasattr(uuid, name)}
    return guards.Overlay(uuid, {**known, "getnode": lambda: _chance(workshop, "uuid.getnode").getrandbits(48)})


def build_secrets(workshop: Workshop) -> ModuleType:
    """`secrets`, whose draws replay."""

    def token(convert: Callable[[bytes], Any], name: str) -> Callable[..., Any]:
        return lambda nbytes=None: convert(_chance(workshop, f"secrets.{name}").randbytes(nbytes or 32))

    return guards.Overlay(secrets, {
        "token_bytes": token(bytes, "token_bytes"), "token_hex": token(bytes.hex, "token_hex"),
        "token_urlsafe": token(bytes.hex, "token_urlsafe"),
        "randbits": lambda bits: _chance(workshop, "secrets.randbits").getrandbits(bits),
        "randbelow": lambda limit: _chance(workshop, "secrets.randbelow").randrange(limit),
        "choice": lambda values: _chance(workshop, "secrets.choice").choice(values),
        "SystemRandom": lambda *_: _chance(workshop, "secrets.SystemRandom"),
    })  # fmt: skip


def build_datetime(workshop: Workshop) -> ModuleType:
    """`datetime`, whose present moment is that of the virtual clock."""
    clock = workshop.import_module("time").time

    def moment(what: str) -> float:
        guards.nondeterministic(
            f"datetime.{what} reads the wall clock", "pass the moment into the program as a constant"
        )
        return float(clock())

    class OfRealInstances(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, cls.__mro__[1])

    class datetime(real.datetime, metaclass=OfRealInstances):  # noqa: N801
        @classmethod
        def now(cls, tz: real.tzinfo | None = None) -> Any:
            return cls.fromtimestamp(moment("datetime.now"), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.fromtimestamp(moment("datetime.utcnow"), real.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(moment("datetime.today"))

    class date(real.date, metaclass=OfRealInstances):  # noqa: N801
        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(moment("date.today"))

    for cls in (datetime, date):
        cls.__module__, cls.__qualname__ = "datetime", cls.__name__
    return guards.Overlay(real, {"datetime": datetime, "date": date})


BUILDERS: dict[str, Callable[[Workshop], ModuleType]] = {
    "os": build_os,
    "uuid": build_uuid,
    "secrets": build_secrets,
    "datetime": build_datetime,
}
