"""Where in the user's code something happens: the frames that are not the checker's own."""

from __future__ import annotations

import linecache
from typing import Any

from treadle.sandbox import stdlib
from treadle.vocabulary.trace import Place


def frames_from(frame: Any) -> list[Any]:
    """The frame and all that it was called from."""
    found = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


def is_ours(frame: Any) -> bool:
    """Is it code of the checker's own?"""
    return str(frame.f_globals.get("__name__", "")).startswith("treadle.")


def place_of(frame: Any) -> Place | None:
    """The innermost place in the user's code at or below `frame`."""
    while frame is not None and (is_ours(frame) or frame.f_globals.get("__name__") in stdlib.INSIDE):
        frame = frame.f_back
    if frame is None:
        return None
    code = frame.f_code
    line = frame.f_lineno or code.co_firstlineno
    return Place(code.co_filename, line, code.co_name, linecache.getline(code.co_filename, line).strip())


def place_of_error(error: BaseException) -> Place | None:
    """Where the exception was raised: the innermost line that is not ours."""
    place, traceback = None, error.__traceback__
    while traceback is not None:
        if not is_ours(traceback.tb_frame):
            code, line = traceback.tb_frame.f_code, traceback.tb_lineno
            place = Place(code.co_filename, line, code.co_name, linecache.getline(code.co_filename, line).strip())
        traceback = traceback.tb_next
    return place
