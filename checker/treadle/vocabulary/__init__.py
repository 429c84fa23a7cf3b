"""The words: plain data that every other part of treadle speaks in. It imports nothing of ours."""
