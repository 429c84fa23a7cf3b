"""Scopes: which names of a function live in cells, and which it can hand to a comprehension by value.

The analysis errs on one side only. A name that it calls a cell becomes one, because the transform reaches
the cell through a closure of its own; a name that it calls a plain local is never captured by anything.
"""

# ruff: noqa: N815 - `visit_X` is for the node class X
from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def mangled(name: str, class_name: str | None) -> str:
    """`name` as the compiler writes it inside the body of a class."""
    owner = (class_name or "").lstrip("_")
    if not owner or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{owner}{name}"


@dataclass(eq=False)
class Scope:
    """One scope of the source: a module, a class body, a function, a lambda or a comprehension."""

    node: ast.AST
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    walrus: set[str] = field(default_factory=set)
    params: list[str] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)
    cells: set[str] = field(default_factory=set)
    frees: set[str] = field(default_factory=set)
    passed: list[str] = field(default_factory=list)
    free: set[str] = field(default_factory=set)
    yields: bool = False

    @property
    def is_function(self) -> bool:
        """Has it fast locals of its own, which inner scopes can capture?"""
        return isinstance(self.node, FUNCTIONS) or self.is_comprehension

    @property
    def is_comprehension(self) -> bool:
        """Is it a comprehension or a generator expression?"""
        return isinstance(self.node, COMPREHENSIONS)

    @property
    def hoistable(self) -> bool:
        """Can this comprehension become a nested function of the same meaning?"""
        if not self.is_comprehension or self.parent is None or not self.parent.is_function:
            return False
        if isinstance(self.parent.node, ast.Lambda) or (self.parent.is_comprehension and not self.parent.hoistable):
            return False
        if self.used & {"super", "__class__", "locals", "vars", "dir"}:
            return False
        asynchronous = (ast.Await, ast.AsyncFor)
        return not any(
            isinstance(n, asynchronous) or (isinstance(n, ast.comprehension) and n.is_async)
            for n in ast.walk(self.node)
        )

    def is_cell(self, name: str) -> bool:
        """Does `name`, read or stored here, go through a cell?"""
        return name in self.cells or name in self.frees

    def is_local(self, name: str) -> bool:
        """Is `name` a plain local variable here?"""
        return name in self.bound and name not in self.cells and name not in self.nonlocals | self.globals


class Scopes(ast.NodeVisitor):
    """Every scope of a module, by the identity of its node."""

    def __init__(self, tree: ast.Module) -> None:
        self.of: dict[int, Scope] = {}
        self.declared_global: set[str] = set()
        self.class_name: str | None = None
        self.here = self._open(tree, None)
        for statement in tree.body:
            self.visit(statement)
        _free(self.here)
        _resolve(self.here)

    def _open(self, node: ast.AST, parent: Scope | None) -> Scope:
        scope = self.of[id(node)] = Scope(node, parent)
        if parent is not None:
            parent.children.append(scope)
        return scope

    def _inside(self, scope: Scope, *nodes: ast.AST | None) -> None:
        outer, self.here = self.here, scope
        for node in nodes:
            if node is not None:
                self.visit(node)
        self.here = outer

    def _bind(self, name: str) -> None:
        name = mangled(name, self.class_name)
        (self.here.rebound if name in self.here.bound else self.here.bound).add(name)
        self.here.bound.add(name)

    def _optional(self, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name)
        self._function(node, node.body)
        self._optional(*node.decorator_list)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, [node.body])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, body: Sequence[ast.AST]) -> None:
        arguments = node.args
        self._optional(*arguments.defaults, *arguments.kw_defaults)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
        # Annotations may be a scope of their own or belong to this one: what they mention counts as captured.
        notes = [argument.annotation for argument in every] + [getattr(node, "returns", None)]
        self._inside(self._open(ast.Pass(), self.here), *notes, *getattr(node, "type_params", []))
        scope = self._open(node, self.here)
        scope.params = [mangled(argument.arg, self.class_name) for argument in every]
        scope.bound |= set(scope.params)
        self._inside(scope, *body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name)
        self._optional(*node.decorator_list, *node.bases, *node.keywords)
        outer, self.class_name = self.class_name, node.name
        self._inside(self._open(node, self.here), *getattr(node, "type_params", []), *node.body)
        self.class_name = outer

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        scope = self._open(node, self.here)
        parts: list[ast.AST] = [first.target, *first.ifs, *node.generators[1:]]
        parts += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._inside(scope, *parts)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        name, scope = mangled(node.target.id, self.class_name), self.here
        while scope.is_comprehension and scope.parent is not None:
            scope.nonlocals.add(name)
            scope = scope.parent
        scope.walrus.add(name)
        scope.rebound.add(name)
        scope.bound.add(name)

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.here.yields = True
        self.generic_visit(node)

    visit_YieldFrom = visit_Yield

    def visit_Name(self, node: ast.Name) -> None:
        self.here.used.add(mangled(node.id, self.class_name))
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)

    def visit_Global(self, node: ast.Global) -> None:
        names = {mangled(name, self.class_name) for name in node.names}
        self.here.globals |= names
        if self.here.is_function:
            self.declared_global |= names

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        names = {mangled(name, self.class_name) for name in node.names}
        self.here.nonlocals |= names
        scope = self.here.parent
        while scope is not None:
            scope.rebound |= names
            scope = scope.parent

    def visit_alias(self, node: ast.alias) -> None:
        """An import binds the first part of the name, or what follows `as`."""
        self._bind(node.asname or node.name.split(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest)
        self.generic_visit(node)


def _free(scope: Scope) -> set[str]:
    """Names that `scope` may take from outside; also stored in `scope.free`."""
    names = set(scope.used) | scope.nonlocals
    for child in scope.children:
        names |= _free(child)
    if scope.is_function:
        names -= scope.bound - scope.nonlocals
    scope.free = names - scope.globals
    return scope.free


def _resolve(scope: Scope) -> None:
    """From outside in: cells, free variables, and what a comprehension gets by value."""
    stable = set(scope.params) - scope.rebound - scope.nonlocals
    captured: set[str] = set()
    for child in scope.children:
        if child.hoistable and scope.is_function:
            child.passed = sorted(child.free & stable)
            child.params = list(child.passed)
            child.bound |= set(child.passed)
            child.free -= set(child.passed)
        captured |= child.free
    if scope.is_function:
        scope.cells = (scope.bound - scope.nonlocals - scope.globals) & captured
        scope.frees = {name for name in scope.free if _bound_outside(scope, name)}
    for child in scope.children:
        _resolve(child)


def _bound_outside(scope: Scope, name: str) -> bool:
    outer = scope.parent
    while outer is not None:
        if outer.is_function:
            if name in outer.globals:
                return False
            if name in outer.bound and name not in outer.nonlocals:
                return True
        outer = outer.parent
    return False
