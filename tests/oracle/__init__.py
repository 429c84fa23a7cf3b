"""The oracle: every schedule of a small threaded program, explored naively, to check the checker with.

It shares no code and no instrumentation with the checker. A program is the text of a module that imports
`threading` and defines `program()`, which sets up the shared state and starts threads, and `observe()`, which
returns a plain value that describes the shared state when an execution has ended.
"""

from __future__ import annotations

from oracle.explore import explore
from oracle.outcome import OracleResult, Outcome, Refused

__all__ = ["OracleResult", "Outcome", "Refused", "explore"]
