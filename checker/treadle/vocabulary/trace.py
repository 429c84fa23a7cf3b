"""A trace: the events of one execution, in order, and the counterexample that it may be.

Everything here is plain text and numbers, made for people and for files; no object of the program is kept
alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

CLOCK = "clock"
"""The name under which the passing of time acts in a schedule."""


@dataclass(frozen=True)
class Place:
    """Where in the source a thread stands."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True)
class Choice:
    """One decision of the scheduler: which thread goes on, with which operation, and in which way.

    `operation` is readable and stable across unrelated edits: kind, object, and the function that it is in,
    as in `acquire queue.not_empty in get`. `alternative` is "go" unless the operation can go on in several
    ways.
    """

    thread: str
    operation: str
    alternative: str = "go"


class Parts(NamedTuple):
    """An operation's text taken apart: `acquire queue.mutex in get` is acquire, queue.mutex, get."""

    kind: str
    object: str
    function: str


def parts(operation: str) -> Parts:
    """Take the text of an operation apart; what it does not say is empty.

    >>> parts("acquire queue.mutex in get")
    Parts(kind='acquire', object='queue.mutex', function='get')
    >>> parts("start")
    Parts(kind='start', object='', function='')
    """
    words = operation.split(" ")
    function = words.pop() if len(words) > 2 and words[-2] == "in" else ""
    if function:
        words.pop()
    return Parts(words[0], " ".join(words[1:]), function)


@dataclass(frozen=True)
class Effect:
    """One thing that a step did: what kind of thing, to which object, and how it came out.

    The kinds, and what `detail` says of each: `read` and `write` (the value, if it is known), `acquire`,
    `release`, `wait` (nothing), `notify` (the thread that it woke; empty: nobody waited), `return` (the
    result; `object` is the call), `raise` (the message; `object` is the exception's type), `start` (`object`
    is the thread), `finish`.

    >>> print(Effect("notify", "q.not_empty", "consumer-1").text)
    notify q.not_empty -> consumer-1
    >>> print(Effect("notify", "q.not_empty").text)
    notify q.not_empty: nobody waits
    """

    kind: str
    object: str = ""
    detail: str = ""
    thread: str = ""
    """Who did it, if not the thread that took the step: a new thread's first run is in its starter's step."""

    @property
    def text(self) -> str:
        """The effect on one line."""
        who = f"{self.thread}: " if self.thread else ""
        if self.kind == "notify" and not self.detail:
            return f"{who}notify {self.object}: nobody waits"
        said = f"{who}{self.kind} {self.object}".rstrip()
        return said + _JOINED_BY.get(self.kind, " ") + self.detail if self.detail else said


_JOINED_BY = {"notify": " -> ", "return": " -> ", "read": " -> ", "write": " = ", "raise": ": "}


@dataclass(frozen=True)
class Event:
    """One step that happened: the choice, where the thread stood, and what the step did on the way.

    `effects` are in the order in which they happened. `state` is the watched object after the step (the
    queue), as text; empty if nothing is watched.
    """

    number: int
    choice: Choice
    place: Place | None
    effects: Sequence[Effect] = ()
    state: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a thread stands at the end of a trace: finished, or before an operation, enabled or not.

    `call` is the call of the specified object that it is in; `waits_for` is the thread that holds the lock
    that it wants or has to finish first. Both are empty if there is none.
    """

    thread: str
    operation: str
    enabled: bool
    finished: bool
    daemon: bool
    place: Place | None
    call: str = ""
    waits_for: str = ""


@dataclass(frozen=True)
class Counterexample:
    """A schedule that leads to the violation, the trace of its execution, and what happened in plain words.

    `schedule` begins with the choices that reach the violation; for a livelock or starvation, `cycle_start`
    is the index of the first choice of the cycle that repeats for ever. `text` is the whole report, ready to
    print.
    """

    schedule: Sequence[Choice]
    trace: Sequence[Event]
    ending: Sequence[Standing] = ()
    explanation: str = ""
    text: str = ""
    cycle_start: int | None = None
    details: dict[str, str] = field(default_factory=dict)
