"""The last net: whatever reaches for the world outside through a module that is not under check is refused.

The interpreter announces such things to audit hooks. Ours looks at them only while a program under check runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

from treadle.sandbox import runtime
from treadle.sandbox.hooks import NAME
from treadle.sandbox.places import refuse
from treadle.sandbox.threads import Thread

CONNECTION = "replace the connection by a queue.Queue in the program"
PROCESS = "replace the process by a function in the program"

REFUSED = {
    **dict.fromkeys(
        (
            "socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr",
            "socket.gethostbyname", "socket.getnameinfo", "socket.sendmsg", "socket.sendto",
        ),
        CONNECTION,
    ),
    **dict.fromkeys(
        (
            "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen",
            "pty.spawn",
        ),
        PROCESS,
    ),
    **dict.fromkeys(
        ("signal.pthread_kill", "os.kill", "os.killpg"), "set a threading.Event from a thread of the program instead"
    ),
    **dict.fromkeys(
        ("_thread.start_new_thread", "_thread.start_joinable_thread"),
        "the module that starts a real thread must be checked with the program: --include it",
    ),
}  # fmt: skip
"""What the interpreter calls it, and the remedy."""


class _Event(str):
    """An event that is refused. A table of these is a hook that costs next to nothing: the interpreter announces each
    `id()` too, so it must not run Python code for what is not in the table; a key of it is compared only with its
    like."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, event: object) -> bool:
        same = str.__eq__(self, event)
        running = runtime.current
        if same and str(self) in REFUSED and running is not None and not running.dying and _is_the_programs():
            refuse(self.replace(".__new__", ".socket"), REFUSED[str(self)])
        return same


def _is_the_programs() -> bool:
    """Is it a thread under check that runs here, and not another one of the process?"""
    frame = sys._getframe(2)
    while frame is not None:
        if NAME in frame.f_globals or frame.f_code is Thread.run.__code__:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


@cache
def watch() -> None:
    """From now on what is announced is looked at; there is no way to end that."""
    table: dict[str, None] = dict.fromkeys(map(_Event, REFUSED))
    hook: Callable[[str, tuple[object, ...]], object] = table.get
    sys.addaudithook(hook)
