"""How a state of broken code is read as a state of the broken model, where that has more to say than the counters.

What a thread is about to do is not read from names: it is what the thread does next, wherever in the graph it stands in
that place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from queueproof.bridge import Mismatch
from queueproof.extraction import Extracted, Step
from queueproof.places import ASLEEP, GETTER, PUTTER, WOKEN, Stand
from queuespec.broken import Gapped
from queuespec.broken_calls import Mislaid, Split
from queuespec.one_condition import Shared
from queuespec.shutdown import Closable
from queuespec.two_conditions import Counters
from queuespec.unlocked import Looked

BOTH = (PUTTER, GETTER)
RECENT = 8  # what is found about a graph is kept, for the last few


def in_counters(extracted: Extracted, number: int) -> Counters:
    """A state of the code as the model of two conditions writes it."""
    return extracted.counters(number)


def shared(extracted: Extracted, number: int) -> Shared:
    """A state of the code as the model of one condition writes it: asleep or awake."""
    size, s = extracted.size, extracted.counters(number)
    return Shared(size.capacity, 1, s.length, size.putters, size.getters, s.waiting_putters, s.waiting_getters)


def gapped(extracted: Extracted, number: int) -> Gapped:
    """A state of the code as the model writes it in which check and sleep are apart.

    The code notifies in a step of its own; a call takes effect in that step.
    """
    deciding = {stand for stand in _always(extracted, _falls_asleep) if stand.part == GETTER}
    seen, s = extracted.states[number], extracted.counters(number)
    apart = sum(stand in deciding for stand in seen.stands)
    owing = _owing(extracted)
    owed = sum((stand.part == GETTER) - (stand.part == PUTTER) for stand in seen.stands if stand in owing)
    return Gapped(s._replace(length=s.length + owed, running_getters=s.running_getters - apart), apart)


@lru_cache(RECENT)
def _owing(extracted: Extracted) -> set[Stand]:
    """Where a thread stands that has changed the items and has yet to notify."""
    return {
        stand
        for step in extracted.steps
        if extracted.states[step.after].length != extracted.states[step.before].length
        for stand in _taken(extracted, step)
    }


def polled(extracted: Extracted, number: int) -> Looked:
    """A state of the code as the model without a lock writes it: who has seen something acts next."""
    return _looked(extracted, number, sure=BOTH)


def announced(extracted: Extracted, number: int) -> Looked:
    """A state of the code as the model writes it in which an item is announced before it is there."""
    return _looked(extracted, number, sure=(PUTTER,))


def looked(extracted: Extracted, number: int) -> Looked:
    """A state of the code as the model writes it in which a thread looks before it takes the lock."""
    return _looked(extracted, number, sure=BOTH, unsure=BOTH)


def _looked(extracted: Extracted, number: int, sure: tuple[str, ...], unsure: tuple[str, ...] = ()) -> Looked:
    acting, sleeping = _always(extracted, _changes_or_fails), _always(extracted, _falls_asleep)
    seen, size = extracted.states[number], extracted.size

    def group(part: str, threads: int) -> tuple[int, int, int, int]:
        acts = sum(stand in acting for stand in seen.stands if stand.part == part) if part in sure else 0
        sleeps = sum(stand in sleeping for stand in seen.stands if stand.part == part) if part in unsure else 0
        asleep = seen.count(part, ASLEEP)
        return threads - acts - sleeps - asleep, acts, sleeps, asleep

    return Looked(size.capacity, seen.length, *group(PUTTER, size.putters), *group(GETTER, size.getters))


def mislaid(extracted: Extracted, number: int) -> Mislaid:
    """A state of the code as the model counts lost items. There is none yet: who is given nothing fails."""
    return Mislaid(extracted.counters(number), 0)


def closable(extracted: Extracted, number: int) -> Closable:
    """A state of the code as the model with shutdown writes it; who was refused has ended."""
    s, ended = extracted.counters(number), counted(extracted, _ends)[number]
    putters, getters = ended[PUTTER], ended[GETTER]
    s = s._replace(running_putters=s.running_putters - putters, running_getters=s.running_getters - getters)
    return Closable(s, extracted.states[number].attribute("is_shutdown"), putters, getters)


def split(extracted: Extracted, number: int) -> Split:
    """A state of the code as the model writes it in which to count is to read and to write.

    What a worker has read is one more than what it writes; its item is dealt with when it has read.
    """
    writing = _counting(extracted)
    standing = sum(stand in writing for stand in extracted.states[number].stands)
    after = (step.after for step in extracted.steps if step.before == number and step.stand in writing)
    read = [extracted.states[each].attribute("unfinished_tasks") + 1 for each in after]
    read += read * (standing - len(read))  # those that have read the same are one to the search
    first, second = sorted([*read, 0, 0], reverse=True)[:2]
    put, written = counted(extracted, _puts)[number]["put"], counted(extracted, _writes)[number]["written"]
    unfinished = extracted.states[number].attribute("unfinished_tasks")
    return Split(extracted.size.getters - put, put - written - standing, unfinished, first, second)


def _counts(extracted: Extracted, step: Step) -> int:
    """By how much the count of unfinished tasks changes; a queue that has become private is not seen."""
    before, after = extracted.states[step.before], extracted.states[step.after]
    return after.attribute("unfinished_tasks") - before.attribute("unfinished_tasks") if after.attributes else 0


@lru_cache(RECENT)
def _counting(extracted: Extracted) -> set[Stand]:
    """Where a worker stands that is about to count its task as done."""
    return {step.stand for step in extracted.steps if step.stand is not None and _counts(extracted, step) < 0}


def _puts(extracted: Extracted, step: Step) -> tuple[str, ...]:
    return max(0, _counts(extracted, step)) * ("put",)


def _writes(extracted: Extracted, step: Step) -> tuple[str, ...]:
    return ("written",) if step.stand in _counting(extracted) else ()


# What a step does.


def _taken(extracted: Extracted, step: Step) -> Counter[Stand]:
    """The places that the step has taken: the acting thread's own, and those of whom it woke."""
    return Counter(extracted.states[step.after].stands) - Counter(extracted.states[step.before].stands)


