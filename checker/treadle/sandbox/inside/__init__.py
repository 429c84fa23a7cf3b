"""Modules that are executed inside of the sandbox, as the program is."""
