"""The SQLite file with all data of a sandbox.

With write-ahead logging and ``synchronous=NORMAL``, a killed process loses no committed data (a power failure may), and a
commit takes a fraction of a millisecond. Work that becomes due later (copying a clone, provisioning a tenant) is stored as a
time in a table, not as a timer, so that it survives a restart.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FILE_NAME = "sandbox.sqlite3"


class Store:
    """A thread-safe SQLite file in the data folder.

    Each module creates its own tables: ``store.define("CREATE TABLE IF NOT EXISTS ...; ...")``.
    """

    def __init__(self, folder: Path) -> None:
        """Open or create the file in an existing ``folder``. Only its owner can read it, because it contains secrets."""
        self._lock = threading.RLock()
        self._depth = 0
        path = folder / FILE_NAME
        path.touch(mode=0o600, exist_ok=True)
        for kept in folder.glob(f"{FILE_NAME}*"):  # SQLite gives its additional files the same mode
            kept.chmod(0o600)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self.define("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def define(self, script: str) -> None:
        """Run statements that create tables and indexes; it must be possible to run them again."""
        with self._lock:
            self._connection.executescript(script)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection (rows are ``sqlite3.Row``); commit at the end, or roll back after an exception.

        One transaction runs at a time over all threads; a nested block joins the outer transaction.
        """
        with self._lock:
            if self._depth:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0
                if self._connection.in_transaction:
                    # On a full disk SQLite may have rolled back already.
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")

    def get(self, name: str) -> str | None:
        """Read a named value (a key, a port); ``None`` if it is missing."""
        with self.transaction() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def put(self, name: str, value: str) -> None:
        """Store a named value."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()
