"""`threading.local`: attributes of which each thread has its own.

The attributes live in the threads, not in the object: `Thread.locals` maps the object's identity to the
object and its attributes. A thread that meets the object for the first time runs the subclass's `__init__`,
as in CPython. Modules are loaded on behalf of the main thread, which later takes over what was set then.
"""

from __future__ import annotations

from typing import Any

from treadle.sandbox import runtime

_MISSING = object()


class local:  # noqa: N801 - the name is part of the interface
    """`threading.local`; subclasses may define `__init__`, methods, properties and `__slots__`."""

    __slots__ = ("__weakref__", "_arguments_", "_loading_")

    def __new__(cls, /, *arguments: Any, **named: Any) -> local:
        """A new object, with the arguments for each thread's `__init__`."""
        if (arguments or named) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        object.__setattr__(self, "_arguments_", (arguments, named))
        object.__setattr__(self, "_loading_", {} if runtime.current is None else None)
        if runtime.current is not None:  # __init__ is about to be run by whoever called the class
            runtime.current.thread.locals[id(self)] = (self, {})
        return self

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return own(self)
        if not _is_data_descriptor(_in_type(self, name)):
            attributes = own(self)
            if name in attributes:
                return attributes[name]
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._check_writable(name)
        if _is_data_descriptor(_in_type(self, name)):
            object.__setattr__(self, name, value)
        else:
            own(self)[name] = value

    def __delattr__(self, name: str) -> None:
        self._check_writable(name)
        if _is_data_descriptor(_in_type(self, name)):
            object.__delattr__(self, name)
        elif own(self).pop(name, _MISSING) is _MISSING:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _check_writable(self, name: str) -> None:
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")


def own(instance: local) -> dict[str, Any]:
    """The attributes of `instance` that the running thread sees."""
    running = runtime.current
    loading: dict[str, Any] | None = object.__getattribute__(instance, "_loading_")
    if running is None:
        return {} if loading is None else loading
    tables: dict[int, tuple[object, dict[str, Any]]] = running.thread.locals
    if id(instance) not in tables:
        inherited = loading is not None and running.thread.serial == 0
        tables[id(instance)] = (instance, dict(loading or {}) if inherited else {})
        if not inherited:
            arguments, named = object.__getattribute__(instance, "_arguments_")
            type(instance).__init__(instance, *arguments, **named)
    return tables[id(instance)][1]


def _in_type(instance: object, name: str) -> object:
    for cls in type(instance).__mro__:
        if name in cls.__dict__:
            return cls.__dict__[name]
    return None


def _is_data_descriptor(found: object) -> bool:
    return hasattr(type(found), "__set__") or hasattr(type(found), "__delete__")
