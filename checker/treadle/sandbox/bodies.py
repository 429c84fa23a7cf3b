"""Bodies of modules and classes: left as they are, but for the functions in them."""

# ruff: noqa: N815 - `visit_X` transforms the node class X
from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from treadle.sandbox.expressions import Frame

if TYPE_CHECKING:
    from treadle.sandbox.statements import Statements


class Native(ast.NodeTransformer):
    """Module and class bodies: left alone, but for the functions in them."""

    def __init__(self, statements: Statements, class_name: str | None) -> None:
        self.statements = statements
        self.class_name = class_name

    def body(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of the body."""
        return [self.visit(node) for node in nodes]

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        decorators = [self.visit(decorator) for decorator in node.decorator_list]
        return self.statements.definition(node, decorators, self._arguments(node.args), self.class_name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _arguments(self, node: ast.arguments) -> ast.arguments:
        new = ast.arguments(**{name: getattr(node, name) for name in node._fields})
        new.defaults = [self.visit(default) for default in node.defaults]
        new.kw_defaults = [None if default is None else self.visit(default) for default in node.kw_defaults]
        return new

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outer, self.class_name = self.class_name, node.name
        new = self.generic_visit(node)
        self.class_name = outer
        return new

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        statements = self.statements
        outer = getattr(statements, "frame", None)
        arguments = self._arguments(node.args)
        bare = ast.copy_location(ast.Lambda(_without_defaults(node.args), node.body), node)
        statements.scopes.of[id(bare)] = statements.scopes.of[id(node)]
        statements.frame = Frame(statements.scopes.of[id(node)], self.class_name)
        new = statements.expr(bare)
        assert isinstance(new, ast.Lambda)
        new.args = arguments
        if outer is not None:
            statements.frame = outer
        return new


def _without_defaults(node: ast.arguments) -> ast.arguments:
    new = ast.arguments(**{name: getattr(node, name) for name in node._fields})
    new.defaults, new.kw_defaults = [], [None for _ in node.kwonlyargs]
    return new
