"""The facts of one run in a file that several processes share, and recent adoptions by all runs in another file.

Each file is an SQLite database. SQLite keeps it consistent when a process is killed during a write, and shows a write of
one process to the others at once. The files need not survive a crash of the machine, so no write waits for the disk.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .registry import Facts, MemoryFacts

BUSY_SECONDS = 10.0
"""How long a process waits for a write of another one; a write takes microseconds."""
RECENT_SECONDS = 15 * 60.0
"""How long an adoption counts if it is unknown which run it belongs to."""
ADOPTED = "adopted"

_FACTS = (
    "CREATE TABLE facts (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    "CREATE INDEX by_value ON facts (kind, value) WHERE value <> ''",
)
_ADOPTIONS = ("CREATE TABLE adoptions (object TEXT PRIMARY KEY, until REAL) WITHOUT ROWID",)


class _Database:
    """One SQLite file, used by the threads of this process one after the other.

    :raises OSError: the file cannot be made.
    :raises sqlite3.Error: the file cannot be used.
    """

    def __init__(self, path: Path, *, tables: Sequence[str]) -> None:
        self._lock = threading.Lock()
        if not path.exists():
            _create(path, tables=tables)
        self._connection = _connect(path)

    def run(self, statement: str, *values: object) -> list[Any]:
        """The rows that a statement answers with; each statement is a transaction of its own."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",  # otherwise SQLite would create the file with wider permissions
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA synchronous = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path, *, tables: Sequence[str]) -> None:
    """Create the file with its tables, unless another process was faster.

    It gets its name when it is complete, because two processes that prepare the same file disturb each other: SQLite does not
    wait for a lock when the journal mode is changed.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        connection = _connect(draft)
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # a write takes a quarter of the time
            for table in tables:
                connection.execute(table)
        finally:
            connection.close()
        with suppress(FileExistsError):
            if os.name == "posix":
                os.link(draft, path)
            else:
                os.rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)


class SharedFacts:
    """The facts of all processes of one run.

    If the file cannot be used, this process continues with the facts that it stored itself, and warns once.

    :param path: the file; its folder exists.
    :param warn: called with that warning.
    """

    def __init__(self, path: Path, *, warn: Callable[[str], None]) -> None:
        self._own = MemoryFacts()
        self._warn = warn
        self._name = path.name
        self._database: _Database | None = None
        try:
            self._database = _Database(path, tables=_FACTS)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)

    @property
    def shared(self) -> bool:
        """Whether the facts are still shared with other processes."""
        return self._database is not None

    @property
    def shared_as(self) -> str:
        """The name of the file; empty if it is no longer used."""
        return self._name if self.shared else ""

    def put(self, kind: str, key: str, value: str = "") -> None:
        """Store a fact; it replaces one with the same kind and key."""
        self._own.put(kind, key, value)
        self._run("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", kind, key, value)

    def put_first(self, kind: str, key: str, value: str) -> str:
        """Store a fact unless there is one with the same kind and key. Returns the value that is stored afterwards."""
        own = self._own.put_first(kind, key, value)
        if own != value:
            return own  # this process stored the key already, so the file need not be read
        rows = self._run("SELECT value FROM facts WHERE kind = ? AND key = ?", kind, key)
        if rows == []:
            self._run("INSERT OR IGNORE INTO facts VALUES (?, ?, ?)", kind, key, value)
            rows = self._run("SELECT value FROM facts WHERE kind = ? AND key = ?", kind, key)
        if rows:
            own = str(rows[0][0])
            self._own.put(kind, key, own)
        return own

    def drop(self, kind: str, key: str) -> None:
        """Remove a fact, if there is one."""
        self._own.drop(kind, key)
        self._run("DELETE FROM facts WHERE kind = ? AND key = ?", kind, key)

    def has(self, kind: str, key: str) -> bool:
        """Whether there is a fact with this kind and key."""
        rows = self._run("SELECT 1 FROM facts WHERE kind = ? AND key = ?", kind, key)
        return self._own.has(kind, key) if rows is None else bool(rows)

    def has_value(self, kind: str, value: str) -> bool:
        """Whether any key of this kind has this value."""
        rows = self._run("SELECT 1 FROM facts WHERE kind = ? AND value = ? AND value <> '' LIMIT 1", kind, value)
        return self._own.has_value(kind, value) if rows is None else bool(rows)

    def count(self, kind: str) -> int:
        """How many keys of this kind there are."""
        rows = self._run("SELECT count(*) FROM facts WHERE kind = ?", kind)
        return self._own.count(kind) if rows is None else int(rows[0][0])

    def values(self, kind: str) -> list[str]:
        """The values of all facts of this kind, sorted by their keys."""
        rows = self._run("SELECT value FROM facts WHERE kind = ? ORDER BY key", kind)
        return self._own.values(kind) if rows is None else [str(row[0]) for row in rows]

    def close(self) -> None:
        """Close the file; later facts are kept in this process only."""
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def _run(self, statement: str, *values: object) -> list[Any] | None:
        """The rows of an answer; None where the file is not used any more."""
        database = self._database
        if database is None:
            return None
        try:
            return database.run(statement, *values)
        except sqlite3.Error as error:
            self._fail(error)
            return None

    def _fail(self, error: Exception) -> None:
        with suppress(sqlite3.Error):
            self.close()
        self._warn(
            f"the file by which the provider processes of this run know of each other cannot be used ({error}); each of "
            "them knows only what it did itself, so declare one object with one provider only"
        )


class RecentAdoptions:
    """The objects that any run of this user on this machine adopted in the last 15 minutes.

    If the file cannot be used, there are no recent adoptions.

    :param path: the file; its folder exists.
    :param clock: seconds since 1970.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._database: _Database | None = None

    def add(self, object_id: str) -> None:
        """Remember that an object was adopted now."""
        now = self._clock()
        with suppress(OSError, sqlite3.Error):
            database = self._open()
            database.run("DELETE FROM adoptions WHERE until <= ?", now)
            database.run("INSERT OR REPLACE INTO adoptions VALUES (?, ?)", object_id, now + RECENT_SECONDS)

    def has(self, object_id: str) -> bool:
        """Whether an object was adopted less than 15 minutes ago."""
        with suppress(OSError, sqlite3.Error):
            statement = "SELECT 1 FROM adoptions WHERE object = ? AND until > ?"
            return bool(self._open().run(statement, object_id, self._clock()))
        return False

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _open(self) -> _Database:
        with self._lock:
            if self._database is None:
                self._database = _Database(self._path, tables=_ADOPTIONS)
            return self._database


class CautiousFacts:
    """Facts of one run. As long as they are not shared, recent adoptions by any run count as adoptions of this run.

    :param facts: the facts of the run.
    :param recent: the recent adoptions; every adoption of this run is added to them.
    :param alone: whether `facts` are currently not shared with other processes.
    """

    def __init__(self, facts: Facts, *, recent: RecentAdoptions, alone: Callable[[], bool]) -> None:
        self._facts = facts
        self._recent = recent
        self._alone = alone
        self.put_first, self.drop = facts.put_first, facts.drop
        self.has_value, self.count, self.values = facts.has_value, facts.count, facts.values

    @property
    def shared_as(self) -> str:
        """The name under which other processes of the run find these facts; empty if they are not shared."""
        return self._facts.shared_as

    def put(self, kind: str, key: str, value: str = "") -> None:
        """Store a fact; it replaces one with the same kind and key."""
        self._facts.put(kind, key, value)
        if kind == ADOPTED:
            self._recent.add(key)

    def has(self, kind: str, key: str) -> bool:
        """Whether there is a fact with this kind and key."""
        return self._facts.has(kind, key) or (kind == ADOPTED and self._alone() and self._recent.has(key))
