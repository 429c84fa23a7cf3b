"""Where the user's code stands, and refusing what it does there."""

from __future__ import annotations

import sys
from types import FrameType
from typing import NoReturn

from treadle.sandbox import runtime
from treadle.sandbox.finder import STDLIB
from treadle.sandbox.hooks import NAME


def place() -> str:
    """The file and line of the user's code that runs now.

    If there is none of the user's, it is the library's; if a thread runs nothing but C code, it is where the thread
    was started.
    """
    fallback: FrameType | None = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if NAME in frame.f_globals:
            if not frame.f_code.co_filename.startswith((str(STDLIB), "<")):
                return f"{frame.f_code.co_filename}:{frame.f_lineno}"
            fallback = fallback or frame
        frame = frame.f_back
    begun = getattr(getattr(runtime.current, "thread", None), "begun_at", "")
    if begun:
        return str(begun)
    return f"{fallback.f_code.co_filename}:{fallback.f_lineno}" if fallback else "outside of the program"


def refuse(what: str, remedy: str) -> NoReturn:
    """Refuse it: nothing that the code under check does with the exception makes it forgotten."""
    raise_refused(f"{what} cannot be virtualised; {remedy}")


def raise_refused(what: str) -> NoReturn:
    """Raise `Refused` with the place put before, and have the host remember it."""
    refusal = runtime.Refused(f"{place()}: {what}")
    if runtime.current is not None:
        runtime.current.refusals.append(refusal)
    raise refusal