def _changes_or_fails(extracted: Extracted, step: Step) -> bool:
    changes = extracted.states[step.after].length != extracted.states[step.before].length
    return changes or (step.before, step.choice) in extracted.failed


def _falls_asleep(extracted: Extracted, step: Step) -> bool:
    return any(stand.where == ASLEEP for stand in _taken(extracted, step))


@lru_cache(RECENT)
def _always(extracted: Extracted, does: Callable[[Extracted, Step], bool]) -> set[Stand]:
    """The places, but for those in a wait, in which the next thing that a thread does is always this.

    A step between, which changes nothing and leads to such a place, does not count.
    """
    leads: dict[Stand, set[Stand | None]] = {}
    for step in extracted.steps:
        if step.stand is not None and step.stand.where not in (ASLEEP, WOKEN):
            own = [stand for stand in _taken(extracted, step) if stand.part == step.stand.part]
            next_place = None if does(extracted, step) else own[0] if len(own) == 1 else step.stand
            leads.setdefault(step.stand, set()).add(next_place)
    found = {stand for stand, nexts in leads.items() if nexts == {None}}
    while more := {s for s, nexts in leads.items() if s not in found and nexts <= {None, *found}}:
        found |= more
    return found


@lru_cache(RECENT)
def counted(extracted: Extracted, happens: Callable[[Extracted, Step], tuple[str, ...]]) -> list[Counter[str]]:
    """For each state how often each thing has happened on the way there.

    Raises `Mismatch` if it depends on the way.
    """
    found: dict[int, Counter[str]] = {0: Counter()}
    for step in sorted(extracted.steps, key=lambda step: step.before):
        count = found[step.before] + Counter(happens(extracted, step))
        if found.setdefault(step.after, count) != count:
            raise Mismatch(extracted, step, "how often something has happened depends on the way")
    return [found[number] for number in range(len(extracted.states))]


def _ends(extracted: Extracted, step: Step) -> tuple[str, ...]:
    """The part of a thread that ends."""
    before, after = (len(extracted.states[number].stands) for number in (step.before, step.after))
    return (step.stand.part,) if step.stand is not None and after < before else ()
