"""Wherever in a program a thread can be suspended, its frames can be read: one construct of the language at a time.

Each body runs with an object `o` and blocks in `block`, in a function that is called at every place where the
construct can call one. A frame that cannot be read there is not wrong, but no two states would ever be merged.
"""

from __future__ import annotations

import textwrap
import types

import pytest

from support.suspended import load, suspensions
from treadle.sandbox import frames
from treadle.sandbox.transform import is_transformed

PRELUDE = '''
class Stop(Exception):
    pass

class Box:
    pass

def block(o, value=None):
    o.n
    return value

def wrong(o):
    o.n
    raise Stop

class V:
    """A value whose every operation blocks."""
    def __init__(self, o):
        self.o = o
        block(o)
    def operation(self, *others):
        block(self.o)
        return self
    __add__ = __radd__ = __iadd__ = __getitem__ = __neg__ = __invert__ = __call__ = operation
    def __lt__(self, other):
        block(self.o)
        return True
    def __eq__(self, other):
        block(self.o)
        return self
    __hash__ = None
    def __bool__(self):
        block(self.o)
        return True
    def __contains__(self, item):
        block(self.o)
        return True
    def __setitem__(self, key, value):
        block(self.o)
    def __delitem__(self, key):
        block(self.o)
    def __format__(self, spec):
        block(self.o)
        return "v"
    def __enter__(self):
        block(self.o)
        return self
    def __exit__(self, *error):
        block(self.o)
    def __iter__(self):
        block(self.o)
        return iter([self, self])
    @property
    def prop(self):
        block(self.o)
        return 5
    @prop.setter
    def prop(self, value):
        block(self.o)

class Forgiving(V):
    def __exit__(self, kind, error, trace):
        block(self.o)
        return True

class Steps:
    """An iterator in Python."""
    def __init__(self, o):
        self.o = o
        self.left = 2
    def __iter__(self):
        return self
    def __next__(self):
        block(self.o)
        self.left = self.left - 1
        if self.left < 0:
            raise StopIteration
        return self.left

def each(o):
    yield block(o, 1)
    yield block(o, 2)
'''

