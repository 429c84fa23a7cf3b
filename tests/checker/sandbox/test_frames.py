"""The state of a suspended frame holds every value that its evaluation stack holds, or says that it cannot know."""

from __future__ import annotations

import gc
import random
import sys
import types
from collections import Counter
from typing import Any

import pytest

from support.suspended import load, states, suspensions
from treadle.sandbox import expressions, frames, hooks, stackmap, transform

PRELUDE = """
class N:
    def __init__(self, n):
        self.n = n
        self.items = [n]
    def get(self):
        return N(self.n)
    def __add__(self, other):
        return N(self.n + other.n)
    def __eq__(self, other):
        return self.n == other.n
    __hash__ = None
    def __bool__(self):
        return self.n % 2 == 0
    def __format__(self, spec):
        return str(self.n)
    def __getitem__(self, key):
        return N(self.n + 1)
    @property
    def prop(self):
        return N(self.n)
    def __enter__(self):
        return N(self.n)
    def __exit__(self, *exc):
        self.n
        return False
def f(x, y=None):
    return N(x.n)
def each(x):
    yield N(x.n)
    yield x
"""


# --- random programs


def expression(choose: random.Random, depth: int) -> str:
    """The source of an expression whose value is an N."""
    if depth <= 0:
        return choose.choice(["a", "b", "c"])
    one, two, three = (lambda: expression(choose, depth - 1) for _ in range(3))
    return choose.choice(
        [
            lambda: f"f({one()}, {two()})",
            lambda: f"f({one()}, y={two()})",
            lambda: f"f(*({one()},), **{{'y': {two()}}})",
            lambda: f"({one()} + {two()})",
            lambda: f"{one()}.get()",
            lambda: f"{one()}.prop",
            lambda: f"{one()}[{two()}]",
            lambda: f"({one()} or {two()})",
            lambda: f"({one()} if {two()} else {three()})",
            lambda: f"[{one()}, {two()}, {three()}][1]",
            lambda: f"{{1: {one()}, 2: {two()}}}[2]",
            lambda: f"({one()}, {two()} == {three()})[0]",
            lambda: formatted(one(), two()),
            lambda: f"(lambda k, m={one()}: k + m)({two()})",
            lambda: f"[f(k, {one()}) for k in [{two()}, a]][0]",
            lambda: f"next(each({one()}))",
            lambda: f"(c := {one()})",
        ]
    )()


def formatted(one: str, two: str) -> str:
    if "'" in one + two:  # before Python 3.12 the same quotes cannot be nested
        return f"f({one}, {two})"
    return f"N(len(f'{{({one})}}-{{({two})}}'))"


def statement(choose: random.Random, depth: int, indent: str) -> str:
    value = expression(choose, 2)
    target = choose.choice(["a", "b", "c"])
    if depth <= 0:
        return choose.choice(
            [
                f"{indent}{target} = {value}\n",
                f"{indent}{target}.n = {value}.n\n",
                f"{indent}a.items[0] = {value}.n\n",
                f"{indent}{target}, b.n = {value}, 1\n",
                f"{indent}{target} += {value}\n",
                f"{indent}a.n += {value}.n\n",
            ]
        )
    body = statement(choose, depth - 1, indent + "    ")
    return choose.choice(
        [
            f"{indent}for {target} in each({value}):\n{body}",
            f"{indent}for {target} in [{value}, a]:\n{body}",
            f"{indent}with {value} as {target}:\n{body}",
            f"{indent}if {value}:\n{body}",
            f"{indent}try:\n{body}{indent}    raise KeyError\n{indent}except KeyError as e:\n{body}",
            f"{indent}try:\n{body}{indent}finally:\n{body}",
            f"{indent}try:\n{indent}  try:\n{body}{indent}    raise KeyError\n{indent}  finally:\n{body}"
            f"{indent}except KeyError:\n{body}",
            f"{indent}try:\n{indent}  with {value} as {target}:\n{body}{indent}    raise KeyError\n"
            f"{indent}except KeyError:\n{body}",
            f"{indent}for {target} in [a, b]:\n{indent}  try:\n{body}{indent}    break\n{indent}  finally:\n{body}",
            f"{indent}yield from each({value})\n",
        ]
    )


def program(seed: int) -> str:
    choose = random.Random(seed)
    body = "".join(statement(choose, choose.randrange(3), "    ") for _ in range(2))
    return f"{PRELUDE}\ndef subject(a, b, c):\n{body}    yield a\ndef main():\n    next(subject(N(1), N(2), N(3)))\n"


