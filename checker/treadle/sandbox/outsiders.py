"""Modules of others that synchronise by themselves: real locks must not get into a program whose threads are virtual.

A module that is neither the program's own nor of the standard library is checked with the program, as if the user had
included it, if it is pure Python and it, or any such module that it imports, imports what waits or tells the time.
The unit is what stands at the top: a module, or a package with all its submodules. One with compiled parts stays the
process's own; if it hands real locks to the program, it is refused.
"""

from __future__ import annotations

import importlib.machinery
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from treadle.sandbox import finder
from treadle.sandbox.places import raise_refused

SYNCHRONISING = frozenset({"threading", "_thread", "queue", "_queue", "concurrent", "time"})
"""Modules of the standard library by which threads wait for each other, or for time to pass."""

TOOLS = frozenset({"treadle", "greenlet", "pytest", "_pytest", "pluggy", "hypothesis", "coverage", "unittest"})
"""What tests a program and is no part of it."""

_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\w+)[\w.]*[ \t]+import\b|import[ \t]+([^#;\n]+))", re.MULTILINE)
_LOCKS = ("threading", "_thread", "queue", "_queue", "concurrent.futures")
_COMPILED = (*importlib.machinery.EXTENSION_SUFFIXES, *importlib.machinery.BYTECODE_SUFFIXES)
_ASIDE = frozenset({"test", "tests", "__pycache__"})


def is_outsider(name: str) -> bool:
    """Is the module neither of the standard library nor a tool?"""
    top = name.partition(".")[0]
    return top not in sys.stdlib_module_names and top not in TOOLS


def synchronising_source(name: str) -> finder.Source | None:
    """The source of the top-level module `name` of others, if it must be checked with the program; else None."""
    if not is_outsider(name):
        return None
    found = finder.named_source(name, None)
    return found if found is not None and _synchronises(name, found) else None


def _synchronises(name: str, source: finder.Source) -> bool:
    """Does it, or any pure Python module of others that it imports, import what synchronises?"""
    waiting, seen = [source], {name}
    while waiting:
        source = waiting.pop()
        used: set[str] = set()
        for file in _files(source):
            if file.name.endswith(_COMPILED):
                used.clear()
                break
            used |= _imports(file, file.stat().st_mtime_ns)
        if used & SYNCHRONISING:
            return True
        for other in sorted(used - seen):
            seen.add(other)
            found = finder.named_source(other, None) if is_outsider(other) else None
            if found is not None:
                waiting.append(found)
    return False


def _files(source: finder.Source) -> Iterator[Path]:
    """The files of a module, or of a package with its submodules, tests left out; compiled ones come first."""
    if source.folders is None:
        if source.file is not None:
            yield source.file
        return
    found = [path for folder in source.folders for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    for path in found:
        if path.name.endswith(_COMPILED) and "__pycache__" not in path.parts:
            yield path
    for path in found:
        if path.suffix == ".py" and not _ASIDE & set(path.parts[:-1][-4:]):
            yield path


@lru_cache(maxsize=100_000)
def _imports(file: Path, modified: int) -> frozenset[str]:
    """The top-level modules that the file imports, read off its text."""
    found: set[str] = set()
    try:
        text = file.read_bytes()
    except OSError:
        return frozenset()
    for match in _IMPORT.finditer(text):
        if match[1]:
            found.add(match[1].decode("utf-8", "replace"))
        else:
            found.update(part.split()[0].partition(b".")[0].decode("utf-8", "replace")
                         for part in match[2].split(b",") if part.split())  # fmt: skip
    return frozenset(found)


def admitted(module: ModuleType) -> ModuleType:
    """A module of the process that the program is given; refused if it hands out what really blocks."""
    if not is_outsider(module.__name__):
        return module
    for name, value in sorted(vars(module).items()):
        owner = value.__name__ if isinstance(value, ModuleType) else _owner(value)
        if owner.partition(".")[0] in SYNCHRONISING - {"time"} or owner in _LOCKS:
            brings = f"brings the real {owner} into the program (as {name}), which would block for ever"
            raise_refused(f"the module {module.__name__} {_why_real(module)}".replace("...", f"and {brings}; "))
    return module


def _why_real(module: ModuleType) -> str:
    """Why it is not under check, ..., and what to do about it."""
    if not str(getattr(module, "__file__", None)).endswith(".py"):
        return "has no readable source of its own ...use a version in pure Python"
    top = module.__name__.partition(".")[0]
    return f"is not under check, because {top} has compiled parts, ...--include {top}"


def _owner(value: object) -> str:
    """The module in which a class or function is defined, or the class of any other value."""
    kind = value if isinstance(value, type) or (callable(value) and hasattr(value, "__module__")) else type(value)
    module = getattr(kind, "__module__", None)
    return module if isinstance(module, str) else ""