CONSTRUCTS = {
    "return through finally": "try:\n    return Box()\nfinally:\n    block(o)",
    "return of a variable that finally rebinds": """
        x = Box()
        try:
            return x
        finally:
            x = block(o)
            block(o)
        """,
    "return of a constant through finally": "try:\n    return 5\nfinally:\n    block(o)",
    "return of nothing through finally": "try:\n    return\nfinally:\n    block(o)",
    "return through two finallys":
        "try:\n    try:\n        return Box()\n    finally:\n        block(o, [])\nfinally:\n    block(o, {})",
    "return in finally in the place of another":
        "try:\n    return Box()\nfinally:\n    try:\n        return [Box()]\n    finally:\n        block(o, o)",
    "return through with": "with V(o):\n    return Box()",
    "return through two withs": "with V(o), V(o) as v:\n    return Box()",
    "return in a handler": "try:\n    wrong(o)\nexcept Stop:\n    return Box()\nfinally:\n    block(o)",
    "return in a handler through with": """
        with V(o):
            try:
                wrong(o)
            except Stop as e:
                return [e]
        """,
    "return in a loop through finally":
        "for x in each(o):\n    try:\n        return [x]\n    finally:\n        block(o, x)",
    "return in a loop over a list through with": "for x in [1, 2]:\n    with V(o):\n        return [x]",
    "return that another overrides": "try:\n    return Box()\nfinally:\n    return block(o)",
    "return of a conditional": "try:\n    return Box() if V(o) else 5\nfinally:\n    block(o)",
    "return of an and": "try:\n    return V(o) and Box()\nfinally:\n    block(o)",
    "return in else through finally": """
        try:
            pass
        except Stop:
            pass
        else:
            return Box()
        finally:
            block(o)
        """,
    "break through finally":
        "for x in each(o):\n    try:\n        break\n    finally:\n        block(o)\nblock(o)",
    "continue through finally": "for x in [1, 2]:\n    try:\n        continue\n    finally:\n        block(o)",
    "break through with": "while True:\n    with V(o):\n        break",
    "continue through with": "for x in (1, 2):\n    with V(o):\n        continue",
    "finally with an exception under way":
        "try:\n    try:\n        wrong(o)\n    finally:\n        block(o)\nexcept Stop:\n    block(o)",
    "nested finallys with an exception under way": """
        try:
            try:
                try:
                    wrong(o)
                finally:
                    block(o)
                    try:
                        block(o)
                    finally:
                        block(o)
            finally:
                block(o)
        except Stop:
            block(o)
        """,
    "finally that replaces the exception":
        "try:\n    try:\n        wrong(o)\n    finally:\n        wrong(o)\nexcept Stop:\n    block(o)",
    "finally with a loop": "try:\n    return Box()\nfinally:\n    for x in each(o):\n        block(o)",
    "finally in a loop with an exception under way": """
        try:
            for x in each(o):
                try:
                    wrong(o)
                finally:
                    block(o)
        except Stop:
            pass
        """,
    "finally that calls a handler of its own":
        "try:\n    return Box()\nfinally:\n    try:\n        wrong(o)\n    except Stop:\n        block(o)",
    "with while an exception passes": "try:\n    with V(o):\n        wrong(o)\nexcept Stop:\n    block(o)",
    "with that swallows the exception": "with Forgiving(o) as f:\n    wrong(o)\nblock(o)",
    "two withs while an exception passes": "try:\n    with V(o), V(o):\n        wrong(o)\nexcept Stop:\n    block(o)",
    "with inside of a handler": "try:\n    wrong(o)\nexcept Stop:\n    with V(o):\n        block(o)",
    "with inside of a handler while an exception passes": """
        try:
            try:
                wrong(o)
            except Stop:
                with V(o):
                    wrong(o)
        except Stop:
            block(o)
        """,
    "except without a name": "try:\n    wrong(o)\nexcept:\n    block(o)",
    "except with a type that is computed": "try:\n    wrong(o)\nexcept block(o, Stop) as e:\n    block(o)",
    "except that does not match": """
        try:
            try:
                wrong(o)
            except block(o, KeyError):
                pass
            finally:
                block(o)
        except (block(o, KeyError), block(o, Stop)):
            block(o)
        """,
    "nested handlers": """
        try:
            wrong(o)
        except Stop:
            try:
                wrong(o)
            except Stop as e:
                block(o)
                try:
                    raise
                except Stop:
                    block(o)
            block(o)
        """,
    "raise from": "try:\n    raise block(o, Stop)() from block(o, KeyError(5))\nexcept Stop:\n    block(o)",
    "except group": """
        try:
            raise ExceptionGroup('g', [Stop(), KeyError()])
        except* Stop as e:
            pass
        except* KeyError:
            pass
        """,
    "assert": "assert block(o, 1) < block(o, 2), block(o)",
    "assert with a message": "try:\n    assert block(o, 0), block(o, [1])\nexcept AssertionError:\n    block(o)",
    "list comprehension": "return [block(o, x) for x in block(o, [1, 2]) if block(o, x)]",
    "comprehension of two loops": "return [block(o, x + y) for x in block(o, [1, 2]) for y in block(o, (3, x))]",
    "comprehension over a generator": "return [block(o, x) for x in each(o)]",
    "comprehension over an iterator in Python": "return [block(o, x) for x in Steps(o)]",
    "set comprehension": "return {block(o, x) for x in [1, 2]}",
    "dict comprehension": "return {block(o, x): block(o, [x]) for x in [1, 2]}",
    "comprehension in a comprehension": "return [[block(o, y) for y in [x, x]] for x in each(o)]",
    "generator expression in for": "for x in (block(o, y) for y in [1, 2]):\n    block(o, x)",
    "generator expression in next": "return next(block(o, y) for y in [1, 2])",
    "f-string": "return f'{block(o, [1])} and {block(o, [2])!r}'",
    "f-string of values that block": "return f'{V(o)} and {V(o)}'",
    "f-string with a computed width": "return f'{block(o, 3):{block(o, 5)}} {V(o):{block(o, 5)}}'",
    "chained comparison": "return block(o, 1) < block(o, 2) < block(o, 3)",
    "chained comparison of values that block": "return V(o) < V(o) < V(o)",
    "chained equality whose truth blocks": "return V(o) == V(o) == V(o)",
    "chained comparison in a condition": "if V(o) == V(o) < V(o):\n    block(o)",
    "augmented assignment of a variable": "x = V(o)\nx += block(o, [1])",
    "augmented assignment of an attribute": "box = Box()\nbox.v = [1]\nblock(o, box).v += block(o, [2])",
    "augmented assignment of a property": "v = V(o)\nv.prop += block(o, 2)",
    "augmented assignment of an element": "xs = [[1], [2]]\nblock(o, xs)[block(o, 0)] += block(o, [3])",
    "augmented assignment of an element that blocks": "block(o, V(o))[block(o, 0)] += block(o, [3])",
    "augmented assignment of a slice": "xs = [1, 2, 3]\nblock(o, xs)[block(o, 0):block(o, 1)] += block(o, [3])",
    "assignment to an element": "block(o, {})[block(o, 5)] = block(o, [1])",
    "assignment to an element that blocks": "V(o)[block(o, 5)] = block(o, [1])",
    "assignment to a slice": "block(o, [1, 2])[block(o, 0):block(o, 1)] = block(o, [1])",
    "assignment to a slice that blocks": "V(o)[block(o, 0):block(o, 1)] = block(o, [1])",
    "deletion of an element": "del block(o, [1, 2])[block(o, 0)], V(o)[block(o, 1)]",
    "deletion of a slice": "del block(o, [1, 2])[block(o, 0):block(o, 1)]",
    "slice": "return block(o, [1, 2])[block(o, 0):block(o, 1):block(o, 1)]",
    "several targets": "a = block(o, Box()).x = block(o, [0, 0])[block(o, 1)] = block(o, [1])",
    "unpacking": "a, *b = block(o, [1, 2, 3])",
    "unpacking into places": "block(o, Box()).x, [block(o, [0])[0], *b] = block(o, 1), block(o, [2, 3])",
    "swap": "a, b = Box(), Box()\na, b = block(o, b), block(o, a)\na.x, b.x = block(o, b), block(o, a)",
    "call with arguments that wait": "return Box(), block(o, block(o, [1])), block(o, [2])",
    "call with names": "return dict(a=block(o, [1]), b=block(o, [2]))",
    "method call": "return block(o, [1]).count(block(o, 1))",
    "call of a call": "return V(o)(block(o, 1))(block(o, 2))",
    "nested calls": "return block(o, [block(o, [block(o, 1), block(o, [2])]), block(o, 3)])",
    "operators": "return V(o) + (block(o, V(o)) + V(o)), -V(o), ~V(o), not V(o)",
    "and and or": "return V(o) and block(o, []) or V(o)",
    "conditional expression": "return [1], (block(o, [1]) if block(o, True) else block(o, [2]))",
    "in": "return block(o, 5) in block(o, [5]), 1 in V(o), block(o, 1) not in V(o)",
    "is": "return block(o, []) is block(o, [])",
    "walrus": "return [(x := block(o, [1])), (x := block(o, [2])), x, block(o, 3)]",
    "walrus in a condition": "while (x := block(o, 0)):\n    pass\nif (y := V(o)) and block(o, y):\n    block(o)",
    "walrus that overwrites an operand": "x = [1]\nreturn [x, (x := block(o, [2])), block(o, 3)]",
    "lambda": "return (lambda x, y=block(o, [1]): [block(o, x), block(o, y)])(block(o, [2]))",
    "lambda with a closure": "x = [1]\nreturn (lambda: [block(o, x), block(o, x)])()",
    "inner function with defaults": """
        def f(x=block(o, [1]), *, y=block(o, [2])):
            return block(o, [x, y])
        return f()
        """,
    "decorators": """
        @block(o, lambda f: block(o, f))
        @block(o, lambda f: block(o, f))
        def f():
            return block(o, 1)
        return f()
        """,
    "closure that rebinds":
        "n = 0\ndef f():\n    nonlocal n\n    n = block(o, n) + block(o, 1)\n    return n\nreturn [f(), f(), n]",
    "return of a cell through finally": "n = [0]\ndef f():\n    return n\ntry:\n    return n\nfinally:\n    block(o)",
    "class body": "class C(block(o, Box), metaclass=block(o, type)):\n    x = 1\nreturn C",
    "attribute": "return block(o, V(o)).prop",
    "attribute that is set": "block(o, V(o)).prop = block(o, [1])",
    "attribute of one that blocks": "return V(o).prop + V(o).prop",
    "for over a generator": "for x in each(o):\n    block(o, x)\nelse:\n    block(o)",
    "for over an iterator in Python": "for x in Steps(o):\n    block(o, x)",
    "for over one whose iter blocks": "for x in V(o):\n    block(o, x)",
    "for over a list, tuple, dict, range, string, enumerate and zip": """
        for x in [1, 2]:
            block(o)
        for x in (1, 2):
            block(o)
        for x in {1: 2}:
            block(o)
        for x, y in {1: 2}.items():
            block(o)
        for x in range(2):
            block(o)
        for x in "ab":
            block(o)
        for x, y in enumerate([1, 2]):
            block(o)
        for x, y in zip([1, 2], (3, 4)):
            block(o)
        """,
    "for into places": """
        box = Box()
        for box.x in [1, 2]:
            block(o)
        for block(o, [0])[0], box.y in [(1, 2)]:
            block(o)
        """,
    "loop in a loop": "for x in each(o):\n    for y in [x, x]:\n        while block(o, True):\n            break",
    "with into places": "box = Box()\nwith V(o) as box.v, V(o) as block(o, [0])[0]:\n    block(o)",
    "with of several": "with V(o) as a, block(o, V(o)) as b:\n    block(o, [a, b])",
    "yield from": "def outer():\n    got = yield from each(o)\n    return got\nreturn [x for x in outer()]",
    "yield of operands": "def outer():\n    yield block(o, [1]), block(o, [2])\nfor x in outer():\n    block(o)",
    "yield that waits in an expression": """
        def outer():
            x = [block(o, [1]), (yield block(o, 1)), block(o, 3)]
        g = outer()
        next(g)
        block(o)
        for x in g:
            block(o)
        """,
    "yield in try": """
        def outer():
            try:
                yield Box()
            finally:
                block(o)
        for x in outer():
            block(o)
        """,
    "yield in with": """
        def outer():
            with V(o):
                yield Box()
        for x in outer():
            block(o)
        """,
    "yield in a handler": """
        def outer():
            try:
                wrong(o)
            except Stop:
                yield 1
                block(o)
        for x in outer():
            block(o)
        """,
    "send": "def outer():\n    x = yield\n    block(o, x)\n    yield x\ng = outer()\nnext(g)\ng.send(block(o, [1]))",
    "throw": """
        def outer():
            try:
                yield 1
            except Stop:
                block(o)
            yield 2
        g = outer()
        next(g)
        g.throw(block(o, Stop()))
        """,
    "close": "def outer():\n    try:\n        yield 1\n    finally:\n        block(o)\ng = outer()\nnext(g)\ng.close()",
    "match of literals": """
        match block(o, 5):
            case 4:
                pass
            case 5 if block(o, True):
                block(o)
        """,
    "match of sequences": """
        match block(o, [1, [2, 3]]):
            case [x, [y, *z]] if block(o, x):
                block(o, [x, y, z])
        """,
    "match of mappings": """
        match block(o, {'a': 1, 'b': [2]}):
            case {'a': 2}:
                pass
            case {'a': 1, **rest}:
                block(o, rest)
        """,
    "match of classes": "match block(o, Stop(1)):\n    case Stop(args=(x,)):\n        block(o, x)",
    "match whose guards fail": """
        match block(o, [1]):
            case [x] if block(o, False):
                pass
            case [y] if block(o, V(o)):
                block(o, y)
        """,
    "starred in an index": "return V(o)[block(o, 1), block(o, [2])]",
    "import": "import math as m\nfrom math import pi\nblock(o, m)",
    "delete of a variable": "x = [1]\nblock(o, x)\ndel x\nblock(o)",
    "global": "global shared\nshared = block(o, [1])\nblock(o, shared)\nshared = [shared, block(o, 2)]",
}  # fmt: skip


