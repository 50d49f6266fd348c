"""v2's calls on the contents of a database: counts, collections, schema, instructions (docs/services/cortex.md 1.4)."""

from __future__ import annotations

from pulumi_retrieval.sandbox.cortex import v2_collections, v2_databases
from pulumi_retrieval.sandbox.cortex.calls import Call, Refusal
from pulumi_retrieval.sandbox.cortex.v2_schema import add_fields, fields_as_told
from pulumi_retrieval.sandbox.cortex.v2_wire import invalid, queried, read_body


def stats(call: Call) -> dict[str, object]:
    """Count the chunks of all collections together; a collection counts until its cleanup has ended.

    During provisioning the answer is either the documented code for "exists, still provisioning" or zeros. Which of the two
    the service gives is not documented, so a setting decides.
    """
    database = v2_databases.require_registered(call, queried(call, "database"))
    if database.state == "provisioning" and call.behaviour.stats_before_ready == "not_ready":
        message = f"Database {database.name} is still being provisioned"
        raise Refusal(status=422, code="TENANT_INFRA_NOT_READY", message=message)
    found = v2_collections.collections(call, database.name)
    return {
        "database": database.name,
        "tenant_id": database.name,
        "knowledge_collection": {"row_count": sum(collection.knowledge for collection in found)},
        "memory_collection": {"row_count": sum(collection.memories for collection in found)},
        "message": "Statistics retrieved",
    }


def collections(call: Call) -> dict[str, object]:
    """List the collections: none until the first write, and none that is being deleted."""
    database = v2_databases.require_registered(call, queried(call, "database"))
    names = [each.name for each in v2_collections.collections(call, database.name) if not each.fenced]
    return {"collections": names, "sub_tenant_ids": names, "message": "Collection ids retrieved"}


def delete_collection(call: Call) -> dict[str, object]:
    """Start to delete a collection; a repeated call gets the same answer (docs/services/cortex.md 3)."""
    database = v2_databases.require_ready(call, queried(call, "database"))
    name = queried(call, "collection")
    if name not in {collection.name for collection in v2_collections.collections(call, database.name)}:
        raise Refusal(status=404, code="NOT_FOUND", message=f"Collection {name} not found")
    v2_collections.schedule_deletion(call, database.name, name)
    return {
        "database": database.name,
        "collection": name,
        "tenant_id": database.name,
        "sub_tenant_id": name,
        "status": "deletion_scheduled",
        "message": "Collection deregistered; cleanup runs in the background",
    }


def metadata_schema(call: Call) -> dict[str, object]:
    """Return the stored schema; 404 also while the database is being deleted."""
    database = v2_databases.require_registered(call, call.path_params["database"])
    return {
        "database": database.name,
        "tenant_id": database.name,
        "fields": fields_as_told(database.fields),
    }


def extend_metadata_schema(call: Call) -> dict[str, object]:
    """Add fields to the schema, all or none of them."""
    body = read_body(call, known={"add_fields"})
    database = v2_databases.require_ready(call, call.path_params["database"])
    fields, added = add_fields(database.fields, body.get("add_fields"))
    v2_databases.replace_schema(call.connection, database.name, fields)
    return {"database": database.name, "tenant_id": database.name, "added_fields": added}


def instructions(call: Call) -> dict[str, object]:
    """Return the ingestion instructions; cleared ones are absent (for a collection) or empty (for the database)."""
    database = v2_databases.require_registered(call, call.path_params["database"])
    text, by_collection = v2_collections.instructions(call, database.name)
    return {
        "database": database.name,
        "tenant_id": database.name,
        "custom_instructions": text,
        "collections": by_collection,
    }


def update_instructions(call: Call) -> dict[str, object]:
    """Merge instructions into the present ones: what is not named stays, ``""`` (or ``null`` for a collection) clears."""
    body = read_body(call, known={"custom_instructions", "collections"})
    database = v2_databases.require_ready(call, call.path_params["database"])
    text = body.get("custom_instructions")
    if text is not None:
        if not isinstance(text, str):
            raise invalid("custom_instructions is a string")
        v2_collections.set_instructions(call, database.name, text)
    by_collection = body.get("collections", {})
    if not isinstance(by_collection, dict):
        raise invalid("collections is an object of texts")
    for name, value in by_collection.items():
        if value is not None and not isinstance(value, str):
            raise invalid(f"the instructions of collection {name} are a string or null")
        v2_collections.set_collection_instructions(call, database.name, name, value or "")
    return instructions(call)
