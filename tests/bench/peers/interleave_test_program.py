"""Ask interleave-test: every schedule with at most one preemption, between any two lines of the buffer's code.

    python interleave_test_program.py CONDITIONS P C N K

Prints one JSON object. Its depth-first search has no setting without a bound on preemptions, so a pass is a pass within
the bound.
"""

from __future__ import annotations

import json
import sys
import threading

import interleave_test
from buffer import made, targets

PREEMPTIONS = 1
NOTE = "at most one preemption"


def main(conditions: int, producers: int, consumers: int, items: int, capacity: int) -> None:
    """Explore, and print what came of it."""

    def model() -> None:
        buffer = made(conditions, capacity, threading.Lock(), threading.Condition)
        threads = [threading.Thread(target=each, args=(buffer,)) for each in targets(producers, consumers, items)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    result = interleave_test.explore(
        model,
        iterations=10**9,
        seed=1,
        strategy="dfs",
        granularity="line",
        max_preemptions=PREEMPTIONS,
        timeout=3600,
        raise_on_failure=False,
    )
    verdict = "holds" if result.exhausted else "unknown"
    if result.failure is not None:
        verdict = "deadlock" if result.failure.kind == "deadlock" else f"failed: {result.failure.kind}"
    print(json.dumps({"verdict": verdict, "schedules": result.schedules_run, "note": NOTE}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
