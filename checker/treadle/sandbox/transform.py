"""The transform: a module's source in, code that reports each access and mirrors each stack temporary out.

Two things are added and nothing is changed: hooks (`hooks`), called just before an access to data that may
be shared, and mirrors (`expressions`), local variables that hold what would otherwise be only on the
evaluation stack. What the transform does not know it refuses.
"""

from __future__ import annotations
import __future__

import ast
import hashlib
import types
import warnings
from collections.abc import Iterator
from typing import Any, cast

from treadle.sandbox.bodies import Native
from treadle.sandbox.cache import kept
from treadle.sandbox.expressions import load
from treadle.sandbox.hooks import NAME
from treadle.sandbox.scopes import Scopes
from treadle.sandbox.statements import Statements

__all__ = ["NAME", "compile_module", "is_transformed", "transformed_tree"]

_CO_OPTIMIZED = 0x1
_cache: dict[tuple[str, str, str], types.CodeType] = {}
_transformed: dict[int, types.CodeType] = {}


def compile_module(source: str, filename: str, *, modname: str) -> types.CodeType:
    """The code of the module, with hooks and mirrors in its functions.

    The same source, file and module name give the same code object. The loader runs it in a namespace where
    `NAME` is bound to a fresh `hooks.namespace()`.

    Raises `SyntaxError` as `compile` does, and `runtime.Refused`, with file and line, for what is not known.

    >>> code = compile_module("def f(x): return x.y", "example.py", modname="example")
    >>> is_transformed(code), is_transformed(code.co_consts[0])
    (False, True)
    """
    key = (filename, hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(), modname)
    if key not in _cache:
        code = kept(("code", *key), lambda: _compiled(source, filename))
        for inner in _functions(code):
            _transformed[id(inner)] = inner
        _cache[key] = code
    return _cache[key]


def _compiled(source: str, filename: str) -> types.CodeType:
    tree = transformed_tree(source, filename)
    with warnings.catch_warnings():  # the unchanged source has given them already
        warnings.simplefilter("ignore")
        return compile(tree, filename, "exec", dont_inherit=True)


def transformed_tree(source: str, filename: str) -> ast.Module:
    """The syntax tree that `compile_module` compiles."""
    compile(source, filename, "exec", dont_inherit=True)  # errors are those of the unchanged source
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source, filename)
    scopes = Scopes(tree)
    statements = Statements(scopes, filename)
    body = Native(statements, None).body(tree.body)
    if scopes.declared_global:
        names = ast.Constant(cast("Any", tuple(sorted(scopes.declared_global))))
        at = _after_heading(body)
        body.insert(at, ast.Assign([ast.Attribute(load(NAME), "shared", ast.Store())], names))
    new = ast.Module(body, tree.type_ignores)
    return ast.fix_missing_locations(new)


def _after_heading(body: list[ast.stmt]) -> int:
    """The position after the docstring and the imports from `__future__`."""
    at = 0
    for i, node in enumerate(body):
        documentation = i == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if documentation or (isinstance(node, ast.ImportFrom) and node.module == __future__.__name__):
            at = i + 1
    return at


def is_transformed(code: types.CodeType) -> bool:
    """Is `code` (this very object: equal ones do not count) a function that `compile_module` transformed?"""
    return _transformed.get(id(code)) is code


def _functions(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if constant.co_flags & _CO_OPTIMIZED:
                yield constant
            yield from _functions(constant)