def on_stack(generator: Any, frame: types.FrameType) -> list[object] | None:
    """What the running generator's stack refers to: all that its frame refers to, its variables taken away."""
    every: Counter[int] = Counter()
    objects = {}
    for obj in gc.get_referents(generator):
        every[id(obj)] += 1
        objects[id(obj)] = obj
    code = frame.f_code
    known = [value for name, value in dict(frame.f_locals).items() if name not in code.co_cellvars + code.co_freevars]
    if any(every[id(value)] == 0 for value in known):
        return None
    every.subtract(id(value) for value in known)
    return [objects[key] for key, count in every.items() if count > 0]


_HOOKS = {id(value) for value in vars(hooks.namespace()).values()}


def missing(state: frames.FrameState, generator: Any, frame: types.FrameType, space: object) -> list[object] | None:
    """Values on the stack that the state does not have."""
    stack = on_stack(generator, frame)
    if stack is None:
        return None
    reported = {id(value) for _, value in state.values}
    reported |= {id(value.iterator) for _, value in state.values if isinstance(value, (hooks.Each, hooks.Once))}
    evident = (
        types.CodeType,
        types.FrameType,
        types.CellType,
        types.FunctionType,
        types.ModuleType,
        str,
        int,
        dict,
    )
    lost = []
    for obj in stack:
        if isinstance(obj, types.MethodType) and id(obj.__self__) in reported:
            continue  # the bound __exit__ of a manager that is reported
        if isinstance(obj, hooks.Each) and id(obj.iterator) in reported:
            continue
        if id(obj) in reported or id(obj) in _HOOKS or obj is space or isinstance(obj, evident) or obj is None:
            continue
        lost.append(obj)
    return lost


def judge(seed: int) -> tuple[int, int, list[object]]:
    """Known states, opaque ones, and values that were lost."""
    made = load(program(seed))
    space = made.__dict__[transform.NAME]
    known = opaque = 0
    lost: list[object] = []
    holder: list[Any] = []
    subject = made.subject

    def main() -> None:
        holder.append(subject(made.N(1), made.N(2), made.N(3)))
        for _ in holder[0]:
            pass

    for stack in suspensions(main):
        for i, frame in enumerate(stack):
            if frame.f_code is not subject.__code__:
                continue
            state = frames.local_state(frame, stack[i - 1])
            if isinstance(state, frames.Opaque):
                opaque += 1
                continue
            found = missing(state, holder[0], frame, space) if holder else None
            if found is not None:
                known += 1
                lost += found
    return known, opaque, lost


SEEDS = range(60)
SEES_STACKS = sys.version_info < (3, 14)


@pytest.mark.skipif(not SEES_STACKS, reason="from 3.14 on a generator does not show what is on its stack")
def test_no_value_on_the_stack_is_lost_in_random_programs() -> None:
    total = unknown = 0
    for seed in SEEDS:
        known, opaque, lost = judge(seed)
        assert not lost, (seed, lost, program(seed))
        total += known
        unknown += opaque
    assert total > 1000
    assert unknown < total / 3


@pytest.mark.skipif(not SEES_STACKS, reason="from 3.14 on a generator does not show what is on its stack")
def test_a_stack_map_that_does_not_forget_overwritten_variables_is_found_out(monkeypatch: Any) -> None:
    monkeypatch.setattr(stackmap, "_maps", {})
    monkeypatch.setattr(stackmap, "_forget", lambda slot, name: slot)
    assert any(judge(seed)[2] for seed in SEEDS)


def test_without_mirrors_the_state_is_mostly_unknown(monkeypatch: Any) -> None:
    source = "def f(x, y): return x\ndef main(o):\n    return f(o.a, f(o.b, o.c))\n"

    class Box:
        a = b = c = 1

    def opaque(made: types.ModuleType) -> int:
        return sum(isinstance(state, frames.Opaque) for state in states(lambda: made.main(Box()), "main"))

    assert opaque(load(source)) == 0
    import ast

    monkeypatch.setattr(expressions.Expressions, "pin", lambda self, new: (new, ast.Constant(None)))
    assert opaque(load(source + "# without mirrors\n")) > 0


# --- what a state holds


def values_of(state: frames.FrameState | frames.Opaque) -> dict[str, object]:
    assert isinstance(state, frames.FrameState), state
    return dict(state.values)


