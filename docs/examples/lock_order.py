"""Two transfers between two accounts, each of which locks the account that it takes from first."""

import threading


class Account:
    """Some money, and the lock that protects it."""

    def __init__(self, balance):
        """Open with a balance."""
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    """Move an amount from one account to the other."""
    with source.lock, target.lock:
        source.balance -= amount
        target.balance += amount


def opposite_transfers():
    """Two transfers in opposite directions, at the same time."""
    savings, current = Account(100), Account(100)
    threading.Thread(target=transfer, args=(savings, current, 10)).start()
    threading.Thread(target=transfer, args=(current, savings, 20)).start()
