"""The hooks: what transformed code calls just before it touches data that may be shared.

Transformed code reaches them through one global name. A hook looks at the operands, reports to the running
host and gives its *first* operand back, so the native operation follows on the very same objects; `frames`
relies on that. Outside of an execution they do nothing.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

from treadle.sandbox import calls, foreign, runtime
from treadle.sandbox.calls import ATOMS, C_ITERATORS, CONTAINERS, Touch, is_a
from treadle.sandbox.gathering import gathered, keyed, left_out
from treadle.sandbox.matching import matched
from treadle.sandbox.runtime import WHOLE
from treadle.sandbox.steps import RESUMING, Delegate, Each, Once, Within, report, running

CELL = ("cell",)
_DELEGATED: tuple[Any, ...] = (*calls.SEQUENCES, *calls.VIEWS, *C_ITERATORS)
_SCALARS = frozenset({int, str, float, bool, type(None), bytes, types.FunctionType, type})
_DEFINITIONS = frozenset({types.FunctionType, type})
_STABLE_KEYS = frozenset({int, bool})


def _place() -> str:
    """File and line of the transformed code that called the hook."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("treadle."):
        frame = frame.f_back
    return "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


# --- attributes


def attribute_read(obj: Any, name: str) -> Any:
    """`obj.name` is loaded next."""
    if runtime.watching is not None and type(obj) not in _SCALARS:
        if runtime.names is None or name in runtime.names:
            report(calls.attribute(obj, name, False))
        report(foreign.described(obj, name, False))
        if name == "__dict__":
            _exposed(obj)
    elif type(obj) in _DEFINITIONS and runtime.watching is not None:
        report(calls.attribute(obj, name, False))
    return obj


def attribute_write(obj: Any, name: str) -> Any:
    """`obj.name` is stored or deleted next."""
    host = runtime.watching
    if host is not None:
        report(calls.attribute(obj, name, True))
        report(foreign.described(obj, name, True))
        if is_a(obj, type) and (name not in vars(obj) or calls._fixed(vars(obj)[name])):
            host.hidden(f"{_place()} replaces or adds the class attribute {obj.__name__}.{name}")
        if type(obj) is types.ModuleType and name not in getattr(vars(obj).get(NAME), "shared", ()):
            host.hidden(f"{_place()} rebinds {obj.__name__}.{name} from outside")
    return obj


def _exposed(obj: Any) -> None:
    host = runtime.watching
    attributes = calls.instance_dict(obj)
    if host is not None and type(attributes) is dict and not is_a(obj, (type, types.ModuleType)):
        host.expose(attributes, obj)
        host.hidden(f"{_place()} uses the __dict__ of an object")


# --- elements and slices


def item_read(key: Any, container: Any) -> Any:
    """`container[key]` is loaded next."""
    if runtime.watching is not None and type(container) not in ATOMS:
        _item(container, key, False)
    return key


def item_write(key: Any, container: Any) -> Any:
    """`container[key]` is stored next."""
    if runtime.watching is not None and type(container) not in ATOMS:
        _item(container, key, True)
    return key


def _item(container: Any, key: Any, write: bool) -> None:
    if is_a(container, CONTAINERS):
        report(calls.item(container, key, write))
    else:
        _part(container, write)


def _part(container: Any, write: bool) -> None:
    """Some part of an object that is no container, or all of one, is read or written next."""
    kind = type(container)
    if kind in ATOMS or kind is tuple:
        return
    report(Touch(inner, WHOLE, write) for inner in calls.contents(container))
    if foreign.has_foreign_operators(kind):
        report(foreign.reachable((container,), write))


def item_delete(key: Any, container: Any) -> Any:
    """`container[key]` is deleted next."""
    return part_write(key, container)


def part_read(key: Any, container: Any) -> Any:
    """A slice of `container` is loaded next; `key` is its last bound to be evaluated."""
    if runtime.watching is not None:
        _part(container, False)
    return key


def part_write(key: Any, container: Any) -> Any:
    """A slice of `container` is stored or deleted next."""
    if runtime.watching is not None:
        _part(container, True)
    return key


def whole_read(container: Any) -> Any:
    """All of `container` is read next."""
    return part_read(container, container)


def whole_write(container: Any) -> Any:
    """All of `container` may be written next."""
    return part_write(container, container)


# --- calls


def call(last: Any, function: Any, *others: Any) -> Any:
    """`function` is called next with the operands `others` and then `last`."""
    if runtime.watching is not None and not _reports(function):
        _called(function, (*others, last))
    return last


