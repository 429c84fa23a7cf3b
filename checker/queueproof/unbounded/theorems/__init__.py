"""The theorems that hold for every capacity and any number of threads, one file a subject."""
