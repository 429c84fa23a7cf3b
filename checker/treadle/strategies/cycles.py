"""Is there a cycle among many edges? For graphs too large to be walked edge by edge."""

from __future__ import annotations

from typing import Any


def has_cycle(np: Any, sources: Any, targets: Any) -> bool:
    """Do some edges, given by two arrays of numbers of vertices, make a cycle?

    Vertices to which no edge leads are taken away, with their edges, until none is left (Kahn 1962): what then
    remains has a cycle.

    >>> import numpy
    >>> has_cycle(numpy, numpy.array([0, 1]), numpy.array([1, 2]))
    False
    >>> has_cycle(numpy, numpy.array([0, 1, 2]), numpy.array([1, 2, 1]))
    True
    """
    if (sources < targets).all():
        return False
    vertices, renamed = np.unique(np.concatenate([sources, targets]), return_inverse=True)
    sources, targets = renamed[: len(sources)], renamed[len(sources) :]
    order = np.argsort(sources, kind="stable")
    targets = targets[order]
    first = np.searchsorted(sources[order], np.arange(len(vertices) + 1))
    leading_to = np.bincount(targets, minlength=len(vertices))
    free = np.flatnonzero(leading_to == 0)
    left = len(vertices)
    while len(free):
        left -= len(free)
        count = first[free + 1] - first[free]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        met, times = np.unique(targets[np.repeat(first[free], count) + within], return_counts=True)
        leading_to[met] -= times
        free = met[leading_to[met] == 0]
    return left > 0
