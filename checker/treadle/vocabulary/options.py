"""What a check may be told: which program, the bounds of the search, and the meaning of the primitives."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Program:
    """A function of a file, and the arguments that make a closed program of it (none, as a rule).

    >>> str(Program("buffer", (2, "fifo"))), Program.parse("buffer(2, 'fifo')")
    ("buffer(2, 'fifo')", Program(name='buffer', arguments=(2, 'fifo')))
    """

    name: str
    arguments: tuple[object, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})" if self.arguments else self.name

    @classmethod
    def parse(cls, text: str) -> Program:
        """The program that the text names. Raises ValueError for arguments that are no plain values."""
        name, bracket, rest = text.partition("(")
        if not bracket:
            return cls(name)
        try:
            return cls(name, tuple(ast.literal_eval(f"({rest.removesuffix(')')},)")))
        except (SyntaxError, ValueError):
            raise ValueError(f"{text!r}: the arguments of a program are plain values, as in {name}(2, 1)") from None


@dataclass(frozen=True)
class Options:
    """The options of one check, with their defaults.

    A bound that is hit makes the verdict `unknown`. `wake_order` is "fifo" (as CPython does it) or "any" (what its
    documentation promises); `alone_first` does without a choice what nobody else could notice; `spurious` adds wakeups
    without a notify; `primitives` is "virtual" (conditions as one indivisible step) or "stdlib" (CPython's own source
    of Condition over virtual locks). `include` names further modules or packages to be put under check. `go_on`
    continues after a violation and counts every one. `audit` is the share, from 0 to 1, of looked-up transitions that
    are executed for real and compared; `certificate` is the file in which it is written what was explored.
    """

    strategy: str = "states"
    max_states: int = 1_000_000
    max_seconds: float = 3600.0
    max_executions: int = 1_000_000
    max_accesses: int = 100_000
    symmetry: bool = True
    table: bool = True
    vectorised: bool = True
    alone_first: bool = True
    wake_order: str = "fifo"
    spurious: bool = False
    primitives: str = "virtual"
    include: tuple[str, ...] = ()
    races: bool = False
    go_on: bool = False
    audit: float = 0.0
    certificate: str = ""

    def __post_init__(self) -> None:
        for name in ("max_states", "max_seconds", "max_executions", "max_accesses"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
                raise ValueError(f"{name} must be a positive number, not {value!r}")
        if not isinstance(self.audit, (int, float)) or isinstance(self.audit, bool) or not 0 <= self.audit <= 1:
            raise ValueError(f"audit must be a number from 0 to 1, not {self.audit!r}")
        for name, known in (
            ("strategy", ("states",)),
            ("wake_order", ("fifo", "any")),
            ("primitives", ("virtual", "stdlib")),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")

    def changed(self) -> dict[str, object]:
        """Those options that differ from their defaults, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
