"""Those who wait, in plain words: on what and since when, who got each notify, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from treadle.report.facts import Happened, Waiting, awaited, fate, holders, notifies, waiting
from treadle.vocabulary.trace import Counterexample, Event, Standing, parts

_SHOWN_NOTIFIES = 4


def enumerated(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def blocked_threads(found: Counterexample, apart_from: Sequence[str] = ()) -> list[str]:
    """Who waits for what, a sentence each: conditions first, then everything else."""
    stuck = [one for one in found.ending if not one.finished and not one.enabled and one.thread not in apart_from]
    on_condition: dict[str, list[Waiting]] = {}
    told: list[str] = []
    for standing in stuck:
        wait = waiting(found.trace, standing)
        if wait is not None and not _notified(found.trace, wait):
            on_condition.setdefault(wait.condition, []).append(wait)
        else:
            told.append(_blocked_elsewhere(found, standing, wait))
    return [*(_on_condition(found.trace, name, waits) for name, waits in on_condition.items()), *told]


def _notified(trace: Sequence[Event], wait: Waiting) -> Happened | None:
    """The notify that ended this wait, if the thread only has to get the lock back."""
    mine = (n for n in notifies(trace, wait.condition) if n.effect.detail == wait.thread and n.step >= wait.since)
    return next(mine, None)


def _on_condition(trace: Sequence[Event], condition: str, waits: Sequence[Waiting]) -> str:
    who = enumerated([f"{wait.thread} (since step {wait.since})" for wait in waits])
    if len(waits) == 1:
        who = waits[0].thread
        head = f"{who} waits on {condition} since step {waits[0].since}"
    else:
        head = f"{who} wait on {condition}"
    calls = notifies(trace, condition)
    if not calls:
        return f"{head}; nothing in this execution notifies it."
    if len(calls) == 1:
        by = f"(step {calls[0].step}, by {calls[0].thread})"
        return f"{head}; the only notify on it {by} {_went(trace, calls[0], waits)}."
    return f"{head}. {_several(trace, calls, waits)}."


def _several(trace: Sequence[Event], calls: Sequence[Happened], waits: Sequence[Waiting]) -> str:
    shown = calls[-_SHOWN_NOTIFIES:]
    each = [f"the one at step {call.step} (by {call.thread}) {_went(trace, call, waits)}" for call in shown]
    which = f"Of the {len(calls)} notifies on it"
    return f"{which}, {'; '.join(each)}" if len(shown) == len(calls) else f"{which}, the last: {'; '.join(each)}"


def _went(trace: Sequence[Event], notify: Happened, waits: Sequence[Waiting]) -> str:
    """What became of one notify, as the end of a sentence."""
    if not notify.effect.detail:
        late = [wait for wait in waits if wait.since > notify.step]
        began = f": {late[0].thread} began to wait only at step {late[0].since}" if len(late) == 1 else ""
        return f"found nobody waiting, so it was lost{began}"
    end = fate(trace, notify)
    went = f"went to {notify.effect.detail}, "
    if end.timed_out is not None:
        then = f" and then {_outcome(end.outcome)}" if end.outcome else ""
        return f"{went}whose wait had already timed out (step {end.timed_out}){then}"
    if end.woke is None:
        return f"{went}which has not gone on since"
    stolen = ""
    if end.thief:
        stolen = f"{end.thief.thread} had meanwhile changed {end.thief.effect.object} (step {end.thief.step})"
    if end.outcome is None:
        return f"{went}which woke at step {end.woke} and went on"
    if end.outcome.effect.kind == "wait" and end.outcome.effect.object == notify.effect.object:
        found = f"found that {stolen}" if stolen else "found that it still could not go on"
        return f"{went}which woke at step {end.woke}, {found}, and waited again"
    after = f" after {stolen}" if stolen else ""
    at = "" if end.outcome.step == end.woke else f" (step {end.outcome.step})"
    return f"{went}which woke at step {end.woke}{after} and {_outcome(end.outcome)}{at}"


def _outcome(outcome: Happened) -> str:
    effect = outcome.effect
    if effect.kind == "wait":
        return f"went on to wait on {effect.object}"
    if effect.kind == "finish":
        return "ran to its end"
    if effect.kind == "raise":
        return f"raised {effect.object}" + (f": {effect.detail}" if effect.detail else "")
    return f"returned {effect.detail} from {effect.object}" if effect.detail else f"returned from {effect.object}"


def _blocked_elsewhere(found: Counterexample, standing: Standing, wait: Waiting | None) -> str:
    kind, wanted = parts(standing.operation).kind, awaited(standing)
    if wait is not None:
        notify = _notified(found.trace, wait)
        head = f"{standing.thread} was notified (step {notify.step if notify else '?'})"
        held_by = _held_by(found, wait.lock, standing)
        return f"{head} and waits to get {wait.lock or 'its lock'} back{held_by}."
    if kind == "join":
        return f"{standing.thread} waits for {wanted} to finish."
    if kind == "return":
        return f"{standing.thread} gave up waiting on {wanted} and waits for its lock."
    if kind == "sleep":
        return f"{standing.thread} sleeps."
    if not wanted:
        return f"{standing.thread} is blocked in {standing.operation}."
    return f"{standing.thread} waits for {wanted}{_held_by(found, wanted, standing)}."


def _held_by(found: Counterexample, lock: str, standing: Standing) -> str:
    taken = holders(found.trace).get(lock)
    if taken is None:
        return f", which {standing.waits_for} holds" if standing.waits_for else ""
    if taken.thread == standing.thread:
        return f", which it holds itself (since step {taken.step})"
    if any(one.thread == taken.thread and one.finished for one in found.ending):
        return f", which {taken.thread} took at step {taken.step} and never released"
    return f", which {taken.thread} holds (since step {taken.step})"
