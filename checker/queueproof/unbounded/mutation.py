"""Mutants of the specification: each differs from it in one small place, and some lemma must notice.

A lemma set that a wrong specification passes proves too little. The changes are the usual ones (DeMillo,
Lipton, Sayward, "Hints on test data selection", 1978): another comparison, another constant, plus for
minus, and for or, an exchange of the branches of an ``if``, a field that is not updated, a putter's field
for a getter's.
"""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.LtE, ast.GtE, ast.NotEq),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}


@dataclass(frozen=True)
class Mutant:
    """One change in one function of a module; ``name`` says which and where."""

    name: str
    function: str
    definition: ast.FunctionDef
    tree: ast.Module

    def load(self, original: ModuleType) -> ModuleType:
        """The module with the change."""
        module = ModuleType(original.__name__)
        module.__dict__["__file__"] = original.__file__
        body = [self.definition if _defines(node, self.function) else node for node in self.tree.body]
        tree = ast.Module(body, [])
        code = compile(tree, f"<mutant {self.name}>", "exec", dont_inherit=True)
        exec(code, module.__dict__)
        return module


def _defines(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == name


Change = tuple[str, ast.AST]


def _comparison(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield (
                f"{type(node.ops[0]).__name__} to {other.__name__}",
                ast.Compare(node.left, [other()], node.comparators),
            )


def _constant(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        for other in (node.value + 1, node.value - 1):
            yield f"{node.value} to {other}", ast.Constant(other)


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        other = ARITHMETIC[type(node.op)]
        yield (
            f"{type(node.op).__name__} to {other.__name__}",
            ast.BinOp(node.left, other(), node.right),
        )


def _connective(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{type(node.op).__name__} to {type(other).__name__}", ast.BoolOp(other, node.values)
        for i in range(len(node.values)):
            rest = node.values[:i] + node.values[i + 1 :]
            yield f"without operand {i}", ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _branches(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp):
        changed = copy.copy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield "negated if", changed


def _update(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        for i, keyword in enumerate(node.keywords):
            rest = node.keywords[:i] + node.keywords[i + 1 :]
            yield f"without {keyword.arg}", ast.Call(node.func, node.args, rest)


def _kind(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Attribute):
        for kind, other in (("putters", "getters"), ("getters", "putters")):
            if node.attr.endswith(kind):
                changed = node.attr.removesuffix(kind) + other
                yield f"{node.attr} to {changed}", ast.Attribute(node.value, changed, node.ctx)


CHANGES: tuple[Callable[[ast.AST], Iterator[Change]], ...] = (
    _comparison,
    _constant,
    _arithmetic,
    _connective,
    _branches,
    _update,
    _kind,
)


def mutants(module: ModuleType, functions: Callable[[str], bool] = lambda _: True) -> Iterator[Mutant]:
    """Every mutant of the chosen functions of a module, in the order of its source."""
    tree = ast.parse(inspect.getsource(module))
    for definition in tree.body:
        if isinstance(definition, ast.FunctionDef) and functions(definition.name):
            yield from _of_function(tree, definition)


def _of_function(tree: ast.Module, definition: ast.FunctionDef) -> Iterator[Mutant]:
    """Replace one node at a time, in place, and take a copy of the function."""
    for parent in ast.walk(ast.Module(definition.body, [])):
        for field, value in ast.iter_fields(parent):
            places = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            for index, node in places:
                for change in CHANGES:
                    for what, other in change(node) if isinstance(node, ast.AST) else ():
                        line = getattr(node, "lineno", definition.lineno) - definition.lineno
                        name = f"{definition.name}+{line}: {what} in {ast.unparse(node)}"
                        changed = _replaced(definition, parent, field, index, other)
                        yield Mutant(name, definition.name, changed, tree)


def _replaced(
    definition: ast.FunctionDef, parent: ast.AST, field: str, index: int | None, other: ast.AST
) -> ast.FunctionDef:
    holder = getattr(parent, field)
    kept = holder if index is None else holder[index]
    _put(parent, field, index, other)
    mutated = copy.deepcopy(definition)
    _put(parent, field, index, kept)
    return ast.fix_missing_locations(mutated)


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node
