"""The work of the server's background workers, computed from stored times instead of run by timers."""

from __future__ import annotations

import math
import sqlite3

from .context import Context
from .times import SECOND


def start_clone(context: Context, *, source: sqlite3.Row, dataset_id: str, qdrant_only: bool) -> None:
    """Queue the copy of a source's chunks; a source with ``QDRANT_ONLY`` has no chunks in the database."""
    advance_clones(context)
    row = context.one("SELECT chunk_count FROM datasets WHERE id = ?", source["id"])
    total = 0 if qdrant_only or row is None else row["chunk_count"]
    if total:
        context.connection.execute(
            "INSERT INTO clones (dataset_id, total, worked_until) VALUES (?, ?, ?)", (dataset_id, total, context.now)
        )


def advance_clones(context: Context) -> None:
    """Copy the chunks that the clone worker would have copied by now. The service does not report the end of a copy."""
    now, rate = context.now, context.settings.clone_chunks_per_second
    rows = context.connection.execute("SELECT * FROM clones WHERE copied < total").fetchall()
    for row in rows:
        copied = row["copied"]
        if context.settings.clone_worker:
            copied = min(row["total"], copied + max(0, now - row["worked_until"]) / SECOND * rate)
        context.connection.execute(
            "UPDATE clones SET copied = ?, worked_until = ? WHERE dataset_id = ?", (copied, now, row["dataset_id"])
        )
        arrived = math.floor(copied) - math.floor(row["copied"])
        if arrived:
            context.connection.execute(
                "UPDATE datasets SET chunk_count = chunk_count + ? WHERE id = ?", (arrived, row["dataset_id"])
            )


def waiting_chunks(context: Context, dataset_id: str) -> int:
    """Return how many chunks of a dataset are in the ingestion queue."""
    row = context.one("SELECT total, copied FROM clones WHERE dataset_id = ?", dataset_id)
    if row is None or not context.settings.clone_worker:
        # Chunks that the clone worker has not processed yet are in no queue that the server shows.
        return 0
    return int(row["total"] - math.floor(row["copied"]))


def run_delete_worker(context: Context) -> None:
    """Remove what is due: deleted datasets, chunks of cleared ones, and a deleted organization with its last dataset."""
    if not context.settings.delete_worker:
        return
    now = context.now
    rows = context.connection.execute(
        "SELECT id, organization_id, remove_at FROM datasets "
        "WHERE (remove_at IS NOT NULL AND remove_at <= ?) OR (clear_at IS NOT NULL AND clear_at <= ?)",
        (now, now),
    ).fetchall()
    for row in rows:
        if row["remove_at"] is None or row["remove_at"] > now:
            context.connection.execute(
                "UPDATE datasets SET chunk_count = 0, clear_at = NULL WHERE id = ?", (row["id"],)
            )
            continue
        for table, column in (("crawls", "dataset_id"), ("clones", "dataset_id"), ("datasets", "id")):
            context.connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (row["id"],))
        _remove_emptied(context, row["organization_id"])


def _remove_emptied(context: Context, organization_id: str) -> None:
    context.connection.execute(
        "DELETE FROM organizations WHERE id = :id AND deleted = 1 "
        "AND NOT EXISTS (SELECT 1 FROM datasets WHERE organization_id = :id)",
        {"id": organization_id},
    )
    if context.one("SELECT 1 FROM organizations WHERE id = ?", organization_id) is None:
        for table in ("memberships", "api_keys"):
            context.connection.execute(f"DELETE FROM {table} WHERE organization_id = ?", (organization_id,))