OPAQUE = {
    "unpacking of a generator": "a, b = each(o)",
    "unpacking of a value that blocks": "a, b = V(o)",
    "call with stars":
        "return (lambda *a, **k: block(o, [a, k]))(*block(o, [1]), block(o, 2), *block(o, (3,)), "
        "**block(o, {'x': 1}), y=block(o, 2))",
    "display":
        "return [block(o, [1]), *block(o, [2]), block(o, 3)], {block(o, 4), block(o, 5)}, "
        "(block(o, 6), *each(o))",
    "dict display": "return {block(o, 1): block(o, [2]), **block(o, {3: 4}), block(o, 5): block(o, 6)}",
    "async": """
        class Later:
            def __await__(self):
                block(o)
                yield 1
                return block(o, [2])
        async def inner():
            return [block(o, [1]), await Later()]
        async def outer():
            try:
                return [await inner(), await inner()]
            finally:
                block(o)
        c = outer()
        try:
            while True:
                c.send(None)
                block(o)
        except StopIteration:
            block(o)
        """,
    "async with": """
        class Manager:
            async def __aenter__(self):
                return block(o, [1])
            async def __aexit__(self, *error):
                block(o)
        async def outer():
            async with Manager() as m:
                return [m, block(o)]
        try:
            outer().send(None)
        except StopIteration:
            block(o)
        """,
    "async for": """
        class Numbers:
            left = 2
            def __aiter__(self):
                return self
            async def __anext__(self):
                block(o)
                self.left -= 1
                if self.left < 0:
                    raise StopAsyncIteration
                return [1]
        async def outer():
            async for x in Numbers():
                block(o, x)
        try:
            outer().send(None)
        except StopIteration:
            block(o)
        """,
}  # fmt: skip
"""Where C code, or a display that is being filled, holds what no variable does."""


