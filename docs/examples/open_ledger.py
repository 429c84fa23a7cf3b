"""Two clerks and a file: what is in a file is no part of the state."""

import os
import threading


def clerk(ledger, lock):
    """Make an entry."""
    with lock:
        ledger.write("entry\n")


def two_clerks():
    """Two entries in one ledger."""
    lock = threading.Lock()
    with open(os.devnull, "w") as ledger:
        clerks = [threading.Thread(target=clerk, args=(ledger, lock)) for _ in range(2)]
        for each in clerks:
            each.start()
        for each in clerks:
            each.join()
