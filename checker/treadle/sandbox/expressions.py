"""Expressions: each operand that waits on the evaluation stack gets a mirror, each access a hook before it.

A mirror is an assignment expression in place, `(.t1 := operand)`, so order of evaluation and control flow
stay as they were. The names of mirrors are no identifiers and cannot collide with the user's.
"""

# ruff: noqa: N802 - `on_X` transforms the node class X
from __future__ import annotations

import ast
from typing import Any, TypeVar

from treadle.sandbox import gathering
from treadle.sandbox.hooks import NAME
from treadle.sandbox.runtime import Refused
from treadle.sandbox.scopes import COMPREHENSIONS, Scope, Scopes, mangled

Node = TypeVar("Node", bound=ast.AST)
_NUMBERS = (int, float, complex)
ERROR = ".error"
"""The mirror of what `__exit__` is called with."""


class Frame:
    """What the transform knows about the function that it is in."""

    def __init__(self, scope: Scope, class_name: str | None) -> None:
        self.scope = scope
        self.class_name = class_name
        self.used = 0
        self.definitions = 0
        self.lasting = 0
        self.unwinding = 0
        self.before: list[ast.stmt] = []

    def temporary(self) -> str:
        """A fresh mirror; free again after the statement."""
        self.used += 1
        return f".t{self.used}"

    def own(self) -> str:
        """A mirror that is used nowhere else in the function."""
        self.lasting += 1
        return f".u{self.lasting}"

    def mangled(self, name: str) -> str:
        """`name` as the compiler writes it inside a class body."""
        return mangled(name, self.class_name)


def load(name: str) -> ast.Name:
    """The value of a variable."""
    return ast.Name(name, ast.Load())


def put(name: str) -> ast.Name:
    """A variable as a target."""
    return ast.Name(name, ast.Store())


def hook(name: str, *operands: ast.expr) -> ast.Call:
    """A call of the hook `name`."""
    return ast.Call(ast.Attribute(load(NAME), name, ast.Load()), list(operands), [])


