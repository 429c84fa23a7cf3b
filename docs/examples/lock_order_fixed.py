"""The transfers of lock_order.py, with one order for all locks."""

import threading

from lock_order import Account


def transfer(source, target, amount, first, second):
    """Move an amount from one account to the other; the locks are taken in the order in which they are given."""
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount


def opposite_transfers():
    """Two transfers in opposite directions, at the same time; both lock the savings first."""
    savings, current = Account(100), Account(100)
    threads = [
        threading.Thread(target=transfer, args=(savings, current, 10, savings, current)),
        threading.Thread(target=transfer, args=(current, savings, 20, savings, current)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (savings.balance, current.balance) == (110, 90)
