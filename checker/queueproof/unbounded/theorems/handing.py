"""The queue that hands over: no lost wakeup, no deadlock, nothing lost, although gets take items without the turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from queueproof.unbounded.induction import implies, keeps, step, unchanged
from queueproof.unbounded.lemma import Lemma
from queueproof.unbounded.theorem import PROVED, Confirmed, Theorem, proved
from queueproof.unbounded.theorems.safety import Configuration, sensible
from queuespec import hand_over
from queuespec.hand_over import ADMITTED, DONE, FREE, GIVING, LOOKED, PUTTING, SERVING, Handing

GETTER_IS_ANSWERED = {"waiting_getters": -1, "woken_getters": 1}
DOES: dict[str, tuple[dict[str, int], int | None]] = {
    "put_begins": ({}, PUTTING),
    "put_hands_over": (GETTER_IS_ANSWERED, DONE),
    "put_appends": ({"length": 1}, DONE),
    "put_comes": ({}, SERVING),
    "get_comes": ({}, SERVING),
    "put_is_admitted": ({"length": 1}, LOOKED),
    "put_meets_getter": (GETTER_IS_ANSWERED, SERVING),
    "put_joins": ({"running_putters": -1, "waiting_putters": 1}, None),
    "get_joins": ({"running_getters": -1, "waiting_getters": 1}, SERVING),
    "put_returns": ({"woken_putters": -1, "running_putters": 1}, None),
    "get_returns": ({"woken_getters": -1, "running_getters": 1}, None),
    "get_takes": ({"length": -1, "running_getters": -1, "took": 1}, None),
    "get_helps": ({"helping": -1, "running_getters": 1}, None),
    "item_is_taken": ({"length": -1}, GIVING),
    "getter_is_given_it": (GETTER_IS_ANSWERED, SERVING),
    "no_item": ({}, LOOKED),
    "putter_is_let_in": ({"length": 1}, ADMITTED),
    "putter_is_told": ({"waiting_putters": -1, "woken_putters": 1}, SERVING),
    "no_room": ({}, DONE),
    "serves_again": ({}, SERVING),
    "gives_back": ({}, FREE),
}
"""By how much each count changes, and what the turn is used for then; None: that depends."""

COMING = ("put_begins", "put_comes", "get_comes", "get_helps")
WITHOUT_THE_TURN = ("put_returns", "get_returns", "get_takes", "get_looks")


POSSIBLE: dict[str, Callable[[Handing], bool]] = {
    "put_begins": lambda h: h.turn == FREE and h.queue.running_putters > 0,
    "put_hands_over": lambda h: h.turn == PUTTING and h.queue.waiting_getters > 0,
    "put_appends": lambda h: h.turn == PUTTING and h.queue.waiting_getters == 0 and room(h),
    "put_comes": lambda h: h.turn == FREE and h.queue.running_putters > 0,
    "get_comes": lambda h: h.turn == FREE and h.queue.running_getters > 0,
    "put_is_admitted": lambda h: (
        h.turn == SERVING and h.queue.running_putters > 0 and room(h) and h.queue.waiting_getters == 0
    ),
    "put_meets_getter": lambda h: (
        h.turn == SERVING and h.queue.running_putters > 0 and room(h) and h.queue.waiting_getters > 0
    ),
    "put_joins": lambda h: h.turn == SERVING and h.queue.running_putters > 0,
    "get_joins": lambda h: h.turn == SERVING and h.queue.running_getters > 0,
    "put_returns": lambda h: h.queue.woken_putters > 0,
    "get_returns": lambda h: h.queue.woken_getters > 0,
    "get_takes": lambda h: h.queue.running_getters > 0 and h.queue.length > 0,
    "get_looks": lambda h: h.took > 0,
    "get_helps": lambda h: h.turn == FREE and h.helping > 0,
    "item_is_taken": lambda h: h.turn == SERVING and h.queue.waiting_getters > 0 and h.queue.length > 0,
    "getter_is_given_it": lambda h: h.turn == GIVING,
    "no_item": lambda h: h.turn == SERVING and not (h.queue.waiting_getters > 0 and h.queue.length > 0),
    "putter_is_let_in": lambda h: h.turn == LOOKED and h.queue.waiting_putters > 0 and room(h),
    "putter_is_told": lambda h: h.turn == ADMITTED,
    "no_room": lambda h: h.turn == LOOKED and not (h.queue.waiting_putters > 0 and room(h)),
    "serves_again": lambda h: h.turn == LOOKED,
    "gives_back": lambda h: h.turn == DONE or h.turn == PUTTING,
}
"""When each step is possible."""


def room(h: Handing) -> bool:
    """There is room."""
    return h.queue.length < h.queue.capacity


def initially(spec: Any = hand_over) -> Iterator[Lemma]:
    """At first the queue is empty, everybody outside, the turn free; and the invariant holds."""
    yield Lemma(
        "the invariant holds initially",
        Configuration,
        sensible,
        lambda c: spec.invariant(spec.initial(*c)),
    )
    yield Lemma(
        "at first the queue is empty and everybody outside",
        Configuration,
        sensible,
        lambda c: spec.initial(*c) == ((c.capacity, 0, c.putters, 0, 0, c.getters, 0, 0), 0, 0, FREE),
    )


def induction(spec: Any = hand_over) -> list[Lemma]:
    """Every step keeps the invariant."""
    return list(keeps(spec.SYSTEM.actions, Handing, spec.invariant))


def conservation(spec: Any = hand_over) -> Iterator[Lemma]:
    """No step loses or invents a thread."""

    def counted(h: Handing) -> tuple[Any, ...]:
        return h.queue.capacity, spec.putters(h), spec.getters(h)

    yield from unchanged(spec.SYSTEM.actions, Handing, spec.types, counted, "loses and invents no thread")


def numbers(h: Handing) -> dict[str, Any]:
    """All counts, by name."""
    return {**h.queue._asdict(), "took": h.took, "helping": h.helping}


def effects(spec: Any = hand_over) -> Iterator[Lemma]:
    """Every step does what it says, and nothing else."""
    for name, (changes, turn) in DOES.items():

        def then(h: Handing, after: Handing, changes: Any = changes, turn: Any = turn) -> bool:
            before, now = numbers(h), numbers(after)
            moved = all(now[each] == before[each] + changes.get(each, 0) for each in before)
            return moved and (turn is None or after.turn == turn)

        yield step(spec.SYSTEM[name], Handing, spec.types, then, "does what it says")
    for name in WITHOUT_THE_TURN:
        yield step(spec.SYSTEM[name], Handing, spec.types, lambda h, after: after.turn == h.turn, "leaves the turn")
    for name in ("put_joins", "get_helps"):
        yield step(
            spec.SYSTEM[name],
            Handing,
            spec.types,
            lambda h, after: after.turn == (LOOKED if h.queue.waiting_getters == 0 else SERVING),
            "looks for an item if a getter waits, else for room",
        )
    yield step(
        spec.SYSTEM["get_looks"],
        Handing,
        spec.types,
        lambda h, after: (
            after.queue == h.queue and after.helping == h.helping + 1
            if h.queue.waiting_putters > 0
            else after.helping == h.helping and after.queue.running_getters == h.queue.running_getters + 1
        ),
        "comes to help if a putter waits",
    )


def guards(spec: Any = hand_over) -> Iterator[Lemma]:
    """Each step is possible exactly when it should be, and who has the turn can always go on."""
    actions = {action.name: action for action in spec.SYSTEM.actions}
    others = [action for name, action in actions.items() if name not in (*COMING, *WITHOUT_THE_TURN)]
    yield Lemma(
        "who has the turn can go on",
        Handing,
        lambda h: spec.invariant(h) and h.turn != FREE,
        lambda h: any(action.guard(h) for action in others),
    )
    for name, when in POSSIBLE.items():
        yield Lemma(
            f"{name} is possible exactly when it should be",
            Handing,
            spec.types,
            lambda h, name=name, when=when: bool(actions[name].guard(h)) is bool(when(h)),  # type: ignore[misc]
        )


def consequences(spec: Any = hand_over) -> Iterator[Lemma]:
    """The invariant excludes that somebody waits in vain, and that everybody does."""
    yield implies("no wakeup is lost", Handing, spec.invariant, lambda h: not spec.lost_wakeup(h))
    yield Lemma(
        "no deadlock",
        Handing,
        lambda h: spec.invariant(h) and spec.putters(h) >= 1 and spec.getters(h) >= 1,
        lambda h: not spec.deadlock(h),
    )
    yield Lemma(
        "a lost wakeup is that somebody waits for what is there, and nobody will look",
        Handing,
        spec.types,
        lambda h: bool(spec.lost_wakeup(h)) is bool(_waits_in_vain(h)),
    )
    yield Lemma(
        "a deadlock is that there are threads and all of them wait",
        Handing,
        lambda h: spec.types(h) and h.turn == FREE,
        lambda h: (
            bool(spec.deadlock(h))
            is bool(
                spec.putters(h) + spec.getters(h) > 0
                and h.queue.waiting_putters + h.queue.waiting_getters == spec.putters(h) + spec.getters(h)
            )
        ),
    )


def _waits_in_vain(h: Handing) -> bool:
    s = h.queue
    if h.turn != FREE or h.took + h.helping > 0:
        return False
    if s.waiting_getters > 0 and s.length > 0:
        return True
    return s.waiting_putters > 0 and s.length < s.capacity


def lemmas(spec: Any = hand_over) -> Iterator[Lemma]:
    """All of them."""
    yield from initially(spec)
    yield from induction(spec)
    yield from conservation(spec)
    yield from effects(spec)
    yield from guards(spec)
    yield from consequences(spec)


CENTRAL = ("no wakeup is lost", "no deadlock", *(f"{name} keeps the invariant" for name in ("put_joins", "get_joins")),
           *(f"{name} keeps the invariant" for name in ("get_looks", "no_item", "no_room", "gives_back")))  # fmt: skip


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    return [
        Theorem(
            "hand-over",
            "Where items are handed over, puts take turns and gets take none, no wakeup is lost and not all threads "
            "wait, for all K, P and C.",
            PROVED,
            (*proved(lemmas()), *(Confirmed(lemma) for lemma in lemmas() if lemma.name in CENTRAL)),
        ),
    ]