def called(function: ast.expr) -> str:
    """By what name it is called; empty if it has none."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def numeric(node: ast.expr) -> bool:
    """Is it a number in the source?"""
    return isinstance(node, ast.Constant) and type(node.value) in _NUMBERS


class Expressions:
    """Transforms the expressions of one function; statements are in the subclass."""

    def __init__(self, scopes: Scopes, filename: str) -> None:
        self.scopes = scopes
        self.filename = filename
        self.frame: Frame

    def refuse(self, node: ast.AST, what: str) -> Refused:
        """The exception that says where the unknown thing is."""
        return Refused(f"{self.filename}:{getattr(node, 'lineno', '?')}: {what}")

    def expr(self, node: ast.expr) -> ast.expr:
        """The transformed expression, in the same place."""
        visit = getattr(self, f"on_{type(node).__name__}", None)
        if visit is None:
            raise self.refuse(node, f"the expression {type(node).__name__} is not known to the checker")
        new: ast.expr = visit(node)
        return ast.copy_location(new, node)

    def keep(self, node: ast.expr) -> tuple[ast.expr, ast.expr]:
        """The transformed expression with its value mirrored, and how to name that value again."""
        return self.pin(self.expr(node))

    def pin(self, new: ast.expr) -> tuple[ast.expr, ast.expr]:
        """The same for an expression that is transformed already."""
        if isinstance(new, ast.Constant):
            return new, ast.Constant(new.value)
        if isinstance(new, ast.NamedExpr) and new.target.id.startswith(".t"):
            return new, load(new.target.id)
        if (
            isinstance(new, ast.Name)
            and self.plain(new.id)
            and self.frame.mangled(new.id) not in self.frame.scope.walrus
        ):
            return new, load(new.id)
        name = self.frame.temporary()
        return ast.copy_location(ast.NamedExpr(put(name), new), new), load(name)

    def kept(self, node: ast.expr) -> ast.expr:
        """The transformed expression with its value mirrored."""
        return self.keep(node)[0]

    # --- names

    def plain(self, name: str) -> bool:
        """Is it a local variable that is no cell?"""
        return name.startswith(".") or self.frame.scope.is_local(self.frame.mangled(name))

    def is_cell(self, name: str) -> bool:
        """Is it a variable in a cell?"""
        return self.frame.scope.is_cell(self.frame.mangled(name))

    def shared_global(self, name: str) -> bool:
        """Is it a global variable that some function of the module rebinds?"""
        scope, name = self.frame.scope, self.frame.mangled(name)
        return name in self.scopes.declared_global and (
            name in scope.globals or (name not in scope.bound and name not in scope.frees)
        )

    def cell(self, name: str) -> ast.Name:
        """The hidden local that holds the cell of `name`."""
        return load(f".c:{self.frame.mangled(name)}")

    def on_Name(self, node: ast.Name) -> ast.expr:
        if self.is_cell(node.id):
            return ast.IfExp(hook("c", self.cell(node.id)), load(node.id), load(node.id))
        if self.shared_global(node.id):
            return ast.IfExp(hook("g", ast.Constant(self.frame.mangled(node.id))), load(node.id), load(node.id))
        return load(node.id)

    def stored(self, name: str, value: ast.expr) -> ast.expr:
        """`value`, with the hook that announces its storage in `name`."""
        if self.is_cell(name):
            return hook("cs", self.pin(value)[0], self.cell(name))
        if self.shared_global(name):
            return hook("gs", self.pin(value)[0], ast.Constant(self.frame.mangled(name)))
        return value

    def on_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        return ast.NamedExpr(put(node.target.id), self.stored(node.target.id, self.expr(node.value)))

    def on_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(node.value, node.kind)

    # --- attributes and elements

    def on_Attribute(self, node: ast.Attribute) -> ast.expr:
        name = ast.Constant(self.frame.mangled(node.attr))
        return ast.Attribute(hook("r", self.kept(node.value), name), node.attr, ast.Load())

    def on_Subscript(self, node: ast.Subscript) -> ast.expr:
        return self.subscript(node, "r", ast.Load())

    def subscript(self, node: ast.Subscript, mode: str, context: ast.expr_context) -> ast.Subscript:
        """`container[key]` to be read ("r"), stored ("w") or deleted ("d")."""
        container, name = self.keep(node.value)
        part = "rp" if mode == "r" else "wp"
        if not isinstance(node.slice, ast.Slice):
            key = self.kept(node.slice)
            return ast.copy_location(ast.Subscript(container, hook(mode + "i", key, name), context), node)
        bounds = [node.slice.lower, node.slice.upper, node.slice.step]
        given = [i for i, bound in enumerate(bounds) if bound is not None]
        new = [None if bound is None else self.kept(bound) for bound in bounds]
        if given:
            last = new[given[-1]]
            assert last is not None
            new[given[-1]] = hook(part, last, name)
        else:
            container = hook("rw" if mode == "r" else "ww", container)
        return ast.copy_location(
            ast.Subscript(container, ast.copy_location(ast.Slice(*new), node.slice), context), node
        )

    def on_Slice(self, node: ast.Slice) -> ast.expr:
        bounds = (node.lower, node.upper, node.step)
        return ast.Slice(*(None if bound is None else self.kept(bound) for bound in bounds))

    # --- calls

    def on_Call(self, node: ast.Call) -> ast.expr:
        function, name = self.keep(node.func)
        values: list[ast.expr] = []
        names: list[ast.expr] = []
        marks = "".join("s" if isinstance(operand, ast.Starred) else "-" for operand in node.args)
        marks += "".join("k" if keyword.arg is None else "-" for keyword in node.keywords)
        marks = "l" + marks[1:] if marks.startswith("s") and len(node.args) == 1 else marks
        for mark, operand in zip(marks, [*node.args, *(keyword.value for keyword in node.keywords)], strict=True):
            value, again = self.keep(operand.value if isinstance(operand, ast.Starred) else operand)
            values.append(hook("u", value) if mark in "sk" else value)
            names.append(again)
        keyed = [n for n, each in enumerate(node.keywords, len(node.args)) if each.arg == "key"]
        if not values:
            function = hook("call0", function)
        elif set(marks) == {"-"}:
            if gathering.iterates(called(node.func), len(node.args)) and not keyed:
                values[0], names[0] = self.pin(hook("all", name, *values))
                values[1:] = names[1:]
            values[-1] = hook("call", values[-1], name, *names[:-1])
        else:
            values[-1] = hook("calls", values[-1], name, ast.Constant(marks), *names[:-1])
        for each in keyed if called(node.func) in gathering.KEYED else ():
            values[each] = hook("key", values[each], name)
        count = len(node.args)
        args = [
            ast.copy_location(ast.Starred(value, ast.Load()), old) if isinstance(old, ast.Starred) else value
            for old, value in zip(node.args, values[:count], strict=True)
        ]
        keywords = [
            ast.copy_location(ast.keyword(old.arg, value), old)
            for old, value in zip(node.keywords, values[count:], strict=True)
        ]
        new = ast.Call(function, args, keywords)
        if isinstance(node.func, ast.Name) and node.func.id in ("locals", "vars", "dir") and not values:
            return hook("locals", ast.copy_location(new, node))
        return new

    # --- operators

    def on_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, name = self.keep(node.left)
        right = self.kept(node.right)
        if not (numeric(node.left) or numeric(node.right)) or isinstance(node.op, ast.Mult):
            right = hook("op", right, name)
        return ast.BinOp(left, node.op, right)

    def on_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, self.test(node.operand))
        return ast.UnaryOp(node.op, self.kept(node.operand) if not numeric(node.operand) else node.operand)

    def on_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        tested = [self.test(value) for value in node.values[:-1]]
        return ast.BoolOp(node.op, [*tested, self.kept(node.values[-1])])

    def test(self, node: ast.expr) -> ast.expr:
        """An expression of which only the truth counts, or whose truth is tested before its value is used."""
        if isinstance(node, ast.Constant):
            return self.expr(node)
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            return self.test(self.unchained(node))
        if isinstance(node, ast.BoolOp):
            return ast.copy_location(ast.BoolOp(node.op, [self.test(value) for value in node.values]), node)
        certain = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        if isinstance(node, ast.Compare):
            certain = all(isinstance(op, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for op in node.ops)
        if certain:
            return self.expr(node)
        return ast.copy_location(hook("b", self.kept(node)), node)

    def on_IfExp(self, node: ast.IfExp) -> ast.expr:
        return ast.IfExp(self.test(node.test), self.expr(node.body), self.expr(node.orelse))

    def on_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) > 1:
            return self.expr(self.unchained(node))
        left, name = self.keep(node.left)
        operand, op = node.comparators[0], node.ops[0]
        value = self.kept(operand)
        if isinstance(op, (ast.In, ast.NotIn)):
            value = hook("has", value, name)
        elif not isinstance(op, (ast.Is, ast.IsNot)):
            constants = isinstance(node.left, ast.Constant) or isinstance(operand, ast.Constant)
            value = value if constants else hook("op", value, name)
        return ast.Compare(left, node.ops, [value])

    def unchained(self, node: ast.Compare) -> ast.BoolOp:
        """`a < b < c` as `a < (t := b) and t < c`, which is what it means."""
        links: list[ast.expr] = []
        left = node.left
        for op, operand in zip(node.ops, node.comparators, strict=True):
            right = operand
            if operand is not node.comparators[-1] and not isinstance(operand, ast.Constant):
                right = ast.copy_location(ast.NamedExpr(put(self.frame.temporary()), operand), operand)
            links.append(ast.copy_location(ast.Compare(left, [op], [right]), node))
            left = ast.copy_location(load(right.target.id), operand) if isinstance(right, ast.NamedExpr) else operand
        return ast.copy_location(ast.BoolOp(ast.And(), links), node)

    # --- displays and strings

    def elements(self, nodes: list[ast.expr]) -> list[ast.expr]:
        """The operands of a display, the starred ones with the hook for their iteration."""
        new = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                value: ast.expr = ast.Starred(hook("u", self.kept(node.value)), ast.Load())
                new.append(ast.copy_location(value, node))
            else:
                new.append(self.kept(node))
        return new

    def on_Tuple(self, node: ast.Tuple) -> ast.expr:
        return ast.Tuple(self.elements(node.elts), ast.Load())

    def on_List(self, node: ast.List) -> ast.expr:
        return ast.List(self.elements(node.elts), ast.Load())

    def on_Set(self, node: ast.Set) -> ast.expr:
        return ast.Set(self.elements(node.elts))

    def on_Dict(self, node: ast.Dict) -> ast.expr:
        keys: list[ast.expr | None] = []
        values = []
        for key, value in zip(node.keys, node.values, strict=True):
            keys.append(None if key is None else self.kept(key))
            new = self.kept(value)
            values.append(hook("u", new) if key is None else new)
        return ast.Dict(keys, values)

    def on_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [self.expr(part) for part in node.values]
        if sum(isinstance(part, ast.FormattedValue) for part in parts) < 2:
            return ast.JoinedStr(parts)
        pinned = [
            p if isinstance(p, ast.Constant) else self.pin(ast.copy_location(ast.JoinedStr([p]), p))[0] for p in parts
        ]
        return hook("join", *pinned)

    def on_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        value = hook("f", self.kept(node.value))
        return ast.FormattedValue(value, node.conversion, self.width(node.format_spec))

    def width(self, node: ast.expr | None) -> ast.expr | None:
        """What follows the colon in an f-string, mirrored if it is computed."""
        if node is None or not any(isinstance(part, ast.FormattedValue) for part in getattr(node, "values", ())):
            return node
        return self.kept(node)

    def on_TemplateStr(self, node: Any) -> Any:
        return type(node)(values=[self.expr(part) for part in node.values])

    def on_Interpolation(self, node: Any) -> Any:
        value = self.kept(node.value)
        width = self.width(node.format_spec)
        return type(node)(value=value, str=node.str, conversion=node.conversion, format_spec=width)

    # --- functions, generators, comprehensions

    def on_Await(self, node: ast.Await) -> ast.expr:
        return ast.Await(self.kept(node.value))

    def on_Yield(self, node: ast.Yield) -> ast.expr:
        sent = ast.copy_location(ast.Yield(None if node.value is None else self.expr(node.value)), node)
        return hook("y", self.pin(sent)[0])

    def on_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        return ast.YieldFrom(self.pin(hook("yf", self.kept(node.value)))[0])

    def iterable(self, node: ast.expr) -> ast.expr:
        """What a loop iterates over: the native iterator, mirrored, each step announced."""
        source, name = self.keep(node)
        return self.pin(ast.copy_location(hook("it", hook("iter", hook("ir", source)), name), node))[0]

    def on_Lambda(self, node: ast.Lambda) -> ast.expr:
        arguments = self.arguments(node.args)
        outer = self.frame
        self.frame = Frame(self.scopes.of[id(node)], outer.class_name)
        body = self.expr(node.body)
        bindings: list[ast.expr] = [ast.NamedExpr(put(name), value) for name, value in self.cell_bindings()]
        self.frame = outer
        for binding in bindings:
            body = ast.copy_location(ast.IfExp(binding, body, ast.Constant(None)), node.body)
        return ast.Lambda(arguments, body)

    def arguments(self, node: ast.arguments) -> ast.arguments:
        """The parameters; defaults are evaluated here and now."""
        new = ast.arguments(**{name: getattr(node, name) for name in node._fields})
        new.defaults = [self.kept(default) for default in node.defaults]
        new.kw_defaults = [None if default is None else self.kept(default) for default in node.kw_defaults]
        return new

    def cell_bindings(self) -> list[tuple[str, ast.expr]]:
        """Hidden locals that hold the cells of the current function, and how to get at them."""
        scope = self.frame.scope
        empty = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return [
            (self.cell(name).id, hook("cell", ast.Lambda(empty, load(name))))
            for name in sorted(scope.cells | scope.frees)
        ]

    def comprehension(self, node: ast.expr) -> ast.expr:
        """Overridden where statements can be had."""
        raise NotImplementedError

    def __init_subclass__(cls) -> None:
        for kind in COMPREHENSIONS:
            setattr(cls, f"on_{kind.__name__}", cls.comprehension)
