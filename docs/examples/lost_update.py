"""Two threads sell a ticket each. The count is read, lowered and stored; no lock makes that one step."""

import threading


class BoxOffice:
    """Counts the tickets that are left."""

    def __init__(self, tickets):
        """Open with so many tickets."""
        self.left = tickets

    def sell(self):
        """Sell one ticket."""
        self.left -= 1


def two_sales():
    """Two sales at once leave two tickets fewer."""
    office = BoxOffice(10)
    sellers = [threading.Thread(target=office.sell) for _ in range(2)]
    for seller in sellers:
        seller.start()
    for seller in sellers:
        seller.join()
    assert office.left == 8, f"{office.left} tickets are left"
