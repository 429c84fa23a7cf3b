"""Concurrency faults of published packages, and packages without one, each with a small program and its verdict."""
