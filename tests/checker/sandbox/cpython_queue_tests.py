"""CPython's own tests of `queue`, on the sandbox's queue; loaded in a sandbox by the tests beside it."""

import queue

from test.support import import_helper

import_helper.import_fresh_module = lambda name, fresh=(), blocked=(): queue if blocked else None

from test.test_queue import *  # noqa: E402, F403