def _doubt(reason: str) -> None:
    if runtime.watching is not None:
        runtime.watching.doubt(reason)


def call_nothing(function: Any) -> Any:
    """`function` is called next without operands."""
    if runtime.watching is not None and not _reports(function):
        _called(function, ())
    return function


def call_spread(last: Any, function: Any, spread: Any, *others: Any) -> Any:
    """As `call`, for a call with `*` or `**` operands.

    `spread` says of each operand what it is: "s" and "k" are expanded already, "l", the only one by position, is
    expanded by the call itself.
    """
    if runtime.watching is not None:
        every = (*others, last)
        operands: list[Any] = []
        for mark, operand in zip(spread, every, strict=True):
            if mark == "-":
                operands.append(operand)
                continue
            if mark == "l":
                report(calls.reads((operand,)) + calls.advanced((operand,)))
            if type(operand) in (list, tuple, set, frozenset):
                operands += operand
            elif type(operand) is dict:
                operands += operand.values() if mark == "k" else operand
            else:
                operands.append(operand)
        if not _reports(function):
            _called(function, tuple(operands))
    return last


def calling(function: Any, operands: tuple[Any, ...]) -> None:
    """Code of ours calls `function`, which it was given by the program, next."""
    if runtime.watching is not None and not _reports(function):
        _called(function, operands)


def _reports(function: Any) -> bool:
    """Does the function report itself what it touches?"""
    return type(function) is types.FunctionType and NAME in function.__globals__


def _called(function: Any, operands: tuple[Any, ...]) -> None:
    if type(function) is types.MethodType and type(function.__func__) is types.FunctionType:
        owner, method = function.__self__, function.__func__
        if is_a(owner, CONTAINERS) and NAME not in method.__globals__:
            report(calls.method(owner, method.__name__, operands).touches)
        elif foreign.is_foreign(method):
            report(foreign.touches(method, (owner, *operands)))
        return
    if type(function) is types.FunctionType:
        if foreign.is_foreign(function):
            report(foreign.touches(function, operands))
        return
    if (made := foreign.constructor(function)) is not None:
        report(foreign.touches(made, (function, *operands)))
    found = calls.effect(function, operands)
    report(found.touches)
    report(foreign.called_back(function, operands))
    if function is vars and operands:
        _exposed(operands[0])
    if is_a(function, type) and NAME in getattr(getattr(function, "__del__", None), "__globals__", ()):
        _doubt(f"{function.__qualname__} has __del__, and when it runs is not explored")
    if is_a(function, (type, *foreign.IN_C)) and function.__name__ in foreign.COMPARING:
        involved = (getattr(function, "__self__", None), *operands)
        told = {(id(touch.obj), touch.location) for touch in found.touches}
        report(touch for touch in calls.reads(involved, deep=True) if (id(touch.obj), touch.location) not in told)
        report(foreign.compared(involved))
        if left_out(function, operands):
            _doubt(f"{_place()}: what {function.__name__} asks of the items of an iterator is not explored")
    host = runtime.watching
    if host is not None:
        if found.hidden is not None:
            host.hidden(f"{_place()}: {found.hidden}")
        if found.random is not None:
            host.nondeterministic(f"{_place()}: {found.random}")
    if type(function) is types.BuiltinFunctionType and function.__name__ == "pop" and type(function.__self__) is set:
        _unordered(function.__self__)
    if calls.keeps_order(function, operands):
        for operand in operands:
            _unordered(operand)


# --- operators


def truth(obj: Any) -> Any:
    """`obj` is tested for truth next."""
    if runtime.watching is not None and type(obj) not in ATOMS:
        report(calls.reads((obj,)))
        report(foreign.compared((obj,)))
    return obj


def operate(right: Any, left: Any) -> Any:
    """A binary operator or a comparison is applied next."""
    if runtime.watching is not None and not (type(left) in _SCALARS and type(right) in _SCALARS):
        report(calls.reads((left, right), deep=True))
        report(foreign.compared((left, right)))
    return right


def operate_in_place(right: Any, left: Any) -> Any:
    """An in-place operator is applied next."""
    host = runtime.watching
    if host is not None and type(left) not in _SCALARS:
        report(calls.reads((right,), deep=True))
        report(foreign.compared((left, right)))
        _part(left, True)
    return right


