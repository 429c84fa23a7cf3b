"""Transformed code does what the source says: values, order, exceptions, lines, names."""

# ruff: noqa: E501 - programs as text
from __future__ import annotations

import ast
import sys
import traceback
import types
from typing import Any

import pytest

from treadle.sandbox import hooks, runtime, statements, transform
from treadle.sandbox.transform import compile_module, is_transformed


def load(source: str) -> types.ModuleType:
    made = types.ModuleType("subject")
    setattr(made, transform.NAME, hooks.namespace())
    exec(compile_module(source, "subject.py", modname="subject"), made.__dict__)
    return made


class Silent:
    """A host for which every hook runs and nothing is kept."""

    thread: Any = None
    now = 0.0

    alone = False

    def interrupts(self, obj: object, location: object) -> bool:
        return False

    def depends_on(self, obj: object) -> None: ...

    def access(self, obj: object, location: object, write: bool) -> None: ...

    def hidden(self, reason: str) -> None: ...

    def doubt(self, reason: str) -> None: ...

    def expose(self, attributes: dict[str, Any], owner: object) -> None: ...

    def loop(self) -> None: ...
    def nondeterministic(self, reason: str) -> None: ...


def both(source: str) -> tuple[Any, Any]:
    """The result of `main` in the plain and in the transformed module, hooks running."""
    plain: dict[str, Any] = {"__name__": "subject"}
    exec(compile(source, "subject.py", "exec", dont_inherit=True), plain)
    made = load(source)
    runtime.let_run(Silent())  # type: ignore[arg-type]
    try:
        return plain["main"](), made.main()
    finally:
        runtime.let_run(None)


ORDER = """
log = []
class T:
    def __init__(self, name): self.__dict__["name"] = name
    def __getattr__(self, name): log.append((self.name, "get", name)); return T(name)
    def __setattr__(self, name, value): log.append((self.name, "set", name))
    def __delattr__(self, name): log.append((self.name, "del", name))
    def __getitem__(self, key): log.append((self.name, "[", key)); return T(key)
    def __setitem__(self, key, value): log.append((self.name, "[]=", key))
    def __delitem__(self, key): log.append((self.name, "del[]", key))
    def __iadd__(self, other): log.append((self.name, "+=")); return self
    def __lt__(self, other): log.append((self.name, "<")); return True
    def __call__(self, *args, **named): log.append((self.name, "call", len(args), sorted(named))); return T("r")
    def __iter__(self): log.append((self.name, "iter")); return iter([T("i"), T("j")])
    def __bool__(self): log.append((self.name, "bool")); return True
def t(name): log.append(name); return T(name)
def main():
    {}
    return log
"""

BODIES = [
    "t('a').x, t('b')[t('i').name] = t('c'), t('d')",
    "t('a').x = t('b')[1] = t('c')",
    "(t('a').x, (t('b').y, *t('c').z)), q = (1, (2, 3)), t('d')",
    "t('a').x += t('b')",
    "t('a')[t('i').name] += t('b')",
    "t('a')[t('i').name:t('j').name] += t('b')",
    "del t('a').x, t('b')[1]",
    "t('f')(t('a'), *[t('b')], k=t('c'), **{'m': t('d')})",
    "t('f')(k=t('a'), *[t('b')])",
    "t('a') < t('b') < t('c')",
    "t('a') and t('b') or t('c')",
    "t('a') if t('b') else t('c')",
    "[t('a').x for t('z').w in t('b')]",
    "for t('z').w in t('b'): t('c')",
    "{t('a').name: t('b') for _ in [1] if t('c')}",
    "list(t('a') for _ in t('b'))",
    "f'{t(1).name}{t(2).name:>{t(3).name}}'",
    "assert t('a'), t('b')",
    "while t('a'): break",
    "x, *y = t('a')",
    "{t('a').name: t('b'), **{'x': t('c')}}",
    "(lambda p=t('a'): p.x)()",
]


@pytest.mark.parametrize("body", BODIES)
def test_operands_are_evaluated_in_the_same_order(body: str) -> None:
    plain, transformed = both(ORDER.replace("{}", body, 1))
    assert transformed == plain
    assert plain


