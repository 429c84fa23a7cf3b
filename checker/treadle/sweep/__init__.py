"""A sweep checks many programs, with several processes or machines, and keeps on disk what is finished."""
