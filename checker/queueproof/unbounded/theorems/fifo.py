"""What is in the queue: first in, first out; nothing lost, doubled or invented; any items, any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from queueproof.unbounded.lemma import Item, ItemSequence, Lemma, size
from queueproof.unbounded.theorem import EVERY_WAKE_UP, PROVED, Theorem, proved
from queuespec import contents
from queuespec.contents import Contents


class Instance(NamedTuple):
    """Any contents, and any item that is about to be put."""

    capacity: int
    all_put: ItemSequence
    all_got: ItemSequence
    buffer: ItemSequence
    item: Item


def of(c: Instance) -> Contents:
    """The contents of an instance."""
    return Contents(*c[:4])


def effects(spec: Any = contents) -> Iterator[tuple[str, Callable[..., bool], Callable[..., Contents]]]:
    """Name, guard and effect of a put and of a get."""
    yield "put", spec.put_guard, lambda c: spec.put(of(c), c.item)
    yield "get", spec.get_guard, lambda c: spec.get(of(c))


def induction(spec: Any = contents) -> Iterator[Lemma]:
    """``put == got + buffer``, and it fits: initially, and after every put and get."""
    yield Lemma(
        "the invariant holds initially",
        Capacity,
        lambda c: c.capacity >= 1,
        lambda c: spec.invariant(spec.initial(c.capacity)),
    )
    for name, guard, effect in effects(spec):

        def given(c: Instance, guard: Any = guard) -> bool:
            return bool(guard(of(c), size)) and bool(spec.invariant(of(c), size))

        def then(c: Instance, effect: Any = effect) -> bool:
            return bool(spec.invariant(effect(c), size))

        yield Lemma(f"{name} keeps put == got + buffer", Instance, given, then)


class Capacity(NamedTuple):
    """How a queue begins."""

    capacity: int


def exact(spec: Any = contents) -> Iterator[Lemma]:
    """A put appends its item to what was put; a get hands out the next of those not yet got."""

    def put_then(c: Any) -> Any:
        after = spec.put(of(c), c.item)
        return after.all_put == c.all_put + (c.item,) and after.all_got == c.all_got  # noqa: RUF005

    def get_then(c: Any) -> Any:
        after = spec.get(of(c))
        one_more = size(after.all_got) == size(c.all_got) + 1
        return one_more and after.all_put == c.all_put and after.all_put == after.all_got + after.buffer

    yield Lemma("put appends its item", Instance, lambda c: spec.put_guard(of(c), size), put_then)
    yield Lemma(
        "get hands out the next item",
        Instance,
        lambda c: spec.get_guard(of(c), size) and spec.invariant(of(c), size),
        get_then,
    )
    yield Lemma(
        "what is in the queue fits",
        Instance,
        lambda c: spec.invariant(of(c), size),
        lambda c: size(c.buffer) <= c.capacity,
    )
    yield Lemma(
        "a get is possible exactly when more was put than got",
        Instance,
        lambda c: spec.invariant(of(c), size),
        lambda c: bool(spec.get_guard(of(c), size)) is bool(size(c.all_put) > size(c.all_got)),
    )


def theorems() -> list[Theorem]:
    """The theorems of this subject."""
    return [
        Theorem(
            "first-in-first-out",
            "What was put is what was got followed by what is in the queue, for all K, any items, any length.",
            PROVED,
            proved([*induction(), *exact()]),
            EVERY_WAKE_UP,
        ),
    ]
