"""The first generation's metadata schema: which items it accepts, and how it returns them (docs/services/cortex.md 2.1)."""

from __future__ import annotations

from pulumi_retrieval.sandbox.cortex.calls import Refusal, json_object, unknown

TYPES = frozenset({"string", "number", "boolean", "date", "object", "array"})

RESERVED_KEYS = frozenset(
    {
        "source_id",
        "source_title",
        "source_url",
        "source_type",
        "source_collection",
        "source_owner",
        "source_collaborator",
        "source_upload_time",
        "source_last_updated_time",
        "chunk_id",
        "chunk_uuid",
        "chunk_content",
        "document_metadata",
        "base_metadata",
        "layout",
        "description",
    }
)

_BODY_KEY = "tenant_metadata_schema"
_ITEM_KEYS = frozenset({"key", "type", "searchable", "filterable"})


def read_schema(body: bytes) -> list[dict[str, object]]:
    """Read the schema items from the body of a creation: absent, ``null`` and ``[]`` all mean no schema."""
    document = json_object(
        body,
        malformed=Refusal(status=400, code="INVALID_PARAMETERS", message="The request body is not JSON"),
        not_an_object=_invalid(f"The request body is an object with the key {_BODY_KEY}"),
    )
    if other := sorted(set(document) - {_BODY_KEY}):
        raise unknown(f"a body with the undocumented key {other[0]!r}")
    items = document.get(_BODY_KEY)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _invalid(f"{_BODY_KEY} is a list of objects")
    return check_items(items)


def check_items(items: list[dict[str, object]]) -> list[dict[str, object]]:
    """Refuse items that are documented as errors, and items that are not documented as accepted."""
    seen: set[str] = set()
    for item in items:
        key = item.get("key")
        if not isinstance(key, str) or not key:
            raise unknown("a schema item without a key")
        if key in RESERVED_KEYS:
            raise Refusal(status=400, code="INVALID_PARAMETERS", message=f"{key} is a reserved keyword")
        if key in seen:
            raise unknown(f"the key {key!r} twice in one schema")
        seen.add(key)
        if other := sorted(set(item) - _ITEM_KEYS):
            raise unknown(f"the undocumented property {other[0]!r} of the schema item {key!r}")
        if item.get("type") not in TYPES:
            raise unknown(f"the type {item.get('type')!r} of the schema item {key!r}")
        for flag in ("searchable", "filterable"):
            if flag in item and not isinstance(item[flag], bool):
                raise unknown(f"{flag} of the schema item {key!r} being neither true nor false")
    return items


def schema_as_told(items: list[dict[str, object]]) -> dict[str, object] | None:
    """Return the schema in the form of the listing of sub-tenants: without types; ``None`` where there is no schema.

    How the service returns a flag that was never sent is not documented, so such a flag is left out.
    """
    if not items:
        return None
    flags = {"filterable": "index_filterable", "searchable": "index_searchable"}
    return {
        "properties": [
            {"field_name": item["key"], **{told: item[flag] for flag, told in flags.items() if flag in item}}
            for item in items
        ]
    }


def _invalid(message: str) -> Refusal:
    return Refusal(status=422, code="VALIDATION_ERROR", message=message)
