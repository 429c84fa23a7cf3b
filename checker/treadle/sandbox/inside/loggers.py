"""What the loggers of the standard library do otherwise in the sandbox.

Executed inside of the sandbox. A logger caches for which levels it is enabled. The cache changes nothing but the time,
and every thread that logs writes it; so there is none. A formatter takes the attributes of a record all at once, by its
`__dict__`; here it takes one after the other. Executors tell a logger only what they cannot tell anybody else; theirs
is silent here.
"""

from __future__ import annotations

from typing import Any

from treadle.sandbox.matching import attributes


def is_enabled_for(self: Any, level: int) -> bool:
    """As of a logger."""
    if self.disabled or self.manager.disable >= level:
        return False
    return bool(level >= self.getEffectiveLevel())


def spoken_of(style: Any, record: Any) -> dict[str, Any]:
    """What a format may speak of."""
    known = dict(getattr(style, "_defaults", None) or {})
    for name in attributes(record):
        known[name] = getattr(record, name)
    return known


def by_percent(self: Any, record: Any) -> str:
    """As of a formatter with %."""
    return str(self._fmt % spoken_of(self, record))


def by_braces(self: Any, record: Any) -> str:
    """As of a formatter with braces."""
    return str(self._fmt.format(**spoken_of(self, record)))


def by_template(self: Any, record: Any) -> str:
    """As of a formatter with $."""
    return str(self._tpl.substitute(**spoken_of(self, record)))


class Silent:
    """The logger of executors."""

    def critical(self, message: str, *arguments: Any, exc_info: bool = False) -> None:
        """As of a logger."""

    exception = critical


def getLogger(name: str) -> Silent:  # noqa: N802 - the name is part of the interface
    """As of `logging`."""
    return Silent()
