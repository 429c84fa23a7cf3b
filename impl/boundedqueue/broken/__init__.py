"""Bounded queues with one deliberate fault each: each rule of the monitor has a variant that dies without it.

One fault a file, named by the fault; its first paragraph says which rule is missing and what goes wrong, and
a comment `FAULT` marks the place. Each is the plain monitor (`boundedqueue.monitor`) but for that place, cut
down to what the fault needs, and has the constructor `(capacity)`, `put(item)` and `get()`. Never use them
for anything else.
"""

from __future__ import annotations

from boundedqueue.broken.check_and_wait_not_atomic import CheckAndWaitNotAtomicQueue
from boundedqueue.broken.if_instead_of_while import IfInsteadOfWhileInGetQueue, IfInsteadOfWhileInPutQueue
from boundedqueue.broken.item_taken_before_check import ItemTakenBeforeCheckQueue
from boundedqueue.broken.notify_before_change_without_lock import NotifyBeforeChangeQueue
from boundedqueue.broken.notify_forgotten import GetForgetsNotifyQueue, PutForgetsNotifyQueue
from boundedqueue.broken.notify_only_on_empty_to_nonempty import EdgeNotifyQueue
from boundedqueue.broken.one_condition import OneConditionQueue
from boundedqueue.broken.shutdown_forgets_getters import ShutdownForgetsGettersQueue
from boundedqueue.broken.size_read_outside_lock import SizeReadOutsideLockQueue
from boundedqueue.broken.task_done_lost_update import TaskDoneLostUpdateQueue
from boundedqueue.broken.timed_out_waiter_leaves_without_recheck import TimedOutWaiterLeavesQueue
from boundedqueue.broken.wrong_condition_notified import WrongConditionNotifiedQueue

__all__ = [
    "CheckAndWaitNotAtomicQueue",
    "EdgeNotifyQueue",
    "GetForgetsNotifyQueue",
    "IfInsteadOfWhileInGetQueue",
    "IfInsteadOfWhileInPutQueue",
    "ItemTakenBeforeCheckQueue",
    "NotifyBeforeChangeQueue",
    "OneConditionQueue",
    "PutForgetsNotifyQueue",
    "ShutdownForgetsGettersQueue",
    "SizeReadOutsideLockQueue",
    "TaskDoneLostUpdateQueue",
    "TimedOutWaiterLeavesQueue",
    "WrongConditionNotifiedQueue",
]
