"""Strategies: in which order, and how much of, the schedules of a program are looked at."""
