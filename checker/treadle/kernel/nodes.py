"""What states are made of: nodes, graphs of nodes, and the canonical forms of graphs.

A node is a mutable object: its shape (all of it but the identity of what it refers to) and what it refers to.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Refs = tuple[int, ...]
Node = tuple[int, Refs]
"""An interned shape, and the nodes that fill its holes."""

Local = tuple[Node, ...]
"""A thread's local state: what its frames hold, then its private nodes. References to shared nodes are their numbers;
a reference to the private node at place k is -k."""

T = TypeVar("T", bound=Hashable)


class Interner(Generic[T]):
    """Gives equal values the same small number, in order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}
        self.values: list[T] = []

    def __call__(self, value: T) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number

    def __getitem__(self, number: int) -> T:
        return self.values[number]

    def __len__(self) -> int:
        return len(self.values)


@dataclass
class Graph:
    """Nodes, the world that roots them, and the threads, each with the name that the caller knows it by."""

    nodes: list[Node]
    world: Node
    threads: list[tuple[int, Node]]


@dataclass(frozen=True)
class Canonical:
    """A canonical form: the shared part (the world first), the local parts sorted, and what was named how."""

    shared: tuple[Node, ...]
    locals: tuple[Local, ...]
    threads: tuple[int, ...]
    """The caller's name of the thread at each place of `locals`."""
    numbers: dict[int, int]
    """The number of each shared node, by its index in the graph."""
    told: int
    """So many of the shared nodes the world tells apart."""