def test_dead_variables_do_not_belong_to_the_state() -> None:
    made = load("def main(o):\n    dead = 5\n    live = 7\n    o.x = dead\n    o.y = live\n")
    first, second = states(lambda: made.main(types.SimpleNamespace()), "main")
    assert {"dead", "live"} <= set(values_of(first))  # `dead` still waits on the stack to be stored
    assert {"dead", "live"} & set(values_of(second)) == {"live"}


def test_the_position_of_a_list_iterator_is_in_the_state() -> None:
    made = load("def main(xs, o):\n    for x in xs:\n        o.x = x\n")
    found = [values_of(state) for state in states(lambda: made.main([1, 2], types.SimpleNamespace()), "main")]
    assert all(any(type(value) is type(iter([])) for value in state.values()) for state in found[1:])


def test_a_cell_is_reported_as_itself() -> None:
    made = load(
        "def main(o):\n    n = 0\n    def inner():\n        nonlocal n\n        n = o.x\n    inner()\n    return n\n"
    )
    box = types.SimpleNamespace(x=1)
    outer = values_of(states(lambda: made.main(box), "main")[-1])[".c:n"]
    inner = values_of(states(lambda: made.main(box), "inner")[-1])[".c:n"]
    assert isinstance(outer, types.CellType)
    assert isinstance(inner, types.CellType)


@pytest.mark.parametrize(
    "body",
    [
        "sorted([o, o], key=touch)",
        "sum(touch(x) for x in (o,))",
        "list(map(touch, [o]))",
        "max([o], key=touch)",
        "[x for x in filter(touch, [o])]",
        "[x for x in zip([o], (touch(x) for x in [o]))]",
    ],
)
def test_c_code_with_a_state_of_its_own_makes_the_frame_opaque(body: str) -> None:
    made = load(f"def touch(x):\n    return x.n\ndef main(o):\n    return {body}\n")
    box = types.SimpleNamespace(n=1)
    inside = []
    for stack in suspensions(lambda: made.main(box)):
        names = [frame.f_code.co_name for frame in stack]
        if "touch" in names:
            at = next(i for i, name in enumerate(names) if name in ("main", "<listcomp>"))
            inside.append(frames.local_state(stack[at], stack[at - 1]))
    assert inside
    assert all(isinstance(state, frames.Opaque) for state in inside)


def test_code_that_is_not_transformed_is_opaque() -> None:
    frame = sys._getframe()
    state = frames.local_state(frame, None)
    assert isinstance(state, frames.Opaque)
    assert "not transformed" in state.reason


def test_a_new_object_belongs_to_the_state_while_its_init_runs() -> None:
    made = load("class C:\n    def __init__(self, o):\n        self = o.n\ndef main(o):\n    return C(o)\n")
    (state,) = states(lambda: made.main(types.SimpleNamespace(n=1)), "main")
    assert isinstance(state, frames.Opaque)  # `self` is overwritten: the new object is known to C code alone
    made = load("class C:\n    def __init__(self, o):\n        self.n = o.n\ndef main(o):\n    return C(o)\n")
    for state in states(lambda: made.main(types.SimpleNamespace(n=1)), "main"):
        assert type(values_of(state)["made"]) is made.C


def test_a_generator_that_waits_in_a_variable_has_a_state() -> None:
    made = load("def gen(xs):\n    for x in xs:\n        yield x\n")
    generator = made.gen([1, 2])
    unstarted = frames.generator_state(generator)
    assert isinstance(unstarted, frames.FrameState)
    assert dict(unstarted.values) == {"xs": [1, 2]}
    next(generator)
    started = values_of(frames.generator_state(generator))  # type: ignore[arg-type]
    assert [type(value).__name__ for value in started.values()] == ["list_iterator"]
    assert list(generator) == [2]
    assert frames.generator_state(generator) is None


def test_the_exception_being_handled_belongs_to_the_state() -> None:
    source = "def main(o):\n    try:\n        raise KeyError(1)\n    except KeyError:\n        o.n = 1\n        raise\n"
    made = load(source)

    def run() -> None:
        with pytest.raises(KeyError):
            made.main(types.SimpleNamespace())

    (state,) = states(run, "main")
    assert any(isinstance(value, KeyError) for value in values_of(state).values())


def test_two_executions_suspended_at_the_same_place_have_states_of_the_same_shape() -> None:
    made = load(program(3))
    shapes = []
    for _ in range(2):
        run = [s for s in states(made.main, "subject") if isinstance(s, frames.FrameState)]
        shapes.append([(state.lasti, tuple(name for name, _ in state.values)) for state in run])
    assert shapes[0] == shapes[1]
