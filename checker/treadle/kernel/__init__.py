"""The kernel: one execution of a program under control, its steps, and the canonical form of its states."""
