"""API keys of organizations (docs/services/trieve.md 1.2)."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import datetime, timezone

from ..data import new_key
from ..http import Answer, empty_answer, json_answer
from .context import ADMIN, Context
from .ids import NIL, new_uuid
from .shapes import I32, TEXT, UUID, ListOf, Maybe, Struct, Unknowable, UnknownBehaviour
from .tables import hash_key, to_text
from .times import SECOND, stored

_CREATE = Struct(
    "CreateApiKeyReqPayload",
    {
        "name": TEXT,
        "role": I32,
        "dataset_ids": Maybe(ListOf(UUID)),
        "scopes": Maybe(ListOf(TEXT)),
        "expires_at": Maybe(TEXT),
        "default_params": Maybe(Unknowable("default_params of an API key")),
    },
)


def _expiry(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.search(r"\d", text):
        return None  # Not a time in any form, which the server reads as "never" (api-keys#13).
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UnknownBehaviour("an expires_at in another form than ISO 8601") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp() * SECOND)


def insert_key(
    connection: sqlite3.Connection,
    *,
    organization_id: str,
    name: str,
    role: int,
    now: int,
    dataset_ids: list[str] | None = None,
    scopes: list[str] | None = None,
    expires_at: int | None = None,
) -> str:
    """Generate and return a key; only its hash is stored."""
    key = new_key()
    connection.execute(
        "INSERT INTO api_keys (id, organization_id, name, role, key_hash, dataset_ids, scopes, expires_at, created_at, "
        "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new_uuid(),
            organization_id,
            name,
            role,
            hash_key(key),
            None if dataset_ids is None else to_text(dataset_ids),
            None if scopes is None else to_text(scopes),
            expires_at,
            now,
            now,
        ),
    )
    return key


def create(context: Context) -> Answer:
    """``POST /api/organization/api_key``: answers the key only; the key may get any role."""
    context.need_role(ADMIN)
    given = context.body(_CREATE)
    organization = context.need_organization()
    key = insert_key(
        context.connection,
        organization_id=organization["id"],
        name=given["name"],
        role=given["role"] if given["role"] in (1, 2) else 0,
        now=context.now,
        dataset_ids=given["dataset_ids"],
        scopes=given["scopes"],
        expires_at=_expiry(given["expires_at"]),
    )
    return json_answer(200, {"api_key": key})


def get(context: Context) -> Answer:
    """``GET /api/organization/api_key``: lists keys by ascending id, which is random."""
    cursor = context.query_uuid("cursor") or NIL
    limit = context.query_int("limit", bits=32)
    context.need_role(ADMIN)
    organization = context.need_organization()
    if limit is not None and limit < 0:
        raise UnknownBehaviour("a negative limit of API keys")
    rows = context.connection.execute(
        "SELECT * FROM api_keys WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ?",
        (organization["id"], cursor, 10 if limit is None else limit),
    ).fetchall()
    found = [
        {
            "id": row["id"],
            "organization_id": row["organization_id"],
            "name": row["name"],
            "role": row["role"],
            "organization_ids": None,
            "dataset_ids": None if row["dataset_ids"] is None else json.loads(row["dataset_ids"]),
            "created_at": stored(row["created_at"]),
            "updated_at": stored(row["updated_at"]),
        }
        for row in rows
    ]
    return json_answer(200, {"api_keys": found, "cursor": found[-1]["id"] if found else None})


def delete(context: Context) -> Answer:
    """``DELETE /api/organization/api_key/{id}``: always 204; a key of another organization is not deleted."""
    context.need_role(ADMIN)
    organization = context.need_organization()
    key_id = context.path_uuid("api_key_id")
    context.connection.execute(
        "DELETE FROM api_keys WHERE id = ? AND organization_id = ?", (key_id, organization["id"])
    )
    return empty_answer(204)
