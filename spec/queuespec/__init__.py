"""What is true of a bounded blocking queue: sequential specification, concurrent model, invariants.

Pure Python on immutable values; imports only the standard library.
"""

from __future__ import annotations

from queuespec.sequential import Bag, BoundedFifo, Lifo, Outcome, Priority, Simple, State

__all__ = ["Bag", "BoundedFifo", "Lifo", "Outcome", "Priority", "Simple", "State"]
