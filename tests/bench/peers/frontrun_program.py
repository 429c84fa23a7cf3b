"""Ask frontrun: dynamic partial-order reduction, at most two preemptions, with its virtual clock.

    python frontrun_program.py CONDITIONS P C N K

Prints one JSON object. With its real clock, the default, it gives up on the first schedule in which a thread waits.
"""

from __future__ import annotations

import json
import sys
import threading

import frontrun
from buffer import Buffer, made, targets

PREEMPTIONS = 2  # its default; without a bound it passes the buffer that deadlocks, after 22 schedules
NOTE = "at most two preemptions"


def main(conditions: int, producers: int, consumers: int, items: int, capacity: int) -> None:
    """Explore, and print what came of it."""

    def setup() -> Buffer:
        return made(conditions, capacity, threading.Lock(), threading.Condition)

    result = frontrun.explore(
        setup=setup,
        workers=targets(producers, consumers, items),
        invariant=lambda buffer: not buffer.items,
        preemption_bound=PREEMPTIONS,
        clock="virtual",
        timeout_per_run=3600,
        detect_io=False,
        reproduce_on_failure=0,
    )
    told = f"{result.failure_kind} {result.explanation}"
    if result.property_holds:
        verdict, note = "holds", NOTE
    elif result.property_holds is None:
        verdict, note = "unknown", str(result.inconclusive_reason)[:100]
    else:
        verdict, note = ("deadlock", NOTE) if "deadlock" in told.lower() else ("failed", told[:100])
    print(json.dumps({"verdict": verdict, "schedules": result.num_explored, "note": note}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
