"""The database rows of v2's databases, and the states that they pass through.

A row contains the times at which provisioning ends and at which the database is removed. Each request computes the state from
them, so a restart changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Literal

from pulumi_retrieval.sandbox.cortex.calls import Call, Refusal, unknown

State = Literal["provisioning", "ready", "failed", "deleting"]

_PROVISIONING_ERROR = "Provisioning failed. Re-create the database to retry."


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database at the time of a request; ``fields`` is its schema as stored, ``error`` why provisioning failed."""

    name: str
    state: State
    fields: list[dict[str, object]]
    error: str


def sweep(call: Call) -> None:
    """Remove the databases and collections whose cleanup has ended."""
    for table in ("cortex_databases", "cortex_collections"):
        call.connection.execute(f"DELETE FROM {table} WHERE gone_at <= ?", (call.time,))


def find(call: Call, name: str) -> Database | None:
    """Look up a database in any state; names are case-sensitive."""
    sweep(call)
    row = call.connection.execute("SELECT * FROM cortex_databases WHERE database = ?", (name,)).fetchone()
    return None if row is None else _database(row, call.time)


def every(call: Call) -> list[Database]:
    """Return all databases, oldest first."""
    sweep(call)
    rows = call.connection.execute("SELECT * FROM cortex_databases ORDER BY created_at, rowid")
    return [_database(row, call.time) for row in rows]


def require(call: Call, name: str) -> Database:
    """Look up a database, or refuse with 404."""
    database = find(call, name)
    if database is None:
        raise not_found(name)
    return database


def require_registered(call: Call, name: str) -> Database:
    """Look up a database for any call except status and deletion, or refuse: deletion deregisters it at once.

    How these calls answer for a database whose provisioning failed is not documented.
    """
    database = require(call, name)
    if database.state == "deleting":
        raise not_found(name)
    if database.state == "failed":
        raise unknown(f"any call but status, deletion and creation on {name!r}, whose provisioning failed")
    return database


def require_ready(call: Call, name: str) -> Database:
    """Look up a database to change it, or refuse; changes during provisioning are not documented."""
    database = require_registered(call, name)
    if database.state != "ready":
        raise unknown(f"a change of {name!r} while it is being provisioned")
    return database


def insert(
    call: Call, name: str, *, fields: list[dict[str, object]], dimension: int, is_embeddings_tenant: bool
) -> None:
    """Start to provision a database; the present settings decide whether that will fail."""
    error = _PROVISIONING_ERROR if call.behaviour.provisioning_fails(name) else ""
    call.connection.execute(
        "INSERT INTO cortex_databases (database, metadata_schema, embeddings_dimension, is_embeddings_tenant,"
        " custom_instructions, created_at, provisioned_at, provisioning_error) VALUES (?, ?, ?, ?, '', ?, ?, ?)",
        (
            name,
            json.dumps(fields),
            dimension,
            is_embeddings_tenant,
            call.time,
            call.time + call.behaviour.provisioning_seconds,
            error,
        ),
    )


def schedule_deletion(call: Call, name: str) -> None:
    """Start to delete a database in any state; if it is being deleted already, its time does not change."""
    call.connection.execute(
        "UPDATE cortex_databases SET gone_at = coalesce(gone_at, ?) WHERE database = ?",
        (call.time + call.behaviour.deletion_seconds, name),
    )


def rename(call: Call, name: str, new_name: str) -> None:
    """Rename a database; its data stays."""
    call.connection.execute("UPDATE cortex_databases SET database = ? WHERE database = ?", (new_name, name))


def not_found(database: str) -> Refusal:
    """The refusal for a missing database, the same for present and deprecated routes (docs/services/cortex.md 1.5)."""
    return Refusal(status=404, code="DATABASE_NOT_FOUND", message=f"Database {database} not found")


def require_row(connection: sqlite3.Connection, database: str) -> None:
    """Refuse with 404 if there is no row of that name; for the control routes, which ignore the state of a database."""
    if connection.execute("SELECT 1 FROM cortex_databases WHERE database = ?", (database,)).fetchone() is None:
        raise not_found(database)


def replace_schema(connection: sqlite3.Connection, database: str, fields: list[dict[str, object]]) -> None:
    """Store a database's schema fields."""
    connection.execute(
        "UPDATE cortex_databases SET metadata_schema = ? WHERE database = ?", (json.dumps(fields), database)
    )


def delete(connection: sqlite3.Connection, database: str) -> None:
    """Remove a database and all that belongs to it."""
    connection.execute("DELETE FROM cortex_databases WHERE database = ?", (database,))


def _database(row: sqlite3.Row, time: float) -> Database:
    state: State = "ready"
    if row["gone_at"] is not None:
        state = "deleting"
    elif time < row["provisioned_at"]:
        state = "provisioning"
    elif row["provisioning_error"]:
        state = "failed"
    return Database(
        name=row["database"],
        state=state,
        fields=json.loads(row["metadata_schema"]),
        error=row["provisioning_error"],
    )
