"""The proofs that hold for every capacity and any number of threads, and the engines that make them.

``theorems()`` lists them; each can ``prove()`` itself. ``prove_all`` shares their parts out to two processes.
"""

from __future__ import annotations

from queueproof.unbounded.everything import missing_engines, prove_all, theorems
from queueproof.unbounded.theorem import EXHAUSTED, PROVED, REFUTED, Outcome, Theorem

__all__ = [
    "EXHAUSTED",
    "PROVED",
    "REFUTED",
    "Outcome",
    "Theorem",
    "missing_engines",
    "prove_all",
    "theorems",
]