PROGRAMS = {
    "locals show no mirrors": "def main(a=[1]):\n    b = a[0]\n    [x for x in a]\n    return locals(), sorted(vars()), dir()\n",
    "zero-argument super": "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self):\n        return super().f() + 1\n"
    "def main(): return B().f()\n",
    "__class__": "class A:\n    def f(self): return __class__.__name__\ndef main(): return A().f()\n",
    "private names": "class A:\n    __x = 1\n    def f(self, __y=2):\n        g = lambda: __y\n        self.__z = [__y for _ in 'ab']\n"
    "        return self.__x, g(), vars(self)\ndef main(): return A().f()\n",
    "walrus in a comprehension": "def main():\n    xs = [y := x for x in (1, 2)]\n    return xs, y\n",
    "global in a comprehension": "n = 0\ndef main():\n    global n\n    [n := x for x in (1, 2)]\n    return n\n",
    "class scope is skipped": "def main():\n    x = 1\n    class A:\n        x = 2\n        def f(self): return x\n    return A().f()\n",
    "nested comprehensions": "def main(n=3):\n    return [[(i, j, n) for j in range(i)] for i in range(n) if i]\n",
    "late binding": "def main():\n    return [f() for f in [lambda: i for i in range(3)]]\n",
    "generator return": "def g():\n    x = yield 1\n    return x\ndef h():\n    y = yield from g()\n    yield y\n"
    "def main():\n    k = h()\n    return next(k), k.send(5)\n",
    "early exit closes a generator": "log = []\ndef g():\n    try:\n        yield 1\n    finally:\n        log.append('closed')\n"
    "def main():\n    for x in g():\n        break\n    log.append('after')\n    return log\n",
    "finally and return": "def main():\n    for i in (1, 2):\n        try:\n            return i\n        finally:\n            i += 1\n"
    "    return 'end'\n",
    "exception names are unbound": "def main():\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        f = lambda: e\n"
    "        s = repr(f())\n    try:\n        return s, e\n    except NameError:\n        return s, 'unbound'\n",
    "match": "def main():\n    out = []\n    for s in ([1, 2], {'k': 3}, 4, 'x'):\n        match s:\n            case [a, *b] if a:\n"
    "                out.append((a, b))\n            case {'k': v, **rest}:\n                out.append((v, rest))\n"
    "            case int() as n:\n                out.append((lambda: n)())\n            case _:\n                out.append(None)\n"
    "    return out\n",
    "decorated closure": "def main():\n    def deco(f): return f\n    @deco\n    def g(n): return n and g(n - 1)\n    return g(3)\n",
    "conditional import": "def main():\n    import os.path as p, sys\n    return (lambda: p.basename('a/b'))(), sys.maxsize > 0\n",
    "exception groups": "def main():\n    try:\n        raise ExceptionGroup('g', [KeyError(1), ValueError(2)])\n    except* KeyError as e:\n"
    "        n = len(e.exceptions)\n    except* ValueError:\n        n += 10\n    return n\n",
    "augmented cell": "def main():\n    n = 1\n    def f():\n        nonlocal n\n        n += 2\n        n *= n\n    f()\n    return n\n",
    "a coroutine": "def main():\n    async def f(x):\n        return [y async for y in g(x)]\n    async def g(x):\n        yield x\n"
    "    c = f(3)\n    try:\n        c.send(None)\n    except StopIteration as e:\n        return e.value\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_computes_the_same(name: str) -> None:
    plain, transformed = both(PROGRAMS[name])
    assert transformed == plain


def lines_of(error: BaseException) -> list[int]:
    found = traceback.walk_tb(error.__traceback__)
    return [line for frame, line in found if frame.f_code.co_filename == "subject.py"]


def test_a_traceback_has_the_lines_of_the_source() -> None:
    made = load("def g(x):\n    return (x\n        .y)\ndef main():\n    a = 1\n    return [a,\n        g(a)]\n")
    with pytest.raises(AttributeError) as caught:
        made.main()
    lines = lines_of(caught.value)
    plain: dict[str, Any] = {}
    exec(
        compile(
            "def g(x):\n    return (x\n        .y)\ndef main():\n    a = 1\n    return [a,\n        g(a)]\n",
            "subject.py",
            "exec",
        ),
        plain,
    )
    with pytest.raises(AttributeError) as native:
        plain["main"]()
    assert lines == lines_of(native.value)


def test_documentation_names_and_the_future_are_kept() -> None:
    source = '"""Module."""\nfrom __future__ import annotations\nn = 0\ndef f(x: Undefined) -> int:\n    """Function."""\n    global n\n'
    made = load(source)
    assert made.__doc__ == "Module."
    assert made.f.__doc__ == "Function."
    assert made.f.__annotations__ == {"x": "Undefined", "return": "int"}
    assert made.f.__code__.co_firstlineno == 4


def test_the_same_source_gives_the_same_code_and_another_one_does_not() -> None:
    one = compile_module("def f(): pass", "a.py", modname="a")
    assert compile_module("def f(): pass", "a.py", modname="a") is one
    assert compile_module("def f(): pass ", "a.py", modname="a") is not one


def test_code_is_known_by_identity_not_by_equality() -> None:
    code = compile_module("def f(): return 1", "a.py", modname="a")
    function = code.co_consts[0]
    twin = function.replace()
    assert twin == function
    assert is_transformed(function)
    assert not is_transformed(twin)


def test_what_is_not_known_is_refused_with_its_place(monkeypatch: Any) -> None:
    monkeypatch.delattr(statements.Statements, "do_While")
    with pytest.raises(runtime.Refused, match=r"odd\.py:3: the statement While is not known"):
        compile_module("def f():\n    pass\n    while 1: pass\n", "odd.py", modname="odd")


def test_a_syntax_error_is_that_of_the_source() -> None:
    with pytest.raises(SyntaxError, match="outside function"):
        compile_module("return 1", "bad.py", modname="bad")


def test_every_kind_of_statement_and_expression_of_this_python_is_known() -> None:
    known = {name.split("_", 1)[1] for name in dir(statements.Statements) if name.startswith(("do_", "on_"))}
    outside = {"Starred"}  # handled by what contains it
    everything = {kind.__name__ for kind in [*ast.stmt.__subclasses__(), *ast.expr.__subclasses__()]}
    deprecated = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis"}
    assert everything - known - outside - deprecated - {"Collect"} == set(), sys.version
