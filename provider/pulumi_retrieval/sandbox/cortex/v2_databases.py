"""v2's databases, as rows."""

from __future__ import annotations

import json
import sqlite3

from pulumi_retrieval.sandbox.cortex.calls import Refusal


def not_found(database: str) -> Refusal:
    """Say that a database does not exist; both families of routes answer alike (docs/services/cortex.md 1.5)."""
    return Refusal(status=404, code="DATABASE_NOT_FOUND", message=f"Database {database} not found")


def require_row(connection: sqlite3.Connection, database: str) -> sqlite3.Row:
    """Give the row of a database in whatever state; 404 if there is none."""
    row = connection.execute("SELECT * FROM cortex_databases WHERE database = ?", (database,)).fetchone()
    if row is None:
        raise not_found(database)
    found: sqlite3.Row = row
    return found


def add_rows(
    connection: sqlite3.Connection, database: str, collection: str, *, count: int, memories: bool = False
) -> None:
    """Add chunks to a collection; the first write makes it (docs/services/cortex.md 3)."""
    knowledge, remembered = (0, count) if memories else (count, 0)
    connection.execute(
        "INSERT INTO cortex_collections (database, collection, knowledge, memories) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET knowledge = knowledge + excluded.knowledge,"
        " memories = memories + excluded.memories, gone_at = NULL",
        (database, collection, knowledge, remembered),
    )


def replace_schema(connection: sqlite3.Connection, database: str, fields: list[dict[str, object]]) -> None:
    """Store a database's schema fields."""
    connection.execute(
        "UPDATE cortex_databases SET metadata_schema = ? WHERE database = ?", (json.dumps(fields), database)
    )


def delete(connection: sqlite3.Connection, database: str) -> None:
    """Remove a database and all that belongs to it."""
    connection.execute("DELETE FROM cortex_databases WHERE database = ?", (database,))
