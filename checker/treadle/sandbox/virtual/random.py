"""The `random` module of the sandbox: a generator of its own, which is nondeterministic until it is
seeded."""

from __future__ import annotations

import random as real
from collections.abc import Callable
from types import ModuleType
from typing import Any

from treadle.sandbox import guards, runtime
from treadle.sandbox.runtime import WHOLE
from treadle.sandbox.virtual import Workshop

DRAWS = """
    betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits lognormvariate
    normalvariate paretovariate randbytes randint random randrange sample shuffle triangular uniform
    vonmisesvariate weibullvariate getstate
"""


class Random(real.Random):
    """`random.Random`; without a seed it differs from one execution to the next."""

    def __init__(self, x: Any = None) -> None:
        if x is None:
            guards.nondeterministic("random.Random() without a seed", "pass a seed")
        super().__init__(0 if x is None else x)

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Start the generator at the place that `a` names."""
        if a is None:
            guards.nondeterministic("random.seed() without a seed", "pass a seed")
        _changes(self)
        super().seed(0 if a is None else a, version)

    def random(self) -> float:
        """A number from 0 to 1; the generator's state is in no snapshot."""
        _changes(self)
        return super().random()

    def getrandbits(self, k: int, /) -> int:
        """A number of `k` bits."""
        _changes(self)
        return super().getrandbits(k)

    def setstate(self, state: Any) -> None:
        """Go on where another generator was."""
        _changes(self)
        super().setstate(state)


def _changes(generator: Random) -> None:
    guards.hidden("a random generator")
    if runtime.current is not None:
        runtime.current.access(generator, WHOLE, True)


class SystemRandom(Random):
    """`random.SystemRandom`, answered by a generator that replays."""

    def __init__(self, x: Any = None) -> None:
        guards.nondeterministic("random.SystemRandom", "use random.Random(seed)")
        super().__init__(0)


def build(workshop: Workshop) -> ModuleType:
    """Make the module object."""
    module = ModuleType("random", real.__doc__)
    module.__dict__.update({name: getattr(real, name) for name in dir(real) if not name.startswith("_")})
    generator, seeded = Random(0), False

    def drawing(name: str) -> Callable[..., Any]:
        method = getattr(generator, name)

        def draw(*arguments: Any, **named: Any) -> Any:
            if not seeded:
                guards.nondeterministic(f"random.{name} without a seed", "call random.seed(...) in the program first")
            return method(*arguments, **named)

        draw.__name__ = name
        return draw

    def seed(a: Any = None, version: int = 2) -> None:
        nonlocal seeded
        seeded = a is not None
        generator.seed(0 if a is None else a, version)

    def setstate(state: Any) -> None:
        nonlocal seeded
        seeded = True
        generator.setstate(state)

    module.__dict__.update({name: drawing(name) for name in DRAWS.split() if hasattr(generator, name)})
    module.__dict__.update(seed=seed, setstate=setstate, Random=Random, SystemRandom=SystemRandom)
    return module
