"""The faults: which class breaks a rule, the smallest program that shows it, and the reason that it is violated for."""

from __future__ import annotations

from dataclasses import dataclass

from treadle.vocabulary.verdict import Reason


@dataclass(frozen=True)
class Fault:
    """A class with one fault, the smallest program that shows it, and the reason that it is violated for."""

    name: str
    kind: str
    program: str
    reason: Reason
    what: str


FAULTS = (
    Fault(
        "naive",
        "naive.NaiveQueue",
        "hand_over(1, 2, 2, 1)",
        Reason.EXCEPTION,
        "an unsynchronised list, polled, hands one item to two",
    ),
    Fault(
        "one-condition",
        "broken.one_condition.OneConditionQueue",
        "hand_over(1, 2, 2, 1)",
        Reason.LOST_WAKEUP,
        "one shared condition with notify-one wakes the wrong side",
    ),
    Fault(
        "if-in-get",
        "broken.if_instead_of_while.IfInsteadOfWhileInGetQueue",
        "hand_over(1, 2, 2, 1)",
        Reason.EXCEPTION,
        "`if` for `while` in get: a stolen wakeup pops from an empty buffer",
    ),
    Fault(
        "if-in-put",
        "broken.if_instead_of_while.IfInsteadOfWhileInPutQueue",
        "hand_over(2, 1, 2, 1)",
        Reason.SPECIFICATION,
        "`if` for `while` in put: the capacity is exceeded",
    ),
    Fault(
        "put-forgets-notify",
        "broken.notify_forgotten.PutForgetsNotifyQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a put that notifies nobody leaves a getter asleep beside an item",
    ),
    Fault(
        "get-forgets-notify",
        "broken.notify_forgotten.GetForgetsNotifyQueue",
        "hand_over(1, 1, 2, 1)",
        Reason.LOST_WAKEUP,
        "a get that notifies nobody leaves a putter asleep beside room",
    ),
    Fault(
        "wrong-condition",
        "broken.wrong_condition_notified.WrongConditionNotifiedQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "notifying the wrong condition wakes nobody who could go on",
    ),
    Fault(
        "edge-notify",
        "broken.notify_only_on_empty_to_nonempty.EdgeNotifyQueue",
        "hand_over(1, 2, 2, 2)",
        Reason.LOST_WAKEUP,
        "notifying only when the buffer was empty forgets the second sleeper",
    ),
    Fault(
        "size-read-outside-lock",
        "broken.size_read_outside_lock.SizeReadOutsideLockQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a size read without the lock is out of date when it is used",
    ),
    Fault(
        "check-and-wait-not-atomic",
        "broken.check_and_wait_not_atomic.CheckAndWaitNotAtomicQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a notify between the check and the wait is lost",
    ),
    Fault(
        "item-taken-before-check",
        "broken.item_taken_before_check.ItemTakenBeforeCheckQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.SPECIFICATION,
        "an item read before the check is not the item that is removed",
    ),
    Fault(
        "notify-before-change",
        "broken.notify_before_change_without_lock.NotifyBeforeChangeQueue",
        "hand_over(1, 1, 1, 1)",
        Reason.LOST_WAKEUP,
        "a notify before the change tells of something that is not there yet",
    ),
    Fault(
        "timed-out-waiter-leaves",
        "broken.timed_out_waiter_leaves_without_recheck.TimedOutWaiterLeavesQueue",
        "timed_getter()",
        Reason.LOST_WAKEUP,
        "a waiter that believes its timeout takes a notification with it",
    ),
    Fault(
        "shutdown-forgets-getters",
        "broken.shutdown_forgets_getters.ShutdownForgetsGettersQueue",
        "closing(False)",
        Reason.LOST_WAKEUP,
        "a shutdown that notifies no getter leaves it asleep",
    ),
    Fault(
        "task-done-lost-update",
        "broken.task_done_lost_update.TaskDoneLostUpdateQueue",
        "joining(2)",
        Reason.SPECIFICATION,
        "a count changed without the lock lets join go too early, or never",
    ),
)


def fault_program(kind: str, program: str) -> str:
    """The program with the kind of queue as its first argument."""
    name, _, rest = program.partition("(")
    arguments = rest.removesuffix(")")
    return f"{name}({kind!r}, {arguments})" if arguments else f"{name}({kind!r})"
