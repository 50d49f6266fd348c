"""One SQLite file that holds everything a sandbox knows.

Write-ahead logging with ``synchronous=NORMAL`` loses nothing that was committed when the process is killed (only when
the machine loses power), and keeps a commit at a fraction of a millisecond. Work that becomes due later (a clone being
copied, a tenant being provisioned) is kept as a time in a table, never as a timer, so that it survives a restart.
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

    Tables are made by those who use them: ``store.define("CREATE TABLE IF NOT EXISTS ...; ...")``.
    """

    def __init__(self, folder: Path) -> None:
        """Open (or make) the file in an existing ``folder``; only its owner can read it, since it holds secrets."""
        self._lock = threading.RLock()
        self._depth = 0
        path = folder / FILE_NAME
        path.touch(mode=0o600, exist_ok=True)
        for kept in folder.glob(f"{FILE_NAME}*"):  # files that SQLite makes beside it have its mode
            kept.chmod(0o600)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self.define("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def define(self, script: str) -> None:
        """Run statements that make tables and indexes; they must be repeatable."""
        with self._lock:
            self._connection.executescript(script)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection (rows are ``sqlite3.Row``); commit at the end, roll back if an exception leaves.

        One transaction runs at a time, in whatever thread; an inner block joins the outer one.
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
                    # Where the disk is full SQLite may have rolled back by itself.
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")

    def get(self, name: str) -> str | None:
        """Read a named fact (a key, a port), or ``None``."""
        with self.transaction() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def put(self, name: str, value: str) -> None:
        """Remember a named fact."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()
