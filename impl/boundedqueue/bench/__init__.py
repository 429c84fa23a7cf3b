"""How fast are the queues, against `queue.Queue` of this interpreter? `python -m boundedqueue.bench` tells.

All run in one process, in interleaved slices of equal *time* and alternating order, so that whatever else
the machine does meets all of them alike; a ratio is taken within each round, and the median and quartiles
over the rounds are shown. (Slices of equal count would favour the faster queue: longer slices lose more
time to other processes.)
"""
