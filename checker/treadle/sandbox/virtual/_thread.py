"""The `_thread` module of the sandbox: the same locks and threads by their low-level names."""

from __future__ import annotations

import _thread as real
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from treadle.sandbox import primitives, threads
from treadle.sandbox.places import refuse
from treadle.sandbox.virtual import Workshop
from treadle.sandbox.virtual.local import local
from treadle.sandbox.virtual.threading import alive_threads, known_threads, print_failure


def start_new_thread(
    function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, Any] | None = None
) -> threads.Ident:
    """`_thread.start_new_thread`: the new thread never keeps the program from ending."""
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")
    thread = threads.Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return threads.Ident(thread)


def exit_thread() -> None:
    """`_thread.exit`: end this thread silently."""
    raise SystemExit


def interrupt_main(signum: int = 2, /) -> None:
    """`_thread.interrupt_main` sends a signal, which nothing here can see."""
    refuse("_thread.interrupt_main", "raise an exception instead")


def live_count() -> int:
    """`_thread._count`: how many started threads have not finished, the main thread left out."""
    return sum(thread is not known_threads()[0] for thread in alive_threads())


def build(workshop: Workshop) -> ModuleType:
    """Make the module object."""
    module = ModuleType("_thread", real.__doc__)
    module.__dict__.update(
        allocate_lock=primitives.Lock, allocate=primitives.Lock, lock=primitives.Lock,
        LockType=primitives.Lock,
        RLock=primitives.RLock, _local=local, error=real.error, TIMEOUT_MAX=real.TIMEOUT_MAX,
        start_new_thread=start_new_thread, start_new=start_new_thread, get_ident=threads.get_ident,
        get_native_id=threads.get_ident, exit=exit_thread, exit_thread=exit_thread,
        interrupt_main=interrupt_main,
        stack_size=lambda size=0: 0, daemon_threads_allowed=lambda: True, _count=live_count,
        _is_main_interpreter=lambda: True, _get_main_thread_ident=lambda: threads.Ident(known_threads()[0]),
        _excepthook=print_failure, _ExceptHookArgs=threads.ExceptHookArgs,
    )  # fmt: skip
    return module
