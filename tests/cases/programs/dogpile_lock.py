"""Two readers, a writer, and one that tries to write, under the lock of dogpile."""

import threading

from dogpile.util.readwrite_lock import ReadWriteMutex


class Account:
    """What the lock protects."""

    def __init__(self):
        self.lock = ReadWriteMutex()
        self.balance = 0

    def read(self):
        """While a reader is inside nothing changes."""
        self.lock.acquire_read_lock()
        before = self.balance
        assert self.balance == before
        self.lock.release_read_lock()

    def write(self):
        """Add one."""
        self.lock.acquire_write_lock()
        self.balance += 1
        self.lock.release_write_lock()

    def try_to_write(self):
        """Add one if that need not wait."""
        if self.lock.acquire_write_lock(False):
            self.balance += 1
            self.lock.release_write_lock()


def everybody():
    """Whoever is inside is alone, or all inside are readers."""
    account = Account()
    for target in (account.read, account.read, account.write, account.try_to_write):
        threading.Thread(target=target).start()
