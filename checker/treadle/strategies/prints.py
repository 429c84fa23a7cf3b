"""Fingerprints of states in order, in a few arrays: a set of 64-bit numbers that costs eight bytes each.

They come in portions, each in order. Lest a few numbers be put in order with many again and again, an array is merged
with the one before when that is less than FEW times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.strategies.rows import Words

FEW = 8


class Prints:
    """A set of fingerprints."""

    def __init__(self, np: Any) -> None:
        self.np = np
        self._arrays: list[Words] = []

    def add(self, ordered: Words) -> None:
        """Add some that are in order, none of which is there."""
        arrays = self._arrays
        arrays.append(ordered)
        while len(arrays) > 1 and len(arrays[-2]) < FEW * len(arrays[-1]):
            merged = self.np.concatenate([arrays.pop(-2), arrays.pop()])
            merged.sort(kind="stable")  # which finds that these are two runs
            arrays.append(merged)

    def contain(self, values: Words) -> Any:
        """Which of the values are there? It is faster if they are in order."""
        found = self.np.zeros(len(values), dtype=bool)
        for array in self._arrays:
            rest = self.np.flatnonzero(~found)
            found[rest] = contained(self.np, values[rest], array)
        return found


def contained(np: Any, values: Words, ordered: Words) -> Any:
    """Which of the values are among those in order?"""
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    places = np.searchsorted(ordered, values)
    places[places == len(ordered)] = 0
    return ordered[places] == values
