"""A pool of connections is closed while one is in use."""

import threading

from playhouse.pool import PooledSqliteDatabase


def use(database):
    """Take a connection and give it back."""
    database.connect()
    database.close()


def closed_in_use():
    """One thread uses a connection, another closes them all."""
    database = PooledSqliteDatabase(":memory:", check_same_thread=False)
    threading.Thread(target=use, args=(database,)).start()
    threading.Thread(target=database.close_all).start()
