"""A mailbox with a timeout, for what time does in a check."""

import contextlib
import queue
import threading


def late_letter():
    """Whoever waits for an hour may give up before the letter comes, or not."""
    mailbox = queue.Queue()
    threading.Thread(target=mailbox.put, args=("letter",)).start()
    with contextlib.suppress(queue.Empty):
        assert mailbox.get(timeout=3600) == "letter"
