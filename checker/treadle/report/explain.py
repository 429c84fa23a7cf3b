"""What happened, in plain words: the final paragraph of a counterexample.

Built from the trace and from where the threads stand at its end; nothing is said that is not in them. A
deadlock or lost wakeup is told from the side of those who wait (`treadle.report.blocked`), a failure from
what the thread believed and who changed it meanwhile, a livelock from the cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from treadle.report.blocked import blocked_threads, enumerated
from treadle.report.facts import (
    Happened,
    awaited,
    circle,
    fate,
    happened,
    holders,
    lost_update,
    out_of_date,
    repeats_from,
    waiting,
)
from treadle.vocabulary.trace import CLOCK, Counterexample, Event, Standing, parts
from treadle.vocabulary.verdict import Reason


def explain(reason: Reason | None, found: Counterexample) -> str:
    """The paragraph for a counterexample; empty if there is nothing to add to its trace."""
    return " ".join(sentence for sentence in _TELLERS.get(reason, _tell_step)(found) if sentence)


# -- threads that are blocked ------------------------------------------------------------------------------


def _tell_deadlock(found: Counterexample) -> list[str]:
    told, around = blocked_threads(found), circle(found.trace, found.ending)
    if around:
        who = "They" if len(around) == len(told) else enumerated(around)
        told.append(f"{who} wait for each other in a circle.")
    return [*told, "No thread can go on."]


def _tell_lost_wakeup(found: Counterexample) -> list[str]:
    stuck = [one for one in found.ending if one.call and waiting(found.trace, one)]
    if not stuck:
        return blocked_threads(found)
    state = found.trace[-1].state if found.trace else ""
    who = enumerated([f"{one.thread} could finish {one.call}" for one in stuck])
    calls = {one.call for one in stuck}
    if len(stuck) > 1 and len(calls) == 1:
        who = f"any of them could finish {calls.pop()}"
    wasted = f"With the state {state}, {who}" if state else who[0].upper() + who[1:]
    return [
        *blocked_threads(found),
        f"{wasted}, but nothing will ever wake {'it' if len(stuck) == 1 else 'them'}.",
    ]


# -- a step that went wrong --------------------------------------------------------------------------------


def _tell_failure(found: Counterexample) -> list[str]:
    raised = list(happened(found.trace, "raise"))
    if not raised:
        return _tell_step(found)
    failure = raised[-1]
    event = next(e for e in found.trace if e.number == failure.step)
    message = f": {failure.effect.detail}" if failure.effect.detail else ""
    in_function = f" in {event.place.function}" if event.place and not failure.effect.thread else ""
    told = f"At step {failure.step} {failure.thread} raised {failure.effect.object}{message}{in_function}."
    return [told, _believed(found.trace, failure)]


def _believed(trace: Sequence[Event], failure: Happened) -> str:
    """What the failing thread had relied on: the wakeup that brought it here, or what it had read before."""
    for notify in reversed([n for n in happened(trace, "notify") if n.effect.detail == failure.thread]):
        end = fate(trace, notify)
        if end.outcome and end.outcome.step == failure.step and end.thief and end.timed_out is None:
            return (
                f"It had been woken by {notify.thread} (step {notify.step}), but before it went on (step "
                f"{end.woke}) {end.thief.thread} changed {end.thief.effect.object} (step {end.thief.step})."
            )
    return _lost(trace, failure.step) or _stale(trace, failure.step, failure.thread)


def _stale(trace: Sequence[Event], step: int, thread: str) -> str:
    stale = out_of_date(trace, step, thread)
    if stale is None:
        return ""
    read, write = stale
    return (
        f"{thread} had read {read.effect.object} at step {read.step}; {write.thread} changed it "
        f"at step {write.step}, so what it knew was out of date."
    )


def _lost(trace: Sequence[Event], before: int) -> str:
    lost = lost_update(trace, before)
    if lost is None:
        return ""
    read, between, write = lost
    return (
        f"{read.thread} read {read.effect.object} at step {read.step} and wrote it at step {write.step}, "
        f"without having seen what {between.thread} wrote in between (step {between.step})."
    )


def _tell_step(found: Counterexample) -> list[str]:
    """An invariant or a specification: the last step is the one that broke it."""
    if not found.trace:
        return []
    last, before = found.trace[-1], found.trace[-2].state if len(found.trace) > 1 else ""
    where = f", in {last.place.function}," if last.place else ""
    change = f" The state went from {before} to {last.state}." if before and before != last.state else ""
    told = f"The last step ({last.number}, by {last.choice.thread}){where} is the one that broke it.{change}"
    return [told, _lost(found.trace, last.number + 1) or _stale(found.trace, last.number, last.choice.thread)]


def _tell_race(found: Counterexample) -> list[str]:
    accesses: dict[str, list[Standing]] = {}
    for one in found.ending:
        if not one.finished and parts(one.operation).kind in ("read", "write"):
            accesses.setdefault(awaited(one), []).append(one)
    for name, racing in accesses.items():
        if len(racing) > 1:
            who = enumerated([f"{one.thread} is about to {parts(one.operation).kind} it" for one in racing])
            return [f"Nothing orders the accesses to {name}: {who}, and either may come first."]
    return []


# -- what goes on for ever ---------------------------------------------------------------------------------


def _cycle(found: Counterexample) -> list[Event]:
    first = repeats_from(found)
    return [event for event in found.trace if first is not None and event.number >= first]


def _tell_livelock(found: Counterexample) -> list[str]:
    cycle = _cycle(found)
    if not cycle:
        return []
    running = _in_order(event.choice.thread for event in cycle)
    where = {event.choice.thread: event.place.function for event in cycle if event.place}
    names = enumerated([name + (f" (in {where[name]})" if name in where else "") for name in running])
    goes = "goes" if len(running) == 1 else "go"
    told = f"Steps {cycle[0].number} to {cycle[-1].number} repeat for ever: {names} {goes} round and round"
    return [f"{told} and nothing is achieved.", *blocked_threads(found, apart_from=running)]


def _tell_starvation(found: Counterexample) -> list[str]:
    cycle = _cycle(found)
    if not cycle:
        return []
    running = _in_order(event.choice.thread for event in cycle)
    starved = [one.thread for one in found.ending if not one.finished and one.thread not in running]
    told = f"Steps {cycle[0].number} to {cycle[-1].number} repeat for ever: {enumerated(running)}"
    told = f"{told} {'goes' if len(running) == 1 else 'go'} on"
    return [f"{told}, and {enumerated(starved)} never does." if starved else f"{told}."]


def _in_order(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name != CLOCK]


def _tell_leak(found: Counterexample) -> list[str]:
    told = []
    for lock, taken in holders(found.trace).items():
        told.append(f"{lock}, taken by {taken.thread} at step {taken.step}, is never released.")
    left = [one.thread for one in found.ending if not one.finished and one.thread != "main"]
    if left:
        told.append(f"{enumerated(left)} {'is' if len(left) == 1 else 'are'} still there at the end.")
    return told


_TELLERS: dict[Reason | None, Callable[[Counterexample], list[str]]] = {
    Reason.DEADLOCK: _tell_deadlock,
    Reason.LOST_WAKEUP: _tell_lost_wakeup,
    Reason.ASSERTION: _tell_failure,
    Reason.EXCEPTION: _tell_failure,
    Reason.DATA_RACE: _tell_race,
    Reason.LIVELOCK: _tell_livelock,
    Reason.STARVATION: _tell_starvation,
    Reason.LEAK: _tell_leak,
}
