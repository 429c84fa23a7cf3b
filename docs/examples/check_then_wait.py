"""Check and wait taken apart: what is true at the check need not be true when the wait begins."""

import threading


class Mailbox:
    """Room for one letter."""

    def __init__(self):
        """Make an empty mailbox."""
        self.letter = None
        self.arrived = threading.Condition()

    def post(self, letter):
        """Put a letter in and tell whoever waits."""
        with self.arrived:
            self.letter = letter
            self.arrived.notify()

    def take_apart(self):
        """Wait for a letter; check and wait in two holds of the lock."""
        with self.arrived:
            empty = self.letter is None
        if empty:
            with self.arrived:
                self.arrived.wait()
        return self.letter

    def take_together(self):
        """Wait for a letter; check and wait in one hold of the lock."""
        with self.arrived:
            while self.letter is None:
                self.arrived.wait()
            return self.letter


def apart():
    """The letter may arrive between the check and the wait."""
    mailbox = Mailbox()
    threading.Thread(target=mailbox.take_apart, name="reader").start()
    threading.Thread(target=mailbox.post, args=("hello",), name="writer").start()


def together():
    """There is nothing between the check and the wait."""
    mailbox = Mailbox()
    threading.Thread(target=mailbox.take_together, name="reader").start()
    threading.Thread(target=mailbox.post, args=("hello",), name="writer").start()
