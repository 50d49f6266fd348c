"""Creating, watching, listing, renaming and deleting databases (docs/services/cortex.md 1.4 and 1.6)."""

from __future__ import annotations

import re

from pulumi_retrieval.sandbox.cortex import v2_databases
from pulumi_retrieval.sandbox.cortex.calls import Call, Refusal, unknown
from pulumi_retrieval.sandbox.cortex.v2_schema import read_fields
from pulumi_retrieval.sandbox.cortex.v2_wire import invalid, named, queried, read_body

# The later documents; those of August 2026 said up to 25 characters of any kind (docs/services/cortex.md 2.3).
_ID = re.compile(r"[a-z0-9_-]{1,255}")
_DEFAULT_DIMENSION = 1536
_ORGANIZATION = "org_sandbox"


def create(call: Call) -> dict[str, object]:
    """Create a database and start its provisioning; 409 ``DATABASE_ALREADY_EXISTS`` if the id is in use."""
    return _create(call, duplicate_code="DATABASE_ALREADY_EXISTS")


def create_by_old_route(call: Call) -> dict[str, object]:
    """Create a database by the deprecated route, which has another code for a duplicate (docs/services/cortex.md 1.5)."""
    return _create(call, duplicate_code="INVALID_INPUT")


def status(call: Call) -> dict[str, object]:
    """Return the progress of provisioning. Only the list of databases shows a failure (docs/services/cortex.md 1.6).

    A database that is being deleted still exists here, with nothing ready.
    """
    database = v2_databases.require(call, queried(call, "database"))
    ready = database.state == "ready"
    return {
        "database": database.name,
        "tenant_id": database.name,
        "org_id": _ORGANIZATION,
        "infra": {
            "scheduler_status": ready,
            "graph_status": ready,
            "vectorstore_status": {"knowledge": ready, "memories": ready},
            "ready_for_ingestion": ready,
        },
        "message": "Infrastructure status",
    }


def list_all(call: Call) -> dict[str, object]:
    """List all databases; failed ones are in a separate list, and deleted ones stay until their cleanup has ended."""
    databases = v2_databases.every(call)
    names = [database.name for database in databases if database.state != "failed"]
    failed = [
        {"database": database.name, "error": database.error, "tenant_id": database.name}
        for database in databases
        if database.state == "failed"
    ]
    return {
        "databases": names,
        "failed_databases": failed,
        "tenant_ids": names,
        "failed_tenant_ids": failed,
        "message": "Database ids retrieved",
    }


def delete(call: Call) -> dict[str, object]:
    """Start to delete a database, also during provisioning; a repeated call gets the same answer."""
    database = v2_databases.require(call, queried(call, "database"))
    v2_databases.schedule_deletion(call, database.name)
    return {
        "database": database.name,
        "tenant_id": database.name,
        "status": "deletion_scheduled",
        "message": "Database deregistered; cleanup runs in the background",
    }


def rename(call: Call) -> dict[str, object]:
    """Rename a database; the old name is free at once."""
    body = read_body(call, known={"new_name"})
    name = call.path_params["database"]
    new_name = _read_id(body.get("new_name"), "new_name")
    v2_databases.require_ready(call, name)
    if new_name == name:
        raise unknown(f"renaming {name!r} to its own name")
    if v2_databases.find(call, new_name) is not None:
        raise Refusal(status=409, code="DATABASE_ALREADY_EXISTS", message=f"Database {new_name} already exists")
    v2_databases.rename(call, name, new_name)
    return {
        "database": new_name,
        "old_database": name,
        "tenant_id": new_name,
        "old_tenant_id": name,
        "status": "renamed",
        "message": "Database renamed",
        "connector_reassignment": "complete",
    }


def _create(call: Call, *, duplicate_code: str) -> dict[str, object]:
    body = read_body(
        call, known={"database", "database_metadata_schema", "embeddings_dimension", "is_embeddings_tenant"}
    )
    name = _read_id(named(body, "database"), "database")
    fields = read_fields(named(body, "database_metadata_schema"), name="database_metadata_schema")
    dimension = body.get("embeddings_dimension", _DEFAULT_DIMENSION)
    if isinstance(dimension, bool) or not isinstance(dimension, int) or dimension < 1:
        raise invalid("embeddings_dimension is a positive whole number")
    is_embeddings_tenant = body.get("is_embeddings_tenant", False)
    if not isinstance(is_embeddings_tenant, bool):
        raise invalid("is_embeddings_tenant is true or false")
    _make_room(call, name, duplicate_code)
    v2_databases.insert(call, name, fields=fields, dimension=dimension, is_embeddings_tenant=is_embeddings_tenant)
    return {
        "status": "accepted",
        "database": name,
        "tenant_id": name,
        "message": "Database creation started in the background",
    }


def _make_room(call: Call, name: str, duplicate_code: str) -> None:
    """Refuse an id in use, also by a database being deleted. A failed database is replaced, which is how to retry."""
    existing = v2_databases.find(call, name)
    if existing is not None and existing.state != "failed":
        raise Refusal(status=409, code=duplicate_code, message=f"Database {name} already exists")
    if existing is not None:
        v2_databases.delete(call.connection, name)
    limit = call.behaviour.max_databases
    if limit is not None and sum(database.state != "failed" for database in v2_databases.every(call)) >= limit:
        raise Refusal(status=403, code="FORBIDDEN", message=f"Plan limit reached: {limit} databases")


def _read_id(value: object, name: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise invalid(f"{name} is up to 255 lowercase letters, digits, - and _, not {value!r}")
    return value
