"""Certificates: what an exploration did, written down so that others can confirm that nothing was skipped."""
