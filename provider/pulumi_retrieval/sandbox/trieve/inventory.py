"""Lists of datasets, their counts and queue lengths."""

from __future__ import annotations

import sqlite3
from typing import Any

from ..http import Answer, json_answer
from .context import ADMIN, Context, refuse
from .shapes import I64, ListOf, Maybe, Struct, Unknowable, UnknownBehaviour
from .times import stored
from .workers import advance_clones, waiting_chunks

_TAGS = Struct("GetAllTagsReqPayload", {"page_size": Maybe(I64), "page": Maybe(I64)})
_EVENTS = Struct(
    "GetEventsData",
    {"page": Maybe(I64), "page_size": Maybe(I64), "event_types": Maybe(ListOf(Unknowable("event types")))},
)


def _usage_json(row: sqlite3.Row) -> dict[str, Any]:
    return {"id": row["usage_id"], "dataset_id": row["id"], "chunk_count": row["chunk_count"]}


def listing(context: Context) -> Answer:
    """``GET /api/dataset/organization/{id}``: newest first, without configurations."""
    organization_id = context.path_uuid("organization_id")
    limit, offset = context.query_int("limit"), context.query_int("offset")
    user = context.need_role(ADMIN)
    if user.membership(organization_id) is None:
        refuse(403, "Forbidden")
    if (limit is None) != (offset is None):
        refuse(400, "Pagination requires both offset and limit.")
    if (limit or 0) < 0 or (offset or 0) < 0:
        refuse(500, "Not Found")
    advance_clones(context)
    rows = context.connection.execute(
        "SELECT * FROM datasets WHERE organization_id = ? AND deleted = 0 ORDER BY created_at DESC, number DESC "
        "LIMIT ? OFFSET ?",
        (organization_id, -1 if limit is None else limit, offset or 0),
    ).fetchall()
    found = [
        {
            "dataset": {
                "id": row["id"],
                "name": row["name"],
                "tracking_id": row["tracking_id"],
                "created_at": stored(row["created_at"]),
                "updated_at": stored(row["updated_at"]),
                "organization_id": row["organization_id"],
            },
            "dataset_usage": _usage_json(row),
        }
        for row in rows
    ]
    return json_answer(200, found)


def usage(context: Context) -> Answer:
    """``GET /api/dataset/usage/{id}``: answers for a deleted dataset until the worker has removed it."""
    dataset_id = context.path_uuid("dataset_id")
    context.need_role(ADMIN)
    advance_clones(context)
    row = context.one("SELECT * FROM datasets WHERE id = ?", dataset_id)
    if row is None:
        refuse(500, "Not Found")
    return json_answer(200, _usage_json(row))


def queue_lengths(context: Context) -> Answer:
    """``GET /api/dataset/get_dataset_queue_lengths``."""
    context.need_user()
    dataset = context.need_dataset()
    advance_clones(context)
    return json_answer(200, {"file_queue_length": 0, "chunk_queue_length": waiting_chunks(context, dataset["id"])})


def tags(context: Context) -> Answer:
    """``POST /api/dataset/get_all_tags``: the sandbox's chunks have no tags."""
    given = context.body(_TAGS)
    context.need_user()
    context.need_dataset()
    if given["page"] is not None and given["page"] < 1:
        refuse(400, "Page must be greater than 0")
    if given["page_size"] is not None and given["page_size"] < 0:
        raise UnknownBehaviour("a negative page_size of tags")
    return json_answer(200, {"tags": [], "total": 0})


def events(context: Context) -> Answer:
    """``POST /api/dataset/events``: answers like a server without ClickHouse."""
    context.need_user()
    context.need_dataset()
    context.body(_EVENTS)
    refuse(400, "BadRequest: Failed to get all events and counts")
