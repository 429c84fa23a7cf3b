"""Two readers and two writers, under each of the three kinds of lock of readerwriterlock."""

import threading

from readerwriterlock import rwlock


class Account:
    """What the lock protects."""

    def __init__(self, lock):
        self.lock = lock
        self.balance = 0

    def read(self):
        """While a reader is inside nothing changes."""
        with self.lock.gen_rlock():
            before = self.balance
            assert self.balance == before

    def write(self):
        """Add one."""
        with self.lock.gen_wlock():
            self.balance += 1


def everybody(lock):
    """Two readers, two writers; afterwards both writes are there and nothing is left held."""
    account = Account(lock)
    threads = [threading.Thread(target=target) for target in (account.read, account.read, account.write, account.write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.balance == 2
    assert account.lock.gen_wlock().acquire(blocking=False)


def fair():
    """No side is preferred."""
    everybody(rwlock.RWLockFair())


def readers_first():
    """A reader need not wait for waiting writers."""
    everybody(rwlock.RWLockRead())


def writers_first():
    """A writer need not wait for waiting readers."""
    everybody(rwlock.RWLockWrite())
