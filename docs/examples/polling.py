"""A consumer that polls: it asks, yields, and asks again."""

import threading
import time


def poll(mailbox):
    """Wait for a letter that nobody is going to send."""
    while not mailbox:
        time.sleep(0)


def waiting_in_vain():
    """One thread polls an empty mailbox."""
    threading.Thread(target=poll, args=([],)).start()
