"""The producer/consumer pattern as real software: a web shop's order desk.

A web handler must not do the work of an order itself: it puts the order into a bounded queue and answers at
once; four workers take orders from the queue and process them. `pipeline` is that pattern, with what it
needs in practice: backpressure, workers that die, a shutdown that loses nothing. `designs` puts it beside
two designs that it replaces, `web` serves any of them over HTTP, and `python -m boundedqueue.orders demo`
compares them under load.
"""
