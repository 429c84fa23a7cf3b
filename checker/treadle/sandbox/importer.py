"""The sandbox: separate copies of the modules under check, whose imports resolve to stand-ins.

Nothing is put into `sys.modules` and nothing global is patched. Each module in the sandbox has builtins of
its own, whose `__import__` comes here. A module is, in this order: a stand-in; the program's own, or one
that the user named; one of the standard library that is executed from its source; one of others that
synchronises by itself; or the process's real module.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from types import CodeType, FunctionType, ModuleType
from typing import Any

from greenlet import GreenletExit

from treadle.sandbox import audits, finder, guards, outsiders, roots, runtime, stdlib
from treadle.sandbox.hooks import NAME, namespace, unreported
from treadle.sandbox.programs import LoadError, checked_file, failure_on_import, program_in, programs
from treadle.sandbox.tables import Tables
from treadle.sandbox.transform import compile_module

__all__ = ["LoadError", "Sandbox", "programs"]

PRIMITIVES = ("virtual", "stdlib")


class Sandbox:
    """The modules of one program, loaded as separate copies.

    Arguments: the program's file; names of further modules or packages to check with it; and whether
    `Condition` is one primitive ("virtual") or CPython's own source over the virtual lock ("stdlib").

    Raises `LoadError` if the file cannot be read or is no Python.
    """

    def __init__(self, program_file: Path, *, include: Sequence[str] = (), primitives: str = "virtual") -> None:
        if primitives not in PRIMITIVES:
            raise ValueError(f"primitives must be one of {PRIMITIVES}, not {primitives!r}")
        audits.watch()
        self.file = checked_file(Path(program_file))
        self.include = tuple(include)
        self.primitives = primitives
        self.home = finder.home_of(self.file)
        self.modname = self.home.modname if self.home.modname not in stdlib.STAND_INS else f"program_{self.file.stem}"
        self.tables = Tables()
        """Those of the execution that runs now, or was begun last."""
        self._pristine = Tables()
        """As the program's import left them, before anything ran."""
        self.chance = Random(0)
        self.digests: dict[str, str] = {}
        """Each file of which there is a copy here, and the digest of what was read."""
        self._code: dict[str, CodeType] = {}
        self._sources: dict[str, finder.Source | None] = {}
        self._unstable: set[str] = set()
        self.spoilt = False
        """Was a class or function changed of which executions that are still alive may have no copy of their own?"""
        for name in self.include:
            self._check_included(name)
        self._program_code()

    @property
    def modules(self) -> dict[str, ModuleType]:
        """What has been imported so far."""
        return self.tables.modules

    @property
    def exit_callbacks(self) -> list[Callable[[], object]]:
        """What is to be called, last first, when the program's main function has returned."""
        return self.tables.exit_callbacks

    def changes(self, definition: type | FunctionType) -> None:
        """The program binds an attribute of a class or function: from now on each execution gets a copy of its own."""
        name = definition.__module__
        if name in self.tables.loaded and name not in self._unstable:
            self._unstable.add(name)
            self.spoilt = True

    # -- loading -----------------------------------------------------------------------------------------

    def load(self) -> ModuleType:
        """The program's module, freshly executed with all that it imports.

        Raises `LoadError` if that raises.
        """
        self.tables = Tables()
        self.chance.seed(0)
        module = self._import_program()
        self._imported()
        return module

    reload = load

    def fresh(self) -> ModuleType:
        """The program's module for the next execution, as if just loaded.

        A module of the last execution serves again if it holds nothing that could change (no roots, no global that a
        function binds, no class that was seen to be changed; and every definition is what it was) and all that it
        imports serves again. Several executions may be alive at the same time, so what has not changed yet is not
        enough.
        """
        self.tables = self._pristine.copy()
        if self.modname not in self.modules or self.exit_callbacks:
            return self.load()
        stale = self._stale()
        for name in stale:
            self.modules.pop(name, None)
            self.tables.loaded.pop(name, None)
        if not stale:
            return self.modules[self.modname]
        self.chance.seed(0)
        module = self._import_program()
        self._imported()
        return module

    def _imported(self) -> None:
        self.remember()
        self._pristine = self.tables.copy()

    def _stale(self) -> set[str]:
        """The modules that must be executed again: those with state, and those that import any of them."""
        stale = {name for name, made in self.tables.loaded.items() if made.roots or made.changed()}
        stale |= {name for name, module in self.modules.items() if roots.globals_written(module)}
        stale |= self.modules.keys() & (stdlib.WITH_STATE | self._unstable)
        grown = True
        while grown:
            importers = {name for name, used in self.tables.imports.items() if used & stale}
            grown, stale = not importers <= stale, stale | importers
        return stale

    def program(self, name: str) -> FunctionType:
        """The program called `name` in the module that is loaded; `LoadError` if there is none."""
        module = self.modules.get(self.modname) or self.load()
        return program_in(module, self.file, name)

    def roots(self) -> list[tuple[str, object]]:
        """Every mutable value that hangs on a definition of a sandboxed module, with its name, in a fixed
        order."""
        return [root for made in self.tables.loaded.values() for root in made.roots]

    def closures(self) -> list[FunctionType]:
        """The functions of sandboxed modules that have variables of enclosing functions."""
        return [function for made in self.tables.loaded.values() for function in made.closures]

    def names(self) -> dict[int, str]:
        """What the modules, classes and functions of the sandbox are called, by identity."""
        return {key: name for made in self.tables.loaded.values() for key, name in made.names.items()}

    def changed(self) -> list[str]:
        """The definitions (module globals, class attributes, defaults, closure cells) bound anew since
        loading."""
        return [name for made in self.tables.loaded.values() for name in made.changed()]

    # -- what modules in the sandbox are given -----------------------------------------------------------

    def import_module(self, name: str) -> ModuleType:
        """The module that code in the sandbox gets when it imports `name`."""
        if runtime.current is not None:
            runtime.current.depends_on(runtime.WORLD)
        parent, _, last = name.rpartition(".")
        if parent and name not in self.modules:
            self.import_module(parent)
        known = self.modules.get(name)
        module = known or self._made(name)
        if parent in self.modules and (known is None or last not in vars(self.modules[parent])):
            setattr(self.modules[parent], last, module)  # also while it is being executed: imports may be circular
            self.tables.imports.setdefault(parent, set()).add(name)  # a package holds its submodules
        return module

    def execute_source(self, source: str, filename: str, module: ModuleType) -> None:
        """Run `source` as the code of `module`, with everything that sandboxed code has."""
        key = f"{filename}:{module.__name__}:{len(source)}"
        if key not in self._code:
            self._code[key] = _compiled_text(source, filename, module.__name__)
        self._execute(self._code[key], module)

    def _made(self, name: str) -> ModuleType:
        if name in stdlib.UNIMPORTABLE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in stdlib.STAND_INS:
            self.modules[name] = module = stdlib.STAND_INS[name](self)
            return module
        if isinstance(guard := self.modules.get(name.rpartition(".")[0]), guards.Guard):
            self.modules[name] = module = guard.submodule(name)
            return module
        if name not in self._sources:
            self._sources[name] = self._source(name)
        source = self._sources[name]
        if source is not None:
            return self._executed_module(source)
        module = outsiders.admitted(importlib.import_module(name))
        inside = {
            chosen.removeprefix(f"{name}.").partition(".")[0]
            for chosen in self.include
            if chosen.startswith(f"{name}.")
        }
        if inside:
            self.modules[name] = module = _copied(module, inside)
        return module

    def _source(self, name: str) -> finder.Source | None:
        """The source of which the sandbox makes a copy; None if the real module serves."""
        if name == self.modname:
            return finder.Source(name, self.file, self._program_folders())
        parent = self._sources.get(name.rpartition(".")[0])
        folders = parent.folders if parent is not None else None
        if any(name == chosen or name.startswith(chosen + ".") for chosen in self.include):
            return finder.named_source(name, folders)
        if name in stdlib.INSIDE:
            return finder.Source(name, stdlib.INSIDE[name])
        if name in stdlib.EXECUTED:
            return finder.stdlib_source(name)
        if "." in name and parent is None:
            return None
        own = finder.own_source(name, self.home, folders)
        return own if own is not None or "." in name else outsiders.synchronising_source(name)

    def _program_folders(self) -> tuple[str, ...] | None:
        return (str(self.file.parent),) if self.file.name == "__init__.py" else None

    def _executed_module(self, source: finder.Source) -> ModuleType:
        module = ModuleType(source.name)
        module.__spec__ = importlib.util.spec_from_loader(source.name, None, is_package=source.folders is not None)
        module.__package__ = source.name if source.folders is not None else source.name.rpartition(".")[0]
        if source.folders is not None:
            module.__path__ = list(source.folders)
        self.modules[source.name] = module
        if source.file is None:
            return module
        module.__file__ = str(source.file)
        try:
            self._execute(self._module_code(source), module)
        except BaseException as error:
            del self.modules[source.name]
            if isinstance(error, runtime.Refused) and runtime.current is not None:
                runtime.current.refusals.append(error)
            raise
        return module

    def _module_code(self, source: finder.Source) -> CodeType:
        if source.name not in self._code:
            assert source.file is not None
            modified = source.file.stat().st_mtime_ns
            self._code[source.name], self.digests[str(source.file)] = _compiled_file(source.file, modified, source.name)
        return self._code[source.name]

    def _execute(self, code: CodeType, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = guards.guarded_builtins(self._import, self._doubt)
        if replaced := stdlib.replaced_builtins(module.__name__):
            self.tables.imports.setdefault(module.__name__, set()).add(stdlib.POOLS)
            given = vars(self.import_module(stdlib.POOLS))
            module.__dict__["__builtins__"].update({name: given[instead] for name, instead in replaced.items()})
        module.__dict__[NAME] = unreported() if module.__name__ == stdlib.GATHERING else namespace()
        exec(code, module.__dict__)
        for name, instead in stdlib.amended(module.__name__).items():
            self.tables.imports.setdefault(module.__name__, set()).add(stdlib.LOGGERS)
            owner, _, function = name.partition(".")
            setattr(getattr(module, owner), function, getattr(self.import_module(stdlib.LOGGERS), instead))

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__`, as the import statement calls it."""
        named = _resolved(name, globals or {}, level)
        absolute = stdlib.replaced_imports((globals or {}).get("__name__", "")).get(named, named)
        importing = self.tables.imports.setdefault((globals or {}).get("__name__", ""), set())
        importing.update((absolute, *(f"{absolute}.{wanted}" for wanted in fromlist or ())))
        module = self.import_module(absolute)
        if not fromlist:
            return module if level or absolute != named else self.import_module(name.partition(".")[0])
        for wanted in _wanted(module, fromlist):
            if hasattr(module, "__path__") and not hasattr(module, wanted):
                self._import_submodule(f"{absolute}.{wanted}")
        return module

    def _import_submodule(self, name: str) -> None:
        """The submodule that a from-import may mean; that there is none, the from-import says itself."""
        try:
            self.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise

    def _doubt(self, reason: str) -> None:
        if reason not in self.tables.doubts:
            self.tables.doubts.append(reason)

    def _check_included(self, name: str) -> None:
        """Find out early that there is no such module, or none that could be executed."""
        folders: tuple[str, ...] | None = None
        parts = name.split(".")
        for i in range(1, len(parts) + 1):
            part = ".".join(parts[:i])
            source = finder.own_source(part, self.home, folders) or finder.named_source(part, folders)
            if source is None:
                raise LoadError(f"--include {name}: there is no module {part} with Python source; check the name")
            folders = source.folders or ()

    # -- helpers -----------------------------------------------------------------------------------------

    def _program_code(self) -> None:
        """Find out early that the program's file does not parse."""
        try:
            importlib.util.decode_source(self.file.read_bytes().replace(b"\0", b""))  # null bytes: see below
        except (SyntaxError, UnicodeDecodeError) as error:
            raise LoadError(f"{self.file}: the file is not UTF-8 text ({error}); save it as UTF-8") from error
        try:
            self._module_code(finder.Source(self.modname, self.file))
        except SyntaxError as error:
            raise LoadError(f"{self.file}:{error.lineno or 0}: this is not Python: {error.msg}; correct it") from error
        except ValueError as error:
            raise LoadError(f"{self.file}: this is not Python: {error}; correct it") from error
        except runtime.Refused as refusal:
            raise LoadError(str(refusal)) from refusal

    def _import_program(self) -> ModuleType:
        try:
            self.import_module(stdlib.GATHERING)
            return self.import_module(self.modname)
        except runtime.Refused as refusal:
            raise LoadError(str(refusal)) from refusal
        except (KeyboardInterrupt, GreenletExit):
            raise
        except BaseException as error:
            raise LoadError(failure_on_import(error, self.file)) from error

    def remember(self) -> None:
        """Note what loading made, of the modules of which it is not noted yet."""
        loaded = self.tables.loaded
        executed = [name for name in self.modules if self._sources.get(name) is not None]
        seen = {key: value for made in self.tables.loaded.values() for key, value in made.seen.items()}
        for name in sorted(self.modules):
            if name not in loaded:
                stand_in = name in stdlib.STAND_INS
                known = frozenset() if stand_in else frozenset(executed)
                constants = frozenset(vars(self.modules[name])) if stand_in else stdlib.constants_of(name)
                loaded[name] = roots.Definitions(self.modules[name], known, constants, seen)
                seen |= loaded[name].seen
        self.tables.loaded = dict(sorted(loaded.items()))


def _resolved(name: str, importing: Mapping[str, Any], level: int) -> str:
    """The absolute name of what an import statement names."""
    if not level:
        return name
    package = importing.get("__package__") or ""
    if not package:
        raise ImportError("attempted relative import with no known parent package")
    return importlib.util.resolve_name("." * level + name, package)


def _copied(package: ModuleType, without: set[str]) -> ModuleType:
    """The same package with a namespace of its own, without those of its modules that are under check."""
    copy = ModuleType(package.__name__)
    vars(copy).update({name: value for name, value in vars(package).items() if name not in without})
    return copy


def _wanted(module: ModuleType, fromlist: Sequence[str]) -> list[str]:
    if "*" not in fromlist:
        return list(fromlist)
    return [*(name for name in fromlist if name != "*"), *getattr(module, "__all__", ())]


@cache
def _compiled_file(file: Path, modified: int, modname: str) -> tuple[CodeType, str]:
    """The code of a module, and the digest of the text of which it was made."""
    text = file.read_bytes()
    return compile_module(importlib.util.decode_source(text), str(file), modname=modname), sha256(text).hexdigest()


@cache
def _compiled_text(source: str, filename: str, modname: str) -> CodeType:
    return compile_module(source, filename, modname=modname)
