"""Where the source of a module is, without importing anything.

The program's own modules are those of its package, or, if its file is in no package, those in its folder;
modules named by the user are looked for as Python does.
"""

from __future__ import annotations

import importlib.machinery
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path

STDLIB = Path(sysconfig.get_path("stdlib"))


@dataclass(frozen=True)
class Source:
    """A module to be executed in the sandbox: its file, and if it is a package, where its submodules are."""

    name: str
    file: Path | None
    folders: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Home:
    """Where the program lives: its module's name, the folder to search, and the package that is its own (or
    None)."""

    modname: str
    folder: Path
    package: str | None


def home_of(program_file: Path) -> Home:
    """The module name that the file has, judged by the `__init__.py` files around it."""
    names, folder = [program_file.stem], program_file.parent
    if program_file.name == "__init__.py":
        names = []
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.insert(0, folder.name)
        folder = folder.parent
    return Home(".".join(names), folder, names[0] if len(names) > 1 or not names else None)


def own_source(name: str, home: Home, folders: Sequence[str] | None) -> Source | None:
    """The program's own module `name`; `folders` are its parent package's, None at the top."""
    if folders is None and home.package is not None and name != home.package:
        return None
    return _source(name, importlib.machinery.PathFinder.find_spec(name, folders or [str(home.folder)]))


def named_source(name: str, folders: Sequence[str] | None) -> Source | None:
    """The module `name` wherever Python would find it; `folders` are its package's, None if that is not known."""
    if folders is None and "." in name:
        parent = named_source(name.rpartition(".")[0], None)
        if parent is None or parent.folders is None:
            return None
        folders = parent.folders
    for finder in sys.meta_path:
        spec = finder.find_spec(name, folders) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return _source(name, spec)
    return None


def stdlib_source(name: str) -> Source:
    """The standard library's module `name`, from its source."""
    path = STDLIB.joinpath(*name.split("."))
    if path.is_dir():
        return Source(name, path / "__init__.py", (str(path),))
    return Source(name, path.with_suffix(".py"))


def _source(name: str, spec: ModuleSpec | None) -> Source | None:
    """What the finder found, if it has Python source; a folder without `__init__.py` has modules but no
    code."""
    if spec is None:
        return None
    folders = None if spec.submodule_search_locations is None else tuple(spec.submodule_search_locations)
    if spec.origin is not None and spec.origin.endswith(".py") and Path(spec.origin).is_file():
        return Source(name, Path(spec.origin), folders)
    return Source(name, None, folders) if folders and spec.origin is None else None