def contains(container: Any, item: Any) -> Any:
    """`item in container` is evaluated next."""
    if runtime.watching is not None and type(container) not in _SCALARS:
        report(calls.reads((container, item), deep=True) + calls.advanced((container,)))
        report(foreign.compared((container, item)))
    return container


def unpack(obj: Any) -> Any:
    """`obj` is unpacked next."""
    if runtime.watching is not None and type(obj) is not tuple:
        report(calls.reads((obj,)) + calls.advanced((obj,)))
        _unordered(obj)
    return obj


def show(obj: Any) -> Any:
    """`obj` is formatted next."""
    if runtime.watching is not None and type(obj) not in _SCALARS:
        report(calls.reads((obj,), deep=True))
        report(foreign.compared((obj,)))
        _unordered(obj)
    return obj


def match(obj: Any) -> Any:
    """`obj` is matched against patterns next: what they read of it is not known in advance."""
    host = runtime.watching
    if host is not None and type(obj) not in ATOMS:
        touches = list(matched(obj))
        if any(host.interrupts(touch.obj, touch.location) for touch in touches):
            host.doubt(
                f"{_place()}: a match reads its subject in several steps, and another thread may change it; copy it"
            )
        report(touches)
    return obj


def match_again(guard: Any, obj: Any) -> Any:
    """The guard of a `case` has been evaluated: the next patterns may read the subject again."""
    match(obj)
    return guard


def true(_: object) -> bool:
    """Its operand was evaluated for its effect."""
    return True


def caught() -> BaseException | None:
    """The exception that is being handled."""
    return sys.exc_info()[1]


def joined(*parts: str) -> str:
    """An f-string of several parts that were each formatted."""
    return "".join(parts)


# --- iteration


def iterable(obj: Any) -> Any:
    """`iter(obj)` is called next."""
    if runtime.watching is not None and type(obj) not in _SCALARS:
        report(calls.reads((obj,)))
        _unordered(obj)
    return obj


def iterator(native: Any, source: Any) -> Any:
    """What a loop over `source` uses instead of `native = iter(source)`, so that each step is reported."""
    if runtime.current is not None:
        if type(native) in C_ITERATORS or calls.is_opaque(type(native)):
            return Each(native, native is not source)
        if type(native) is types.GeneratorType and _watched(native):
            return Each(native, False)
    return native if type(native) in C_ITERATORS or is_a(native, calls.GENERATORS) else Once(native)


def _watched(generator: types.GeneratorType[Any, Any, Any]) -> bool:
    """Must each step of the generator be announced before it is made?

    As long as nobody shares it, it is enough that it says itself that it goes on, if it is transformed.
    """
    host = runtime.current
    if host is None:
        return False
    if host.interrupts(generator, WHOLE) or generator.gi_frame is None or NAME not in generator.gi_frame.f_globals:
        return True
    report(calls.advanced((generator,)))
    return False


def resumed(value: Any = None) -> Any:
    """A generator goes on: while it runs, whoever else advances it gets an exception."""
    host = runtime.watching
    if host is not None:
        frame = sys._getframe(1)
        generator = running.get(id(frame))
        if generator is not None and generator.gi_frame is frame:
            host.access(generator, WHOLE, True)
    return value


def delegate(obj: Any) -> Any:
    """What `yield from` delegates to: coroutines and iterables of the user's are left alone."""
    if type(obj) is types.GeneratorType:
        return Delegate(obj, False) if _watched(obj) else obj
    if runtime.current is None or not is_a(obj, _DELEGATED):
        return obj
    native = iter(iterable(obj))
    return Each(native, native is not obj)


def _unordered(obj: Any) -> None:
    host = runtime.watching
    if host is None or not is_a(obj, (set, frozenset)):
        return
    kind: Any = set if is_a(obj, set) else frozenset
    if kind.__len__(obj) <= 1:
        return
    if not all(type(key) in _STABLE_KEYS for key in kind.__iter__(obj)):
        host.nondeterministic(f"{_place()} iterates over a set, whose order differs between processes; sort it")
    elif not host.alone:
        host.nondeterministic(f"{_place()} iterates over a set, whose order depends on its history; sort it")


def loop() -> None:
    """A loop in a function goes round once more: no scheduling point, but it counts, so that a step ends some time."""
    host = runtime.current
    if host is not None:
        host.loop()


# --- names


def cell_of(function: types.FunctionType) -> Any:
    """The cell that a closure over exactly one variable captured."""
    assert function.__closure__ is not None
    return function.__closure__[0]


