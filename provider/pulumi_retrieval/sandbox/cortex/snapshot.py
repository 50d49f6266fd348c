"""All data of the Cortex emulator, for people and tests."""

from __future__ import annotations

import json
import sqlite3

from pulumi_retrieval.sandbox.store import Store


def snapshot(store: Store) -> dict[str, object]:
    """Return all tenants (first generation) and databases (v2) by id, with data that the service never returns.

    Times are seconds since the epoch. A database that is past its ``gone_at`` is listed until a request sweeps it.
    """
    with store.transaction() as connection:
        return {"tenants": _tenants(connection), "databases": _databases(connection)}


def _tenants(connection: sqlite3.Connection) -> dict[str, object]:
    found: dict[str, object] = {}
    for row in connection.execute("SELECT * FROM cortex_tenants ORDER BY rowid").fetchall():
        counts = connection.execute(
            "SELECT sub_tenant_id, documents FROM cortex_sub_tenants WHERE tenant_id = ? ORDER BY rowid",
            (row["tenant_id"],),
        )
        found[row["tenant_id"]] = {
            "kind": row["kind"],
            "default_sub_tenant_id": row["default_sub_tenant_id"],
            "tenant_metadata_schema": json.loads(row["metadata_schema"]),
            "note": row["note"],
            "created_at": row["created_at"],
            "sub_tenants": {count["sub_tenant_id"]: count["documents"] for count in counts},
        }
    return found


def _databases(connection: sqlite3.Connection) -> dict[str, object]:
    found: dict[str, object] = {}
    for row in connection.execute("SELECT * FROM cortex_databases ORDER BY rowid").fetchall():
        name = row["database"]
        collections = connection.execute(
            "SELECT collection, knowledge, memories, gone_at FROM cortex_collections WHERE database = ? ORDER BY rowid",
            (name,),
        )
        instructions = connection.execute(
            "SELECT collection, instructions FROM cortex_collection_instructions WHERE database = ? ORDER BY rowid",
            (name,),
        )
        found[name] = {
            "fields": json.loads(row["metadata_schema"]),
            "embeddings_dimension": row["embeddings_dimension"],
            "is_embeddings_tenant": bool(row["is_embeddings_tenant"]),
            "custom_instructions": row["custom_instructions"],
            "collection_instructions": {line["collection"]: line["instructions"] for line in instructions},
            "collections": {
                line["collection"]: {key: line[key] for key in ("knowledge", "memories", "gone_at")}
                for line in collections
            },
            **{key: row[key] for key in ("created_at", "provisioned_at", "provisioning_error", "gone_at")},
        }
    return found
