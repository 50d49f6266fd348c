"""The database rows of the first generation's tenants and sub-tenants."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Literal

from pulumi_retrieval.sandbox.cortex.calls import Call, Refusal

_DEFAULT_SUB_TENANT = "default"

Kind = Literal["documents", "embeddings"]


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A tenant; ``schema`` contains the items as they were sent."""

    tenant_id: str
    default_sub_tenant_id: str
    schema: list[dict[str, object]]


def new_id() -> str:
    """Generate an id for a tenant that was created without one; the real format of such ids is not documented."""
    return f"tenant_{uuid.uuid4().hex[:16]}"


def find(connection: sqlite3.Connection, tenant_id: str) -> Tenant | None:
    """Look up a tenant; ids are case-sensitive (docs/services/cortex.md 4)."""
    row = connection.execute("SELECT * FROM cortex_tenants WHERE tenant_id = ?", (tenant_id,)).fetchone()
    if row is None:
        return None
    return Tenant(
        tenant_id=row["tenant_id"],
        default_sub_tenant_id=row["default_sub_tenant_id"],
        schema=json.loads(row["metadata_schema"]),
    )


def require(connection: sqlite3.Connection, tenant_id: str) -> Tenant:
    """Look up a tenant, or refuse with 404."""
    tenant = find(connection, tenant_id)
    if tenant is None:
        raise Refusal(status=404, code="TENANT_NOT_FOUND", message=f"Tenant {tenant_id} does not exist")
    return tenant


def insert(call: Call, tenant_id: str, *, kind: Kind, schema: list[dict[str, object]], note: str) -> None:
    """Create a tenant with its default sub-tenant, which exists at once (docs/services/cortex.md 1.6)."""
    default = tenant_id if kind == "embeddings" else _DEFAULT_SUB_TENANT
    call.connection.execute(
        "INSERT INTO cortex_tenants (tenant_id, kind, default_sub_tenant_id, metadata_schema, note, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (tenant_id, kind, default, json.dumps(schema), note, call.time),
    )
    add_documents(call.connection, tenant_id, default, 0)


def sub_tenants(connection: sqlite3.Connection, tenant_id: str) -> dict[str, int]:
    """Return the document counts of all sub-tenants by id, oldest first."""
    rows = connection.execute(
        "SELECT sub_tenant_id, documents FROM cortex_sub_tenants WHERE tenant_id = ? ORDER BY rowid", (tenant_id,)
    )
    return {row["sub_tenant_id"]: row["documents"] for row in rows}


def add_documents(connection: sqlite3.Connection, tenant_id: str, sub_tenant_id: str, count: int) -> None:
    """Add documents; the first write to a sub-tenant creates it, as ingestion does."""
    connection.execute(
        "INSERT INTO cortex_sub_tenants (tenant_id, sub_tenant_id, documents) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET documents = documents + excluded.documents",
        (tenant_id, sub_tenant_id, count),
    )


def delete_sub_tenant(connection: sqlite3.Connection, tenant_id: str, sub_tenant_id: str) -> None:
    """Delete a sub-tenant with its documents."""
    connection.execute(
        "DELETE FROM cortex_sub_tenants WHERE tenant_id = ? AND sub_tenant_id = ?", (tenant_id, sub_tenant_id)
    )


def replace_schema(connection: sqlite3.Connection, tenant_id: str, schema: list[dict[str, object]]) -> None:
    """Replace the schema of a tenant, which no call of the service can do."""
    connection.execute(
        "UPDATE cortex_tenants SET metadata_schema = ? WHERE tenant_id = ?", (json.dumps(schema), tenant_id)
    )


def delete(connection: sqlite3.Connection, tenant_id: str) -> None:
    """Delete a tenant, which no call of this generation can do."""
    connection.execute("DELETE FROM cortex_tenants WHERE tenant_id = ?", (tenant_id,))