def cell_read(cell: Any) -> bool:
    """The variable in `cell` is loaded next."""
    host = runtime.watching
    if host is not None:
        host.access(cell, CELL, False)
    return True


def cell_write(value: Any, cell: Any) -> Any:
    """`value` is stored in `cell` next."""
    host = runtime.watching
    if host is not None:
        host.access(cell, CELL, True)
    return value


def global_read(name: str) -> bool:
    """The global variable `name`, which some function of the module rebinds, is loaded next."""
    host = runtime.watching
    if host is not None:
        host.access(sys._getframe(1).f_globals, ("[", name), False)
    return True


def global_write(value: Any, name: str) -> Any:
    """`value` is stored in the global variable `name` next."""
    host = runtime.watching
    if host is not None:
        host.access(sys._getframe(1).f_globals, ("[", name), True)
    return value


def cell_binder(cell: Any) -> Callable[[Any], Any]:
    """The last decorator of a definition whose name is in `cell`."""
    return lambda definition: cell_write(definition, cell)


def global_binder(name: str) -> Callable[[Any], Any]:
    """The last decorator of a definition whose name is a global variable."""
    namespace = sys._getframe(1).f_globals

    def bind(definition: Any) -> Any:
        host = runtime.watching
        if host is not None:
            host.access(namespace, ("[", name), True)
        return definition

    return bind


def without_mirrors(names: Any) -> Any:
    """The result of `locals()`, `vars()` or `dir()` without the names that the transform added."""
    if type(names) is dict:  # a copy, as in Python 3.13: before, the interpreter would fill it again
        return {name: value for name, value in names.items() if type(name) is not str or not is_hidden(name)}
    if type(names) is list:
        return [name for name in names if type(name) is not str or not is_hidden(name)]
    return names


def is_hidden(name: str) -> bool:
    """Did the transform add the local variable `name`?"""
    return name.startswith((".", "<")) and name != ".0"


def unseen(what: str) -> bool:
    """A construct is evaluated next whose accesses are not reported."""
    host = runtime.watching
    if host is not None and not host.alone:
        host.hidden(what)
        host.nondeterministic(what)
    return True


NAME = "__treadle__"

IDENTITY: dict[str, Any] = {
    "r": attribute_read, "w": attribute_write, "ri": item_read, "wi": item_write, "di": item_delete,
    "rp": part_read, "wp": part_write, "rw": whole_read, "ww": whole_write,
    "call": call, "call0": call_nothing, "calls": call_spread,
    "b": truth, "op": operate, "iop": operate_in_place, "has": contains, "u": unpack, "f": show,
    "m": match, "again": match_again, "ir": iterable, "cs": cell_write, "gs": global_write,
    "y": resumed,
}  # fmt: skip
"""Hooks that return their first operand, under the short names that transformed code uses."""

ANNOUNCING: dict[types.CodeType, Callable[..., Any]] = {
    **{hook.__code__: hook for hook in IDENTITY.values() if hook not in (cell_write, global_write, resumed)},
    **dict.fromkeys(RESUMING, lambda steps, *_: steps.announce()),
}
"""How the accesses of an instruction are announced once more, by the code of the frame in which they are; what touches
one place only is not among them."""

OTHERS = {
    "iter": iter, "it": iterator, "all": gathered, "key": keyed, "yf": delegate, "join": joined, "true": true,
    "caught": caught, "empty_set": set, "loop": loop, "cell": cell_of, "c": cell_read,
    "g": global_read, "cd": cell_binder, "gd": global_binder,
    "locals": without_mirrors, "unseen": unseen, "BaseException": BaseException,
}  # fmt: skip


def namespace(shared: Iterable[str] = ()) -> types.SimpleNamespace:
    """The object that the loader puts into a module's globals under `NAME`, before it runs the module.

    `shared` are the global variables that functions of the module rebind (`transform.shared_globals`).
    """
    return types.SimpleNamespace(**IDENTITY, **OTHERS, shared=frozenset(shared))


def unreported() -> types.SimpleNamespace:
    """The same for code that stands in for code in C: only how it compares items, and asks for their truth, is
    reported; what else it touches is its own."""
    first = dict.fromkeys(IDENTITY.keys() - {"b", "op"}, lambda first, *_: first)
    others = {**OTHERS, "it": lambda native, _: Within(native, False) if type(native) in C_ITERATORS else native}
    return types.SimpleNamespace(**first, b=truth, op=operate, **others, shared=frozenset())
