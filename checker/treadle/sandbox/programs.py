"""Which functions of a module are programs, and what is said when there is none or the file cannot be
loaded."""

from __future__ import annotations

from pathlib import Path
from types import FunctionType, ModuleType

from treadle.sandbox.finder import STDLIB
from treadle.sandbox.hooks import NAME


class LoadError(Exception):
    """The program cannot be loaded; the message is one sentence with the file, the line and the remedy."""


def programs(module: ModuleType) -> list[str]:
    """The names of the module's programs in source order: its own public plain functions without
    parameters."""
    found = [
        (value.__code__.co_firstlineno, name)
        for name, value in vars(module).items()
        if _is_program(name, value, module)
    ]
    return [name for _, name in sorted(found)]


_VARIABLE_OR_SUSPENDED = 0x04 | 0x08 | 0x20 | 0x80 | 0x200
"""Flags of code objects: *args, **kwargs, generator, coroutine, asynchronous generator."""


def _is_program(name: str, value: object, module: ModuleType) -> bool:
    if name.startswith("_") or not isinstance(value, FunctionType) or value.__globals__ is not module.__dict__:
        return False
    code = value.__code__
    plain = not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & _VARIABLE_OR_SUSPENDED)
    decorated = hasattr(value, "__wrapped__") or hasattr(value, "pytestmark")
    return plain and not decorated and value.__qualname__ == value.__name__ == name


def checked_file(path: Path) -> Path:
    """The file, if there is one."""
    if path.is_dir():
        raise LoadError(f"{path}: this is a folder; name a Python file")
    if not path.is_file():
        raise LoadError(f"{path}: there is no such file; check the path")
    return path.resolve()


def failure_on_import(error: BaseException, file: Path) -> str:
    """Which exception, raised where in the user's code."""
    line, place, trace = 0, str(file), error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if NAME in trace.tb_frame.f_globals and not code.co_filename.startswith(str(STDLIB)):
            place, line = code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        place, line = error.filename, error.lineno or 0
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{place}:{line}: importing the program raises {what}; make the module importable"


def program_in(module: ModuleType, file: Path, name: str) -> FunctionType:
    """The program called `name` in the module that was loaded from `file`; `LoadError` if there is none."""
    found = vars(module).get(name)
    if found is None:
        known = ", ".join(programs(module)) or "none"
        raise LoadError(f"{file}: there is no program {name!r}; the programs of this file are: {known}")
    if not isinstance(found, FunctionType):
        raise LoadError(f"{file}: {name!r} is a {type(found).__name__}; name a module-level function")
    if name not in programs(module):
        line = found.__code__.co_firstlineno
        raise LoadError(f"{file}:{line}: {name!r} is no program; a program is a plain function without parameters")
    return found
