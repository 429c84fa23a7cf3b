"""Where a thread stands in the code: which part it plays, and the exact place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from treadle.kernel.execution import Execution

PUTTER, GETTER = "putter", "getter"
PARTS = {
    "_produce_for_ever": PUTTER,
    "_consume_for_ever": GETTER,
    "_work_for_ever": GETTER,
    "_try_for_ever": GETTER,
    "_insist_for_ever": GETTER,
    "_produce_until_shut": PUTTER,
    "_consume_until_shut": GETTER,
    "work": GETTER,
}
"""The function that a thread runs, most of them for ever, and the part that it plays."""

OUTSIDE, ASLEEP, WOKEN, NOTIFYING = "outside", "asleep", "woken", "notifying"

ITEMS = "queue"
"""The attribute in which every queue has its items."""

Place = tuple[tuple[str, int], ...]


class Stand(NamedTuple):
    """Where a thread stands: its part, what the model calls the place, and the exact place in the code."""

    part: str
    where: str
    place: Place
    """The functions that it is in and the instruction in each, innermost first, its pending operation, and what its
    variables say that are true or false."""


def frames_of(execution: Execution, index: int) -> Iterator[Any]:
    """The frames of a thread, innermost first, without those of the checker."""
    frame = execution.controls[index].greenlet.gr_frame
    while frame is not None:
        if not str(frame.f_globals.get("__name__", "")).startswith("treadle."):
            yield frame
        frame = frame.f_back


def items_of(execution: Execution) -> int:
    """How many items the queue holds; before anyone has got hold of it, none."""
    for index, control in enumerate(execution.controls):
        for frame in frames_of(execution, index) if control.live else ():
            buffer = frame.f_locals.get("buffer")
            if buffer is not None:
                return len(buffer.queue)
    return 0


def place_of(execution: Execution, index: int) -> tuple[str, Place] | None:
    """The thread's part, and where it is, as `Stand` tells it."""
    operation = execution.controls[index].pending
    frames = list(frames_of(execution, index))
    part = next((PARTS[frame.f_code.co_name] for frame in frames if frame.f_code.co_name in PARTS), None)
    if part is None or operation is None:
        return None
    buffer = frames[-1].f_locals.get("buffer")
    told = (
        each
        for frame in frames
        for name, value in frame.f_locals.items()
        if not name.startswith(".")  # those are mirrors
        for each in _said(name, value, buffer)
    )
    return part, (*((frame.f_code.co_name, frame.f_lasti) for frame in frames), (operation.kind, 0), *told)


def _said(name: str, value: object, buffer: object) -> Iterator[tuple[str, int]]:
    """What a variable says of where a thread is: that it is true or false, or which of the queue's sequences it is."""
    if type(value) is bool:
        yield name, int(value)
    elif isinstance(value, deque):
        slots = (each for kind in type(buffer).__mro__ for each in getattr(kind, "__slots__", ()) if each != ITEMS)
        yield from ((f"{name} is {slot}", 1) for slot in slots if getattr(buffer, slot, None) is value)
