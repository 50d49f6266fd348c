"""The database rows of v2's collections and ingestion instructions."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from pulumi_retrieval.sandbox.cortex.calls import Call


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A collection; ``fenced`` while it is being deleted. Counts are of chunks."""

    name: str
    knowledge: int
    memories: int
    fenced: bool


def collections(call: Call, database: str) -> list[Collection]:
    """Return the collections of a database, oldest first."""
    rows = call.connection.execute("SELECT * FROM cortex_collections WHERE database = ? ORDER BY rowid", (database,))
    return [
        Collection(
            name=row["collection"],
            knowledge=row["knowledge"],
            memories=row["memories"],
            fenced=row["gone_at"] is not None,
        )
        for row in rows
    ]


def add_rows(
    connection: sqlite3.Connection, database: str, collection: str, *, count: int, memories: bool = False
) -> None:
    """Add chunks to a collection; the first write creates it (docs/services/cortex.md 3)."""
    knowledge, remembered = (0, count) if memories else (count, 0)
    connection.execute(
        "INSERT INTO cortex_collections (database, collection, knowledge, memories) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET knowledge = knowledge + excluded.knowledge,"
        " memories = memories + excluded.memories",
        (database, collection, knowledge, remembered),
    )


def schedule_deletion(call: Call, database: str, collection: str) -> None:
    """Start to delete a collection; if it is being deleted already, its time does not change."""
    call.connection.execute(
        "UPDATE cortex_collections SET gone_at = coalesce(gone_at, ?) WHERE database = ? AND collection = ?",
        (call.time + call.behaviour.deletion_seconds, database, collection),
    )


def instructions(call: Call, database: str) -> tuple[str, dict[str, str]]:
    """Return the instructions of a database, and those of its collections by name."""
    row = call.connection.execute(
        "SELECT custom_instructions FROM cortex_databases WHERE database = ?", (database,)
    ).fetchone()
    rows = call.connection.execute(
        "SELECT collection, instructions FROM cortex_collection_instructions WHERE database = ? ORDER BY rowid",
        (database,),
    )
    return row["custom_instructions"], {line["collection"]: line["instructions"] for line in rows}


def set_instructions(call: Call, database: str, text: str) -> None:
    """Replace the instructions of a database; "" clears them."""
    call.connection.execute("UPDATE cortex_databases SET custom_instructions = ? WHERE database = ?", (text, database))


def set_collection_instructions(call: Call, database: str, collection: str, text: str) -> None:
    """Replace the instructions of a collection; "" clears them."""
    if text:
        call.connection.execute(
            "INSERT INTO cortex_collection_instructions (database, collection, instructions) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET instructions = excluded.instructions",
            (database, collection, text),
        )
    else:
        call.connection.execute(
            "DELETE FROM cortex_collection_instructions WHERE database = ? AND collection = ?", (database, collection)
        )
