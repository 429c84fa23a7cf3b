"""Modules of others that synchronise are checked with the program; compiled ones with real locks are refused."""

from __future__ import annotations

import os
import py_compile
import sys
import threading
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from treadle.sandbox import outsiders, runtime
from treadle.sandbox.importer import LoadError, Sandbox
from treadle.sandbox.primitives import Mutex

BOX = "import threading\nlock = threading.Lock()\n__all__ = ['lock']\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules of others, and the program in another folder."""
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield folder  # type: ignore[misc]
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(folder) in str(sys.modules[name].__file__):
            del sys.modules[name]


def loaded(site: Path, text: str, include: tuple[str, ...] = ()) -> object:
    program = site.parent / "home" / "prog.py"
    program.write_text(text)
    return Sandbox(program, include=include).load()


@pytest.mark.parametrize("text", ["from box import lock", "from box import *", "import box as b\nlock = b.lock"])
def test_a_module_that_imports_threading_gets_virtual_locks(text: str, site: Path) -> None:
    (site / "box.py").write_text(BOX)
    assert isinstance(loaded(site, text + "\n").lock, Mutex)  # type: ignore[attr-defined]
    assert "box" not in sys.modules


def test_a_package_whose_submodule_synchronises_is_checked_as_a_whole(site: Path) -> None:
    (site / "pack" / "inner").mkdir(parents=True)
    (site / "pack" / "__init__.py").write_text("plain = []\n")
    (site / "pack" / "inner" / "__init__.py").write_text("")
    (site / "pack" / "inner" / "box.py").write_text("from _thread import allocate_lock\nlock = allocate_lock()\n")
    made = loaded(site, "import pack\nfrom pack.inner.box import lock\n")
    assert isinstance(made.lock, Mutex)  # type: ignore[attr-defined]
    assert "pack" not in sys.modules


def test_a_module_that_uses_one_that_synchronises_is_checked_too(site: Path) -> None:
    (site / "box.py").write_text(BOX)
    (site / "front.py").write_text("def later():\n    from box import lock\n    return lock\n")
    assert isinstance(loaded(site, "import front\nlock = front.later()\n").lock, Mutex)  # type: ignore[attr-defined]


def test_any_other_module_stays_the_processs_own(site: Path) -> None:
    (site / "plain.py").write_text("import json, os.path\nfrom collections import deque\nvalue = object()\n")
    made = loaded(site, "import plain\n")
    assert made.plain is sys.modules["plain"]  # type: ignore[attr-defined]


def test_tools_and_the_standard_library_are_left_alone(site: Path) -> None:
    for name in ("treadle", "pytest", "hypothesis", "logging", "asyncio", "nowhere_at_all"):
        assert outsiders.synchronising_source(name) is None


def test_a_module_without_source_that_brings_real_locks_is_refused(site: Path) -> None:
    (site / "box.py").write_text(BOX)
    py_compile.compile(str(site / "box.py"), cfile=str(site / "box.pyc"))
    (site / "box.py").unlink()
    for text in ("from box import lock", "from box import *", "import box"):
        with pytest.raises(LoadError, match=r"home/prog\.py:1: the module box has no readable source .* real _?thread"):
            loaded(site, text + "\n")


def test_a_module_beside_compiled_parts_is_refused_until_it_is_included(site: Path) -> None:
    mixed = site / "mixed"
    mixed.mkdir()
    (mixed / "__init__.py").write_text("plain = object()\n")
    (mixed / "box.py").write_text(BOX)
    (mixed / f"fast{EXTENSION_SUFFIXES[0]}").write_bytes(b"")
    expected = r"mixed\.box is not under check, because mixed has compiled parts, and .* for ever; --include mixed$"
    with pytest.raises(LoadError, match=expected):
        loaded(site, "from mixed.box import lock\n")
    for chosen in ("mixed", "mixed.box"):
        for text in ("from mixed.box import lock", "import mixed.box as box; lock = box.lock",
                     "from mixed import box; lock = box.lock", "import mixed.box; lock = mixed.box.lock"):  # fmt: skip
            assert isinstance(loaded(site, text + "\n", include=(chosen,)).lock, Mutex)  # type: ignore[attr-defined]
    assert not isinstance(sys.modules["mixed.box"].lock, Mutex) and sys.modules["mixed"].box is sys.modules["mixed.box"]


def test_the_text_is_read_again_when_the_file_has_changed(site: Path) -> None:
    file = site / "box.py"
    file.write_text("lock = 1\n")
    assert outsiders.synchronising_source("box") is None
    file.write_text(BOX)
    os.utime(file, ns=(1, 1))
    assert outsiders.synchronising_source("box") is not None


def test_a_real_lock_is_recognised_wherever_it_is(site: Path) -> None:
    from types import ModuleType

    for value in (threading.Lock(), threading.RLock(), threading, threading.Thread, threading.Condition()):
        module = ModuleType("compiled")
        module.thing = value  # type: ignore[attr-defined]
        with pytest.raises(runtime.Refused, match="as thing"):
            outsiders.admitted(module)
    module = ModuleType("compiled")
    module.values = [1, len, object(), 3.0]  # type: ignore[attr-defined]
    assert outsiders.admitted(module) is module