def unreadable(body: str) -> list[str]:
    """Why frames are opaque at some suspension while the body runs."""
    subject = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    made = load(f"{PRELUDE}\nshared = None\n\ndef subject(o):\n{subject}\n")
    found = []
    blocked = 0
    for stack in suspensions(lambda: made.subject(types.SimpleNamespace(n=1))):
        blocked += any(frame.f_code.co_name in ("block", "wrong") for frame in stack)
        for i, frame in enumerate(stack):
            if is_transformed(frame.f_code):
                state = frames.local_state(frame, stack[i - 1])
                if isinstance(state, frames.Opaque):
                    found.append(f"{frame.f_code.co_name}: {state.reason}")
    assert blocked or "except*" in body
    return found


@pytest.mark.filterwarnings("ignore:'return' in a 'finally' block:SyntaxWarning")
@pytest.mark.parametrize("body", CONSTRUCTS.values(), ids=CONSTRUCTS.keys())
def test_a_frame_suspended_in_any_construct_can_be_read(body: str) -> None:
    assert not unreadable(body)


@pytest.mark.parametrize("body", OPAQUE.values(), ids=OPAQUE.keys())
def test_a_frame_that_holds_what_no_variable_does_says_that_it_cannot_be_read(body: str) -> None:
    assert unreadable(body)
