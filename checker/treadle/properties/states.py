"""What is wrong with a state as such: deadlock, lost wakeup, a lock left behind.

A *deadlock*: some non-daemon thread has not finished and nothing can happen. A *lost wakeup*: every thread that is
inside a call to the watched object waits for a signal that nobody is on the way to give, although the specification
enables one of those calls. (Who is outside of any call owes the object nothing, so nobody else can be relied upon.)
Only this judgement sees faults that leave a thread asleep while others still run. A *leak*: the program has ended and a
lock is still held by a thread that has finished. A *data race*: two threads are both about to touch one place, and at
least one of them writes.
"""

from __future__ import annotations

from itertools import combinations

from treadle.kernel.execution import Execution, Touch
from treadle.kernel.visible import overlap
from treadle.sandbox.primitives import Acquire, Wait
from treadle.vocabulary.operation import Status


def waits_for_signal(execution: Execution, index: int) -> bool:
    """Is the thread asleep until another one wakes it (as opposed to: next in line for a lock)?"""
    operation = execution.controls[index].pending
    if isinstance(operation, Wait):
        return not operation.waiter.notified
    return isinstance(operation, Acquire) and operation.mutex._owner is execution.controls[index].thread


def race(execution: Execution) -> tuple[int, int] | None:
    """The first two threads that are about to touch one place, one of them writing."""
    touching = [(i, c.pending) for i, c in enumerate(execution.controls) if c.live and isinstance(c.pending, Touch)]
    for (one, mine), (other, theirs) in combinations(touching, 2):
        assert isinstance(mine, Touch)
        assert isinstance(theirs, Touch)
        if mine.obj is theirs.obj and conflict(mine.fields(), theirs.fields()):
            return one, other
    return None


def conflict(mine: Status, theirs: Status) -> bool:
    """Do two accesses to one object, each by its location and whether it writes, touch one place, one writing?"""
    return bool(mine[1] or theirs[1]) and overlap(mine[0], theirs[0])


def lost_wakeup(execution: Execution) -> str:
    """The lost wakeup in the state in which the execution stands, in words; empty if there is none."""
    calling = [index for index, control in enumerate(execution.controls) if control.live and control.thread.calls]
    if not calling or not all(waits_for_signal(execution, index) for index in calling):
        return ""
    for monitor in execution.monitors:
        calls = [
            call for index in calling for call in execution.controls[index].thread.calls if call.monitor is monitor
        ]
        if calls and not monitor.must_wait(calls):
            asleep = ", ".join(str(call) for call in calls)
            return f"{asleep} sleeps although the specification enables it: the state is {monitor.state()}"
    return ""
