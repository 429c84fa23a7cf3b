"""What can be read off a trace: who holds which lock, who waits where, and what became of each notify.

Plain look-ups over the events, from the names that the kernel gave to threads and objects. The wording is
`treadle.report.explain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treadle.vocabulary.operation import TIMEOUT
from treadle.vocabulary.trace import Counterexample, Effect, Event, Standing, parts


@dataclass(frozen=True)
class Happened:
    """An effect with the step and the thread that it belongs to."""

    step: int
    thread: str
    effect: Effect


@dataclass(frozen=True)
class Waiting:
    """A thread waits on a condition since a step; `lock` is what it released to wait, empty if unknown."""

    thread: str
    condition: str
    since: int
    lock: str


@dataclass(frozen=True)
class Fate:
    """What the thread that a notify went to did with it.

    `timed_out` is the step at which its wait had ended already, `woke` the step at which it went on,
    `outcome` the first that then came of it (wait, return, raise or finish), and `thief` the last write by
    another thread, between the notify and the awakening, to something that the awakened thread read or wrote.
    """

    timed_out: int | None = None
    woke: int | None = None
    outcome: Happened | None = None
    thief: Happened | None = None


def happened(trace: Sequence[Event], *kinds: str) -> Iterator[Happened]:
    """All effects of these kinds (of every kind, if none is named), in order."""
    for event in trace:
        for effect in event.effects:
            if not kinds or effect.kind in kinds:
                yield Happened(event.number, effect.thread or event.choice.thread, effect)


def repeats_from(found: Counterexample) -> int | None:
    """The step that begins the cycle that repeats for ever; None if there is none."""
    return None if found.cycle_start is None else found.cycle_start + 1


def holders(trace: Sequence[Event]) -> dict[str, Happened]:
    """For each lock that is held at the end: the acquire that took it."""
    held: dict[str, Happened] = {}
    for one in happened(trace, "acquire", "release"):
        if one.effect.kind == "acquire":
            held[one.effect.object] = one
        else:
            held.pop(one.effect.object, None)
    return held


def awaited(standing: Standing) -> str:
    """The name of what a thread stands before: a lock, a condition, another thread."""
    return parts(standing.operation).object


def holder(trace: Sequence[Event], standing: Standing) -> str:
    """The thread that holds what this one waits for, or has to finish first; empty if there is none."""
    taken = holders(trace).get(awaited(standing))
    return standing.waits_for or (taken.thread if taken else "")


def waiting(trace: Sequence[Event], standing: Standing) -> Waiting | None:
    """Since when a thread waits on a condition; None if it does not."""
    if standing.finished or parts(standing.operation).kind != "wait":
        return None
    condition = awaited(standing)
    for event in reversed(trace):
        kinds = [(one.effect.kind, one.effect.object) for one in happened([event]) if one.thread == standing.thread]
        if ("wait", condition) in kinds:
            after = kinds[len(kinds) - kinds[::-1].index(("wait", condition)) :]
            lock = next((name for kind, name in after if kind == "release"), "")
            return Waiting(standing.thread, condition, event.number, lock)
    return None


def notifies(trace: Sequence[Event], condition: str) -> list[Happened]:
    """Every notify on a condition; its effect's `detail` is the thread that it went to."""
    return [one for one in happened(trace, "notify") if one.effect.object == condition]


def fate(trace: Sequence[Event], notify: Happened) -> Fate:
    """What became of a notify that went to somebody."""
    woken, condition = notify.effect.detail, notify.effect.object
    after = [event for event in trace if event.number > notify.step]
    own = [event for event in after if event.choice.thread == woken]
    timed_out = _timed_out(trace, notify)
    if not own:
        return Fate(timed_out)
    outcome = next(happened(own, "wait", "return", "raise", "finish"), None)
    touched = {effect.object for effect in own[0].effects if effect.kind in ("read", "write")}
    between = [e for e in after if e.number < own[0].number]
    writes = [one for one in happened(between, "write") if one.effect.object in touched]
    useless = outcome is not None and (
        outcome.effect.kind == "raise" or (outcome.effect.kind == "wait" and outcome.effect.object == condition)
    )
    return Fate(timed_out, own[0].number, outcome, writes[-1] if writes and useless else None)


def _timed_out(trace: Sequence[Event], notify: Happened) -> int | None:
    """The step before the notify at which the woken thread's wait had come to its timeout."""
    for event in reversed(trace):
        if event.number < notify.step and event.choice.thread == notify.effect.detail:
            wait = parts(event.choice.operation).kind == "wait"
            return event.number if wait and event.choice.alternative == TIMEOUT else None
    return None


def circle(trace: Sequence[Event], ending: Sequence[Standing]) -> list[str]:
    """Threads of which each waits for the next, the last one for the first; empty if there are none."""
    waits = {one.thread: holder(trace, one) for one in ending if not one.finished and not one.enabled}
    for start in waits:
        path: list[str] = []
        thread = start
        while thread in waits and thread not in path:
            path.append(thread)
            thread = waits[thread]
        if thread in path and path[-1] != thread:
            return path[path.index(thread) :]
    return []


def out_of_date(trace: Sequence[Event], step: int, thread: str) -> tuple[Happened, Happened] | None:
    """Something that a thread had read, and the last write by another thread after that and before `step`.

    The latest such pair; None if nothing that it had read was changed behind its back.
    """
    past = [event for event in trace if event.number < step]
    for write in reversed(list(happened(past, "write"))):
        if write.thread != thread:
            for read in reversed(list(happened(past, "read"))):
                known = read.thread == thread and read.step < write.step
                if known and read.effect.object == write.effect.object:
                    return read, write
    return None


def lost_update(trace: Sequence[Event], before: int) -> tuple[Happened, Happened, Happened] | None:
    """A read, a write by another thread, and a write by the first thread that did not look again in between.

    The latest such triple that was complete before that step; None if there is none.
    """
    accesses = [one for one in happened(trace, "read", "write") if one.step < before]
    for at in range(len(accesses) - 1, -1, -1):
        last = accesses[at]
        if last.effect.kind == "write":
            earlier = [one for one in accesses[:at] if one.effect.object == last.effect.object]
            read = next((one for one in reversed(earlier) if one.thread == last.thread), None)
            if read is not None and read.effect.kind == "read":
                others = [one for one in earlier if one.effect.kind == "write" and one.step > read.step]
                if others:
                    return read, others[-1], last
    return None
