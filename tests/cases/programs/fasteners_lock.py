"""Readers and writers of one lock of fasteners."""

import threading

from fasteners import ReaderWriterLock


class Account:
    """What the lock protects."""

    def __init__(self):
        self.lock = ReaderWriterLock()
        self.balance = 0

    def read(self):
        """While a reader is inside nothing changes."""
        with self.lock.read_lock():
            before = self.balance
            assert self.balance == before

    def write(self):
        """Add one."""
        with self.lock.write_lock():
            self.balance += 1

    def write_and_read(self):
        """A writer may read too."""
        with self.lock.write_lock(), self.lock.read_lock():
            self.balance += 1


def a_writer_reads():
    """While another waits to write."""
    account = Account()
    threading.Thread(target=account.write_and_read).start()
    threading.Thread(target=account.write).start()


def two_and_two():
    """Two readers, two writers."""
    account = Account()
    for target in (account.read, account.read, account.write, account.write):
        threading.Thread(target=target).start()
