"""Statements: those that do several things at once are taken apart, so that a hook fits before each.

`x.y, z[i] = v` becomes one statement for each target, in the order that Python has; an augmented assignment
to an attribute or element becomes load, operation, store; a comprehension becomes a nested function, which
is what it was before Python 3.12. Module and class bodies stay as they are: only the functions in them are
transformed.
"""

# ruff: noqa: N802, N815 - `do_X` and `visit_X` transform the node class X
from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from treadle.sandbox.bodies import Native
from treadle.sandbox.expressions import ERROR, Expressions, Frame, hook, load, numeric, put
from treadle.sandbox.hooks import NAME

_KINDS = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict", ast.GeneratorExp: "gen"}


_ACCESSORS = ("getter", "setter", "deleter")


class Collect(ast.stmt):
    """The innermost statement of a comprehension: take one element into the result."""

    _fields = ("kind", "parts")
    kind: str
    parts: list[ast.expr]


def collect(kind: str, parts: list[ast.expr]) -> Collect:
    """That statement for a comprehension of the given kind."""
    made = Collect()
    made.kind, made.parts = kind, parts
    return made


def copied(node: Any) -> Any:
    """A node with the same fields."""
    return type(node)(**{name: getattr(node, name, None) for name in node._fields})


class Statements(Expressions):
    """Transforms the statements of functions."""

    def block(self, nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements, transformed one after the other."""
        return [new for node in nodes for new in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """What the statement becomes; its mirrors are free again afterwards."""
        visit = getattr(self, f"do_{type(node).__name__}", None)
        if visit is None:
            raise self.refuse(node, f"the statement {type(node).__name__} is not known to the checker")
        frame = self.frame
        used, before, frame.before = frame.used, frame.before, []
        new = [*visit(node)]
        new = [ast.copy_location(n, node) if not hasattr(n, "lineno") else n for n in [*frame.before, *new]]
        frame.used, frame.before = used, before
        return new

    # --- assignment

    def do_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        if len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, (ast.Tuple, ast.List)):
                return self.unpacked(target, node.value)
            return self.store(target, self.expr(node.value))
        name = self.frame.temporary()
        new: list[ast.stmt] = [ast.Assign([put(name)], self.expr(node.value))]
        for target in node.targets:
            new += self.store(target, load(name))
        return new

    def unpacked(self, target: ast.Tuple | ast.List, value: ast.expr) -> list[ast.stmt]:
        """`a, b = value`; a display of the same length needs no unpacking."""
        display = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        if display and not any(isinstance(e, ast.Starred) for e in [*value.elts, *target.elts]):  # type: ignore[attr-defined]
            if all(self.simple(element) for element in target.elts):
                return [ast.Assign([target], self.expr(value))]
            names = [self.frame.temporary() for _ in target.elts]
            new: list[ast.stmt] = [ast.Assign([ast.Tuple([put(n) for n in names], ast.Store())], self.expr(value))]
            for element, name in zip(target.elts, names, strict=True):
                new += self.store(element, load(name))
            return new
        return self.store(target, self.expr(value))

    def simple(self, target: ast.expr) -> bool:
        """Is it a plain local variable, possibly starred?"""
        if isinstance(target, ast.Starred):
            return self.simple(target.value)
        return isinstance(target, ast.Name) and self.unannounced(target.id)

    def unannounced(self, name: str) -> bool:
        """Does storing in `name` need no hook?"""
        return not self.is_cell(name) and not self.shared_global(name)

    def store(self, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        """`target = value`, `value` being transformed already."""
        if isinstance(target, ast.Name):
            return [ast.copy_location(ast.Assign([target], self.stored(target.id, value)), target)]
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            mirrored = self.pin(value)[0]
            return [ast.copy_location(ast.Assign([self.place(target, ast.Store())], mirrored), target)]
        assert isinstance(target, (ast.Tuple, ast.List))
        source = hook("u", self.pin(value)[0])
        if all(self.simple(element) for element in target.elts):
            return [ast.copy_location(ast.Assign([target], source), target)]
        places: list[ast.expr] = []
        after: list[ast.stmt] = []
        for element in target.elts:
            name = self.frame.temporary()
            starred = isinstance(element, ast.Starred)
            places.append(ast.Starred(put(name), ast.Store()) if starred else put(name))
            after += self.store(element.value if isinstance(element, ast.Starred) else element, load(name))
        unpack: ast.stmt = ast.Assign([ast.Tuple(places, ast.Store())], source)
        return [ast.copy_location(unpack, target), *after]

    def place(self, target: ast.Attribute | ast.Subscript, context: ast.expr_context) -> ast.expr:
        """An attribute or element to be stored or deleted, with its hook."""
        if isinstance(target, ast.Subscript):
            return self.subscript(target, "d" if isinstance(context, ast.Del) else "w", context)
        owner = hook("w", self.kept(target.value), ast.Constant(self.frame.mangled(target.attr)))
        return ast.copy_location(ast.Attribute(owner, target.attr, context), target)

    def do_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is None:
            return [node]
        value = self.expr(node.value)
        if isinstance(node.target, ast.Name) and node.simple:
            return [ast.AnnAssign(node.target, node.annotation, self.stored(node.target.id, value), node.simple)]
        return self.store(node.target, value)

    def do_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        target = node.target
        if isinstance(target, ast.Name) and self.unannounced(target.id):
            return [ast.AugAssign(target, node.op, self.augment(node, load(target.id)))]
        result = self.frame.temporary()
        if isinstance(target, ast.Name):
            read: ast.expr = self.expr(load(target.id))
            write: ast.expr = target
        else:
            read, write = self.both(target)
        new: list[ast.stmt] = [ast.Assign([put(result)], read)]
        new.append(ast.AugAssign(put(result), node.op, self.augment(node, load(result))))
        if isinstance(write, ast.Name):
            return [*new, ast.Assign([write], self.stored(write.id, load(result)))]
        return [*new, ast.Assign([write], load(result))]

    def augment(self, node: ast.AugAssign, left: ast.expr) -> ast.expr:
        """The right operand, with the hook before the operation."""
        right = self.kept(node.value)
        constant = numeric(node.value) and isinstance(node.op, (ast.Add, ast.Sub))
        return right if constant else hook("iop", right, left)

    def both(self, target: ast.Attribute | ast.Subscript) -> tuple[ast.expr, ast.expr]:
        """A place that is read and then stored, its container and key evaluated once."""
        owner = ast.copy_location(ast.Name(self.frame.temporary(), ast.Load()), target)
        first = ast.copy_location(ast.NamedExpr(put(owner.id), self.expr(target.value)), target)
        if isinstance(target, ast.Attribute):
            name = ast.Constant(self.frame.mangled(target.attr))
            read: ast.expr = ast.Attribute(hook("r", first, name), target.attr, ast.Load())
            write: ast.expr = ast.Attribute(hook("w", owner, name), target.attr, ast.Store())
            return ast.copy_location(read, target), ast.copy_location(write, target)
        if isinstance(target.slice, ast.Slice):
            return self.both_slices(first, owner, target.slice)
        key, name_of_key = self.pin(self.expr(target.slice))
        read = ast.Subscript(first, hook("ri", key, owner), ast.Load())
        write = ast.Subscript(owner, hook("wi", name_of_key, owner), ast.Store())
        return ast.copy_location(read, target), ast.copy_location(write, target)

    def both_slices(self, first: ast.expr, owner: ast.expr, bounds: ast.Slice) -> tuple[ast.expr, ast.expr]:
        """The same for a slice: `.t[a:b] += v`."""
        pairs = [(None, None) if b is None else self.keep(b) for b in (bounds.lower, bounds.upper, bounds.step)]
        reading: list[ast.expr | None] = [pair[0] for pair in pairs]
        given = [i for i, pair in enumerate(pairs) if pair[0] is not None]
        if given:
            last = reading[given[-1]]
            assert last is not None
            reading[given[-1]] = hook("rp", last, owner)
        else:
            first = hook("rw", first)
        read = ast.Subscript(first, ast.Slice(*reading), ast.Load())
        return read, ast.Subscript(hook("ww", owner), ast.Slice(*[pair[1] for pair in pairs]), ast.Store())

    def do_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Name):
                if not self.unannounced(target.id):
                    new.append(ast.copy_location(ast.Expr(self.stored(target.id, ast.Constant(None))), node))
                new.append(ast.copy_location(ast.Delete([target]), node))
            elif isinstance(target, (ast.Tuple, ast.List)):
                new += self.do_Delete(ast.copy_location(ast.Delete(target.elts), node))
            elif isinstance(target, (ast.Attribute, ast.Subscript)):
                new.append(ast.copy_location(ast.Delete([self.place(target, ast.Del())]), node))
        return new

    # --- simple statements

    def same(self, node: ast.stmt) -> list[ast.stmt]:
        """A statement without accesses."""
        return [node]

    do_Pass = do_Break = do_Continue = do_Global = do_Nonlocal = do_TypeAlias = same

    def do_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        return [ast.Expr(self.expr(node.value))]

    def do_Return(self, node: ast.Return) -> list[ast.stmt]:
        if node.value is None:
            return [node]
        value = self.expr(node.value)
        if self.frame.unwinding and not isinstance(value, ast.Constant):  # it waits while others are at it
            value = ast.copy_location(ast.NamedExpr(put(self.frame.own()), value), node.value)
        return [ast.Return(value)]

    def do_Raise(self, node: ast.Raise) -> list[ast.stmt]:
        parts = [None if part is None else self.kept(part) for part in (node.exc, node.cause)]
        return [ast.Raise(*parts)]

    def do_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        return [ast.Assert(self.test(node.test), None if node.msg is None else self.expr(node.msg))]

    def do_Import(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
        announced = [name for name in names if not self.unannounced(name)]
        return [*(ast.Expr(self.stored(name, ast.Constant(None))) for name in announced), node]

    do_ImportFrom = do_Import

    def do_Collect(self, node: Collect) -> list[ast.stmt]:
        kind, parts = node.kind, node.parts
        if kind == "dict":
            key, value = self.frame.temporary(), self.frame.temporary()
            return [
                ast.Assign([put(key)], self.expr(parts[0])),
                ast.Assign([put(value)], self.expr(parts[1])),
                ast.Assign([ast.Subscript(load(".r"), load(key), ast.Store())], load(value)),
            ]
        element = self.frame.temporary()
        add = ast.Attribute(load(".r"), "append" if kind == "list" else "add", ast.Load())
        return [ast.Assign([put(element)], self.expr(parts[0])), ast.Expr(ast.Call(add, [load(element)], []))]

    # --- compound statements

    def do_If(self, node: ast.If) -> list[ast.stmt]:
        return [ast.If(self.test(node.test), self.block(node.body), self.block(node.orelse))]

    def do_While(self, node: ast.While) -> list[ast.stmt]:
        return [ast.While(self.test(node.test), [_counted(node), *self.block(node.body)], self.block(node.orelse))]

    def do_For(self, node: ast.For) -> list[ast.stmt]:
        started = isinstance(node.iter, ast.Name) and node.iter.id == ".0"
        source = node.iter if started else self.iterable(node.iter)
        target, before = self.target(node.target)
        loop = ast.For(target, source, [_counted(node), *before, *self.block(node.body)], self.block(node.orelse))
        if isinstance(source, ast.NamedExpr):  # a generator that the loop leaves early is closed now, not later
            return [loop, ast.Assign([put(source.target.id)], ast.Constant(None))]
        return [loop]

    def target(self, target: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        """The target of a loop or `with`, and the statements that take it apart."""
        if self.simple(target):
            return target, []
        name = self.frame.temporary()
        return ast.copy_location(put(name), target), self.store(target, load(name))

    def do_AsyncFor(self, node: ast.AsyncFor) -> list[ast.stmt]:
        target, before = self.target(node.target)
        body = [_counted(node), *before, *self.block(node.body)]
        return [ast.AsyncFor(target, self.kept(node.iter), body, self.block(node.orelse))]

    def do_With(self, node: ast.With | ast.AsyncWith) -> list[ast.stmt]:
        item, rest = node.items[0], node.items[1:]
        manager = self.expr(item.context_expr)
        mirrored = ast.copy_location(ast.NamedExpr(put(self.frame.temporary()), manager), manager)
        target, before = (None, []) if item.optional_vars is None else self.target(item.optional_vars)
        self.frame.unwinding += 1
        if rest:
            inner = ast.copy_location(type(node)(rest, node.body), rest[0].context_expr)
            body = self.statement(inner)
        else:
            body = self.block(node.body)
        self.frame.unwinding -= 1
        return [type(node)([ast.withitem(mirrored, target)], [*before, *body])]

    do_AsyncWith = do_With

    def do_Try(self, node: ast.Try) -> list[ast.stmt]:
        unwinding = bool(node.finalbody)
        self.frame.unwinding += unwinding
        body = self.block(node.body)
        plain = all(handler.type is None or _plain_type(handler.type) for handler in node.handlers)
        failing = None if plain else self.frame.own()
        handlers = [self.handler(handler, failing) for handler in node.handlers]
        orelse = self.block(node.orelse)
        self.frame.unwinding -= unwinding
        new = type(node)(body, handlers, orelse, self.final(node.finalbody))
        if failing is None:
            return [new]
        forget = ast.Assign([put(failing)], ast.Constant(None))
        return [ast.Try([ast.copy_location(new, node)], [], [], [forget])]

    def final(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a `finally`, during which the exception that passes has a name."""
        if not nodes or all(isinstance(node, ast.Pass) for node in nodes):
            return nodes
        name = self.frame.own()
        remember = ast.copy_location(ast.Assign([put(name)], hook("caught")), nodes[0])
        forget = ast.copy_location(ast.Assign([put(name)], ast.Constant(None)), nodes[0])
        return [remember, ast.copy_location(ast.Try(self.handling(nodes), [], [], [forget]), nodes[0])]

    def do_TryStar(self, node: ast.Try) -> list[ast.stmt]:
        unwinding = bool(node.finalbody)
        self.frame.unwinding += unwinding
        body = self.block(node.body)
        handlers = []
        for old in node.handlers:
            if old.name and not self.unannounced(old.name):
                raise self.refuse(old, f"except* binds {old.name}, which inner functions or threads share")
            handlers.append(ast.copy_location(ast.ExceptHandler(old.type, old.name, self.block(old.body)), old))
        orelse = self.block(node.orelse)
        self.frame.unwinding -= unwinding
        return [type(node)(body, handlers, orelse, self.final(node.finalbody))]

    def handler(self, node: ast.ExceptHandler, failing: str | None) -> ast.ExceptHandler:
        """A handler whose exception has a name, so that the state of the thread shows it.

        While the type is evaluated, if it is a computed one, that name is `failing`.
        """
        kind: ast.expr = ast.Attribute(load(NAME), "BaseException", ast.Load())
        if node.type is not None:
            kind = self.expr(node.type)
            if failing is not None:
                remember = hook("true", ast.NamedExpr(put(failing), hook("caught")))
                kind = ast.copy_location(ast.IfExp(remember, kind, ast.Constant(None)), node.type)
        if node.name and self.unannounced(node.name):
            return ast.copy_location(ast.ExceptHandler(kind, node.name, self.handling(node.body)), node)
        used = self.frame.used
        hidden = ".e" + self.frame.temporary()
        if not node.name:
            body = self.handling(node.body)
        else:
            self.frame.unwinding += 1
            bind = self.store(ast.copy_location(put(node.name), node), load(hidden))
            protected = self.handling(node.body)
            unbind = self.store(ast.copy_location(put(node.name), node), ast.Constant(None))
            unbind += self.do_Delete(ast.copy_location(ast.Delete([ast.Name(node.name, ast.Del())]), node))
            body = [*bind, ast.Try(protected, [], [], unbind)]
            self.frame.unwinding -= 1
        self.frame.used = used
        return ast.copy_location(ast.ExceptHandler(kind, hidden, body), node)

    def handling(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a handler: a generator may go on there with an exception."""
        return [ast.copy_location(new, nodes[0]) for new in self.resumed()] + self.block(nodes)

    def do_Match(self, node: ast.Match) -> list[ast.stmt]:
        subject, name = self.pin(self.expr(node.subject))
        if not isinstance(name, ast.Name) or not name.id.startswith(".t"):
            again = self.frame.temporary()
            subject, name = ast.NamedExpr(put(again), subject), load(again)
        cases = []
        for case in node.cases:
            pattern, captured = self.captures(case.pattern)
            self.values(pattern)
            guard: ast.expr | None = None
            first: list[ast.stmt] = []
            if case.guard is None:
                first = [new for target, held in captured for new in self.store(target, load(held))]
            else:
                guard = hook("again", self.test(case.guard), name)
                for target, held in reversed(captured):
                    bind = ast.NamedExpr(put(target.id), self.stored(target.id, load(held)))
                    guard = ast.IfExp(hook("true", bind), guard, ast.Constant(False))
            cases.append(ast.match_case(pattern, guard, [*first, *self.block(case.body)]))
        return [ast.Match(hook("m", subject), cases)]

    def values(self, pattern: ast.pattern) -> None:
        """Announce the attributes that a pattern looks up as values."""
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchValue) and isinstance(part.value, ast.Attribute):
                part.value = self.expr(part.value)
            elif isinstance(part, ast.MatchMapping):
                part.keys = [self.expr(key) if isinstance(key, ast.Attribute) else key for key in part.keys]

    def captures(self, pattern: ast.pattern) -> tuple[ast.pattern, list[tuple[ast.Name, str]]]:
        """The pattern with hidden names in place of those that must be announced, and which is which."""
        captured: list[tuple[ast.Name, str]] = []
        for part in ast.walk(pattern):
            field = "rest" if isinstance(part, ast.MatchMapping) else "name"
            name = getattr(part, field, None)
            if isinstance(name, str) and not self.unannounced(name):
                hidden = {target.id: held for target, held in captured}.get(name) or self.frame.temporary()
                if all(target.id != name for target, _ in captured):
                    captured.append((ast.copy_location(put(name), part), hidden))
                setattr(part, field, hidden)
        return pattern, captured

    # --- definitions

    def do_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
        decorators = [self.kept(decorator) for decorator in node.decorator_list]
        plain = not getattr(node, "type_params", [])
        arguments = self.arguments(node.args) if plain else node.args
        return [self.definition(node, self.announced(node, decorators), arguments, self.frame.class_name)]

    do_AsyncFunctionDef = do_FunctionDef

    def announced(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, decorators: list[ast.expr]
    ) -> list[ast.expr]:
        """The decorators, and one more if the name that is bound must be announced."""
        if self.unannounced(node.name):
            return decorators
        cell = self.is_cell(node.name)
        binder = hook("cd", self.cell(node.name)) if cell else hook("gd", ast.Constant(self.frame.mangled(node.name)))
        return [
            ast.copy_location(binder, node.decorator_list[0] if node.decorator_list else node),
            *decorators,
        ]

    def definition(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        decorators: list[ast.expr],
        arguments: ast.arguments,
        class_name: str | None,
    ) -> ast.stmt:
        """The function with its body transformed."""
        outer = getattr(self, "frame", None)
        self.frame = Frame(self.scopes.of[id(node)], class_name)
        documented = ast.get_docstring(node, clean=False) is not None
        entry = self.entry() + (_error(node.args) if node.name == "__exit__" else [])
        body = [*node.body[:documented], *entry, *self.block(node.body[documented:])]
        if outer is not None:
            self.frame = outer
        new: Any = copied(node)
        new.decorator_list, new.args, new.body = decorators, arguments, body
        located: ast.stmt = ast.copy_location(new, node)
        return located

    def entry(self) -> list[ast.stmt]:
        """What a function does first: get hold of its cells."""
        scope = self.frame.scope
        new: list[ast.stmt] = []
        for name in sorted(scope.walrus & scope.cells):
            new.append(ast.If(ast.Constant(False), [ast.Assign([put(name)], ast.Constant(None))], []))
        new += [ast.Assign([put(name)], value) for name, value in self.cell_bindings()]
        return [*new, *self.resumed()]

    def resumed(self) -> list[ast.stmt]:
        """What a generator does whenever it goes on."""
        scope = self.frame.scope
        generator = scope.yields or isinstance(scope.node, ast.GeneratorExp)
        return [ast.Expr(hook("y"))] if generator else []

    def do_ClassDef(self, node: ast.ClassDef) -> list[ast.stmt]:
        decorators = self.announced(node, [self.kept(decorator) for decorator in node.decorator_list])
        new: Any = copied(node)
        new.decorator_list = decorators
        if not getattr(node, "type_params", []):
            new.bases = self.elements(node.bases)
            new.keywords = [ast.copy_location(ast.keyword(k.arg, self.kept(k.value)), k) for k in node.keywords]
        new.body = Native(self, node.name).body(node.body)
        if all(self.evident(part) for part in node.body):
            return [new]
        why = f"{self.filename}:{node.lineno}: what the body of a class in a function does is not watched; "
        return [ast.Expr(hook("unseen", ast.Constant(why + "move the class to the module"))), new]

    def evident(self, node: ast.AST | None) -> bool:
        """Does this part of the body of a class touch nothing that others could touch?"""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            parts = (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults)
            return all(self.evident(part) or getattr(part, "attr", None) in _ACCESSORS for part in parts)
        if isinstance(node, ast.Name):
            return isinstance(node.ctx, ast.Store) or self.unannounced(node.id)
        known = (ast.Pass, ast.Constant, ast.Expr, ast.Assign, ast.AnnAssign, ast.Tuple, ast.expr_context)
        return node is None or (isinstance(node, known) and all(map(self.evident, ast.iter_child_nodes(node))))

    # --- comprehensions

    def comprehension(self, node: ast.expr) -> ast.expr:
        """The call of a nested function defined just before the statement; a lambda has no such place."""
        scope = self.scopes.of[id(node)]
        if not scope.hoistable:
            where = f"{self.filename}:{node.lineno}"
            why = f"{where}: what a comprehension here does is not watched; use a loop or a def"
            return ast.IfExp(hook("unseen", ast.Constant(why)), node, ast.Constant(None))
        generators = node.generators  # type: ignore[attr-defined]
        operands = [self.iterable(generators[0].iter), *(load(name) for name in scope.passed)]
        self.frame.definitions += 1
        name = f".g{self.frame.definitions}"
        define = self.nested(node, _KINDS[type(node)], generators)
        function = f"<{_label(node)}>"
        self.frame.before += [define, ast.copy_location(ast.Assign([put(name)], load(function)), node)]
        return ast.Call(load(name), operands, [])

    def nested(self, node: ast.expr, kind: str, generators: list[ast.comprehension]) -> ast.stmt:
        """The function that does what the comprehension did."""
        scope = self.scopes.of[id(node)]
        outer, self.frame = self.frame, Frame(self.scopes.of[id(node)], self.frame.class_name)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]  # type: ignore[attr-defined]
        leaf: ast.stmt
        leaf = ast.Expr(ast.Yield(parts[0])) if kind == "gen" else collect(kind, parts)
        for i, generator in reversed(list(enumerate(generators))):
            for test in reversed(generator.ifs):
                leaf = ast.copy_location(ast.If(test, [leaf], []), test)
            source = generator.iter if i else load(".0")
            leaf = ast.copy_location(ast.For(generator.target, source, [leaf], []), node)
        body: list[ast.stmt] = []
        for name in sorted(scope.nonlocals):
            is_global = name in outer.scope.globals
            body.append(ast.Global([name]) if is_global else ast.Nonlocal([name]))
        body += self.entry()
        if kind == "gen":
            body += self.statement(_located(leaf, node))
        else:
            empty = {"list": ast.List([], ast.Load()), "dict": ast.Dict([], [])}.get(kind, hook("empty_set"))
            body += [
                ast.Assign([put(".r")], empty),
                *self.statement(_located(leaf, node)),
                ast.Return(load(".r")),
            ]
        arguments = ast.arguments([], [ast.arg(name) for name in (".0", *scope.passed)], None, [], [], None, [])
        self.frame = outer
        function = ast.FunctionDef(f"<{_label(node)}>", arguments, body, [])
        if "type_params" in ast.FunctionDef._fields:
            function.type_params = []  # type: ignore[attr-defined]
        return ast.copy_location(function, node)


def _counted(loop: ast.While | ast.For | ast.AsyncFor) -> ast.stmt:
    """What a loop does first whenever it goes round, told at the line of the loop."""
    call = hook("loop")
    for part in ast.walk(call):
        ast.copy_location(part, loop)
    return ast.copy_location(ast.Expr(call), loop)


def _plain_type(node: ast.expr) -> bool:
    """Are the types of a handler given by names alone?"""
    return all(isinstance(part, (ast.Name, ast.Attribute, ast.Tuple, ast.expr_context)) for part in ast.walk(node))


def _error(node: ast.arguments) -> list[ast.stmt]:
    """The mirror of what `__exit__` is called with: the variable of the user's may be bound anew."""
    given = [*node.posonlyargs, *node.args]
    source = given[2] if len(given) > 2 else node.vararg
    return [] if source is None else [ast.Assign([put(ERROR)], load(source.arg))]


def _label(node: ast.expr) -> str:
    return "genexpr" if isinstance(node, ast.GeneratorExp) else f"{_KINDS[type(node)]}comp"


def _located(node: ast.stmt, at: ast.expr) -> ast.stmt:
    ast.copy_location(node, at)
    return ast.fix_missing_locations(node)
