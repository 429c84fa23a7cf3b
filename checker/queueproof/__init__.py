"""queueproof: the one place that knows the specification, the queue and the checker.

Each *theorem* is a claim about a queue, how it is established, and what came out. `python -m queueproof` establishes
all of them again.
"""
