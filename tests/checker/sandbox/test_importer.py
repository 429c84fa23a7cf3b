"""The sandbox loads separate copies of the modules under check, and says plainly what it cannot load."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from support.cooperative import Execution
from treadle.sandbox.importer import LoadError, Sandbox, programs
from treadle.sandbox.roots import globals_written


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files, given by their paths in the folder, and return the folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    return folder


def sandbox_of(folder: Path, text: str, **options: object) -> Sandbox:
    return Sandbox(write(folder, {"prog.py": text}) / "prog.py", **options)  # type: ignore[arg-type]


def test_nothing_of_the_process_is_touched(tmp_path: Path) -> None:
    import queue
    import threading
    import time

    before = (
        dict(sys.modules),
        threading.Lock,
        threading.Thread,
        time.monotonic,
        queue.Queue,
        dict(vars(threading)),
    )
    module = sandbox_of(tmp_path, """
        import threading, queue, time, helper
        from concurrent.futures import ThreadPoolExecutor
        def program(): return helper
    """)  # fmt: skip
    write(tmp_path, {"helper.py": "x = 1"})
    loaded = module.load()
    Execution().run(loaded.program)
    assert (
        dict(sys.modules),
        threading.Lock,
        threading.Thread,
        time.monotonic,
        queue.Queue,
        dict(vars(threading)),
    ) == before
    assert loaded.threading is not threading and loaded.queue is not queue and loaded.time is not time
    assert loaded.queue.Queue is not queue.Queue
    assert "prog" not in sys.modules and "helper" not in sys.modules
    assert time.monotonic() > 0 and type(time.monotonic()) is float


def test_every_form_of_import_finds_the_copies(tmp_path: Path) -> None:
    write(tmp_path, {
        "package/__init__.py": "from .first import one",
        "package/first.py": "from . import second\none = 1\nfrom .deeper.third import three",
        "package/second.py": "import package.first\nfrom package import first as again\ntwo = 2",
        "package/deeper/__init__.py": "",
        "package/deeper/third.py": "from ..second import two\nthree = two + 1",
    })  # fmt: skip
    sandbox = sandbox_of(tmp_path, """
        import package.deeper.third as third
        import package.second
        from package import first, deeper
        from package.first import *
        import os.path, importlib, xml.dom
        found = importlib.import_module("package.second")
        lazily = importlib.import_module(".third", "package.deeper")
    """)  # fmt: skip
    module = sandbox.load()
    assert (module.one, module.three, module.third.__name__) == (1, 3, "package.deeper.third")
    assert module.found is module.package.second is sandbox.modules["package.second"]
    assert module.lazily is module.third is module.package.deeper.third
    assert module.package.second.again is module.first
    assert module.os.path is __import__("os").path
    assert not {name for name in sys.modules if name.split(".")[0] == "package"}


def test_the_files_package_is_its_home(tmp_path: Path) -> None:
    text = "from ..core import VALUE\nfrom app import core\ndef program(): return VALUE"
    write(tmp_path, {"app/__init__.py": "", "app/core.py": "VALUE = 4", "app/sub/__init__.py": ""})
    write(tmp_path, {"app/sub/prog.py": text})
    sandbox = Sandbox(tmp_path / "app" / "sub" / "prog.py")
    assert sandbox.load().program() == 4
    assert sandbox.modname == "app.sub.prog"
    assert sorted(sandbox.modules) == ["app", "app.core", "app.sub", "app.sub.prog", "treadle_gathering"]


def test_a_folder_without_init_is_a_package_too(tmp_path: Path) -> None:
    write(tmp_path, {"lib/thing.py": "x = 5"})
    assert sandbox_of(tmp_path, "from lib import thing").load().thing.x == 5


def test_modules_from_elsewhere_are_real_unless_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "site", {"elsewhere.py": "value = object()"})
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    text = "import elsewhere"
    outside = sandbox_of(tmp_path / "home", text).load().elsewhere
    assert sys.modules.pop("elsewhere") is outside
    inside = sandbox_of(tmp_path / "home", text, include=["elsewhere"]).load().elsewhere
    assert inside.__builtins__ is not outside.__builtins__ and "elsewhere" not in sys.modules


def test_each_loading_executes_the_modules_anew(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, "import helper\nitems = []")
    write(tmp_path, {"helper.py": "items = []"})
    first, second = sandbox.load(), sandbox.reload()
    assert first is not second and first.items is not second.items and first.helper is not second.helper


def test_modules_serve_again_while_nothing_in_them_can_have_changed(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, "import queue, helper, plain\nclass C:\n    n = 0\ndef program(): pass")
    write(tmp_path, {"helper.py": "import plain\nLIMIT = 3", "plain.py": "def f(x, y=(1, 2)): return x"})
    first = sandbox.fresh()
    assert sandbox.fresh() is first and sandbox.roots() == []
    first.C.n = 1
    assert sandbox.changed() == ["prog.C.n"]
    second = sandbox.fresh()
    assert second is not first and second.C.n == 0
    assert second.helper is first.helper and second.queue is first.queue
    second.plain.extra = 1
    assert sandbox.changed() == ["plain.extra"]
    third = sandbox.fresh()
    assert third is not second and third.helper is not second.helper and not hasattr(third.plain, "extra")
    assert third.queue is first.queue


def test_a_module_with_state_is_executed_again_with_all_that_import_it(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, "import state, plain\ndef program(): pass")
    write(tmp_path, {"state.py": "seen = []", "plain.py": "x = 1"})
    first, second = sandbox.fresh(), sandbox.fresh()
    assert first.state is not second.state and first is not second and first.plain is second.plain


def test_the_stand_ins_of_a_program_that_was_changed_are_made_anew(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, "import threading, random\nrandom.seed(3)\ndef program(): return random.random()")
    first = sandbox.fresh()
    first.threading.excepthook = None
    values = [sandbox.fresh().program() for _ in range(2)]
    assert sandbox.modules["threading"].excepthook is not None
    assert values[0] == values[1] == __import__("random").Random(3).random()


def test_roots_are_what_is_mutable_and_have_stable_names(tmp_path: Path) -> None:
    sandbox = sandbox_of(tmp_path, '''
        import threading, enum, collections, re
        from dataclasses import dataclass
        ITEMS, NUMBER, PAIR, NESTED, PATTERN = [], 3, (1, "a"), (1, [2]), re.compile("a")
        Point = collections.namedtuple("Point", "x y")
        class Colour(enum.Enum):
            RED = 1
        class Box:
            shared = {}
            limit = 4
            def put(self, into=[], *, named=ITEMS): pass
            @staticmethod
            def free(seen=set()): pass
            @property
            def size(self): return 0
        def counter():
            count, log = 0, []
            def step():
                nonlocal count
                log.append(count)
                count += 1
            return step
        step = counter()
        lock = threading.Lock()
        append = ITEMS.append
        total = 0
        def add():
            global total
            total += 1
        add.calls = []
    ''')  # fmt: skip
    module = sandbox.load()
    names = [name for name, _ in sandbox.roots()]
    assert names == [
        "prog.ITEMS", "prog.NESTED", "prog.Box.shared", "prog.Box.put.(into)", "prog.Box.free.(seen)",
        "prog.step.<log>",
        "prog.step.<count>", "prog.lock", "prog.append", "prog.add.calls",
    ]  # fmt: skip
    assert dict(sandbox.roots())["prog.ITEMS"] is module.ITEMS
    assert globals_written(module) == {"total"}
    assert [name for name, _ in sandbox.roots()] == names
    sandbox.load()
    assert [name for name, _ in sandbox.roots()] == names


def test_programs_are_the_files_own_plain_functions(tmp_path: Path) -> None:
    write(tmp_path, {"helper.py": "def borrowed(): pass"})
    sandbox = sandbox_of(tmp_path, """
        import functools, contextlib
        from helper import borrowed
        def second(): pass
        def first(): pass
        def _hidden(): pass
        def takes(x): pass
        def optional(x=1): pass
        def variable(*args): pass
        async def coroutine(): pass
        def generator(): yield
        @contextlib.contextmanager
        def manager(): yield
        alias = first
        anonymous = lambda: None
        class C:
            def method(self): pass
    """)  # fmt: skip
    assert programs(sandbox.load()) == ["second", "first"]
    assert sandbox.program("first").__name__ == "first"


@pytest.mark.parametrize(("name", "message"), [
    ("absent", "there is no program 'absent'; the programs of this file are: good"),
    ("takes", ":2: 'takes' is no program; a program is a plain function without parameters"),
    ("LIMIT", "'LIMIT' is a int; name a module-level function"),
])  # fmt: skip
def test_a_program_that_is_none_is_refused_in_one_sentence(tmp_path: Path, name: str, message: str) -> None:
    sandbox = sandbox_of(tmp_path, "def good(): pass\ndef takes(x): pass\nLIMIT = 3\n")
    sandbox.load()
    with pytest.raises(LoadError) as caught:
        sandbox.program(name)
    assert str(caught.value).startswith(str(tmp_path / "prog.py")) and str(caught.value).endswith(message)


@pytest.mark.parametrize(("text", "message"), [
    ("def f(:\n", ":1: this is not Python: "),
    ("x = 1\nraise KeyError('no')\n", ":2: importing the program raises KeyError: 'no'; "),
    ("import json\njson.loads('{')\n", ":2: importing the program raises JSONDecodeError: "),
    ("import nowhere_to_be_found\n", ":1: importing the program raises ModuleNotFoundError: "),
    ("from queue import Nothing\n", ":1: importing the program raises ImportError: "),
    ("from . import sibling\n", ":1: importing the program raises ImportError: "),
    ("import sys\nsys.exit(3)\n", ":2: importing the program raises SystemExit: 3; "),
    ("import time\ntime.sleep(1)\n", "which a module must not do while it is loaded"),
])  # fmt: skip
def test_a_file_that_cannot_be_loaded_is_refused_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        sandbox_of(tmp_path, text).load()
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_the_line_of_an_error_in_another_module_of_the_program_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"helper.py": "\n\nx = 1 / 0"})
    with pytest.raises(LoadError, match=r"helper\.py:3: importing the program raises ZeroDivisionError"):
        sandbox_of(tmp_path, "import helper").load()


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="there is no such file; check the path"):
        Sandbox(tmp_path / "absent.py")
    with pytest.raises(LoadError, match="this is a folder; name a Python file"):
        Sandbox(tmp_path)
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    with pytest.raises(LoadError, match="not UTF-8"):
        Sandbox(tmp_path / "latin.py")


def test_a_dataclass_with_postponed_annotations_loads(tmp_path: Path) -> None:
    module = sandbox_of(tmp_path, """
        from __future__ import annotations
        from dataclasses import dataclass, field
        from typing import ClassVar, NamedTuple
        @dataclass(frozen=True, order=True)
        class Point:
            x: int
            y: list[int] = field(default_factory=list)
            count: ClassVar[int] = 0
        class Pair(NamedTuple):
            a: int
        def program(): return repr(Point(1)), Point(1) < Point(2), Pair(1).a
    """).load()  # fmt: skip
    assert Execution().run(module.program) == ("Point(x=1, y=[])", True, 1)


def test_a_module_named_like_a_stand_in_still_loads(tmp_path: Path) -> None:
    module = Sandbox(
        write(tmp_path, {"time.py": "import time\ndef program(): return time.monotonic() * 0"}) / "time.py"
    ).load()
    assert Execution().run(module.program) == 0.0


def test_which_primitives_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="primitives must be one of"):
        sandbox_of(tmp_path, "", primitives="real")
