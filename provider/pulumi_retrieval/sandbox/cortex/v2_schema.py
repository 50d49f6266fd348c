"""v2's metadata schema: valid fields, and which fields can be added later (docs/services/cortex.md 2.3).

Where the documents of August 2026 and later ones disagree, the later ones apply: names begin with a letter and have up to 255
characters, ARRAY is no longer accepted, and an added field has no embeddings.
"""

from __future__ import annotations

import re

from pulumi_retrieval.sandbox.cortex.calls import Refusal, unknown
from pulumi_retrieval.sandbox.cortex.v2_wire import invalid

_MAX_FIELDS = 32
_MAX_LANES = 6
_MAX_LENGTH = 65535
_DEFAULT_LENGTH = 1024

_TYPES = frozenset({"BOOL", "INT8", "INT16", "INT32", "INT64", "FLOAT", "DOUBLE", "VARCHAR", "JSON"})
# The service returns a schema with its stored types. What "integer" and "float" become is an assumption of the sandbox.
_TYPE_ALIASES = {"string": "VARCHAR", "boolean": "BOOL", "integer": "INT64", "float": "FLOAT", "object": "JSON"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
# The published part of the list; the error of the real service names more.
_RESERVED = ("chunk_id", "description", "document_metadata", "metadata", "source_id", "source_title")
_LANES = ("enable_dense_embedding", "enable_sparse_embedding")
_FLAGS = ("enable_match", *_LANES, "filterable", "searchable")
_PROPERTIES = frozenset({"name", "data_type", "max_length", *_FLAGS})


def read_fields(items: object, *, name: str) -> list[dict[str, object]]:
    """Validate a list of fields and return each in its stored form, with defaults filled in."""
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid(f"{name} is a list of objects")
    fields = [_read_field(item) for item in items]
    _check_whole(fields)
    return fields


def add_fields(present: list[dict[str, object]], items: object) -> tuple[list[dict[str, object]], list[str]]:
    """Return the schema with fields added, and the names of the new ones.

    An identical existing field is not changed; a different one is a conflict (docs/services/cortex.md 3).
    """
    if not items:
        raise invalid("add_fields must contain at least one field")
    by_name = {str(field["name"]).lower(): field for field in present}
    added: list[dict[str, object]] = []
    for field in read_fields(items, name="add_fields"):
        existing = by_name.get(str(field["name"]).lower())
        if existing == field:
            continue
        if existing is not None:
            message = f'field "{existing["name"]}" already exists in the schema'
            raise Refusal(status=409, code="CONFLICT", message=message)
        if any(field[lane] for lane in _LANES):
            raise invalid(f'field "{field["name"]}": embeddings cannot be enabled on a field that is added later')
        added.append(field)
    _check_whole([*present, *added])
    return [*present, *added], [str(field["name"]) for field in added]


def fields_as_told(fields: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return fields in the form of a schema answer: flags that are false are left out."""
    return [{key: value for key, value in field.items() if value is not False} for field in fields]


def _read_field(item: dict[str, object]) -> dict[str, object]:
    given = {key: value for key, value in item.items() if value is not None}
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(f"a field's name is a letter and then letters, digits or _, up to 255 in all, not {name!r}")
    if name.lower() in _RESERVED:
        raise invalid(f'field name "{name}" is reserved; reserved names: {", ".join(_RESERVED)}')
    if other := sorted(set(given) - _PROPERTIES):
        raise unknown(f"the undocumented property {other[0]!r} of the field {name!r}")
    for flag in _FLAGS:
        if not isinstance(given.get(flag, False), bool):
            raise invalid(f'field "{name}": {flag} is true or false')
    data_type = _read_type(name, given.get("data_type", "VARCHAR"))
    field: dict[str, object] = {"name": name, "data_type": data_type}
    if data_type == "VARCHAR":
        field["max_length"] = _read_length(name, given.get("max_length", _DEFAULT_LENGTH))
    elif "max_length" in given:
        raise unknown(f"max_length on the field {name!r} of type {data_type}")
    if given.get("filterable", given.get("enable_match")) != given.get("enable_match", given.get("filterable")):
        raise unknown(f"filterable and enable_match of the field {name!r} having different values")
    field["enable_match"] = given.get("enable_match", given.get("filterable", False))
    for lane in _LANES:
        field[lane] = given.get(lane, False)
        if field[lane] and data_type != "VARCHAR":
            raise invalid(f'field "{name}": {lane} is only valid on VARCHAR fields')
    return field


def _read_type(name: str, given: object) -> str:
    data_type = _TYPE_ALIASES.get(given, given) if isinstance(given, str) else given
    if not isinstance(data_type, str) or data_type not in _TYPES:
        raise invalid(f'field "{name}": unsupported data_type {given!r}')
    return data_type


def _read_length(name: str, given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= _MAX_LENGTH:
        raise invalid(f'field "{name}": max_length is between 1 and {_MAX_LENGTH} bytes')
    return given


def _check_whole(fields: list[dict[str, object]]) -> None:
    names = [str(field["name"]).lower() for field in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f'field "{twice[0]}" is given twice; names are compared without case')
    if len(fields) > _MAX_FIELDS:
        raise invalid(f"a database has up to {_MAX_FIELDS} metadata fields, not {len(fields)}")
    lanes = sum(field[lane] is True for field in fields for lane in _LANES)
    if lanes > _MAX_LANES:
        raise invalid(f"a database has up to {_MAX_LANES} embedding lanes, not {lanes}")
