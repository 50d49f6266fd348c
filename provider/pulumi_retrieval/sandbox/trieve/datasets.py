"""Datasets (docs/services/trieve.md 1.3, 3 and 4)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from ..http import Answer, ConnectionDropped, empty_answer, json_answer
from . import configuration
from .configuration import Configuration, Poisoned
from .context import ADMIN, OWNER, Context, not_found, refuse
from .ids import new_uuid
from .shapes import TEXT, UUID, Maybe, Struct
from .tables import to_text
from .times import SECOND, fresh, stored

_DUPLICATE = "because a dataset with the same tracking_id already exists in the organization"
_UPGRADE = "Your plan must be upgraded to create additional datasets"

CREATE = Struct(
    "CreateDatasetReqPayload",
    {"dataset_name": TEXT, "tracking_id": Maybe(TEXT), "server_configuration": Maybe(configuration.REQUEST)},
)
_UPDATE = Struct(
    "UpdateDatasetReqPayload",
    {
        "dataset_id": Maybe(UUID),
        "tracking_id": Maybe(TEXT),
        "dataset_name": Maybe(TEXT),
        "server_configuration": Maybe(configuration.REQUEST),
        "new_tracking_id": Maybe(TEXT),
    },
)


def read_configuration(context: Context, row: sqlite3.Row) -> Configuration:
    """Read a stored configuration. Where the server would panic, the connection is closed."""
    try:
        return configuration.read(
            json.loads(row["server_configuration"]), openai_base_url=context.settings.openai_base_url
        )
    except Poisoned:
        raise ConnectionDropped from None


def poisoned_or_locked(context: Context, row: sqlite3.Row) -> bool:
    """Whether a dataset is locked. Where its configuration makes the server panic, the connection is closed."""
    return bool(read_configuration(context, row)["LOCKED"])


def _dataset_json(row: sqlite3.Row, shown: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "created_at": stored(row["created_at"]),
        "updated_at": stored(row["updated_at"]),
        "organization_id": row["organization_id"],
        "server_configuration": shown,
        "tracking_id": row["tracking_id"],
        "deleted": row["deleted"],
    }


def _normalised(context: Context, row: sqlite3.Row) -> Answer:
    return json_answer(200, _dataset_json(row, configuration.shown(read_configuration(context, row))))


def raw_json(row: sqlite3.Row) -> dict[str, Any]:
    """Write a dataset as it is stored, which is the answer of updates and batches."""
    return _dataset_json(row, _sorted(json.loads(row["server_configuration"])))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def find_live(context: Context, dataset_id: str) -> sqlite3.Row | None:
    """Return a dataset of any organization, unless it is deleted."""
    return context.one("SELECT * FROM datasets WHERE id = ? AND deleted = 0", dataset_id)


def find_tracked(context: Context, tracking_id: str, organization_id: str) -> sqlite3.Row | None:
    """Return a dataset of an organization by tracking id, unless it is deleted."""
    return context.one(
        "SELECT * FROM datasets WHERE tracking_id = ? AND organization_id = ? AND deleted = 0",
        tracking_id,
        organization_id,
    )


def insert_dataset(context: Context, *, given: dict[str, Any], organization_id: str, shown: dict[str, Any]) -> str:
    """Store a dataset and return its id."""
    dataset_id, now = new_uuid(), context.now
    context.connection.execute(
        "INSERT INTO datasets (id, name, tracking_id, organization_id, server_configuration, created_at, updated_at, "
        "usage_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            dataset_id,
            given["dataset_name"],
            given["tracking_id"],
            organization_id,
            to_text(shown),
            now,
            now,
            new_uuid(),
        ),
    )
    return dataset_id


def is_storable(given: dict[str, Any], shown: dict[str, Any]) -> bool:
    """Whether the database can store these texts."""
    # The database cannot store NUL characters (docs/services/trieve-observed.md 3, "generic 400").
    return "\\u0000" not in to_text([given["dataset_name"], given["tracking_id"], shown])


def create_dataset(context: Context, given: dict[str, Any], organization_id: str) -> dict[str, Any]:
    """Create one dataset and return the answer."""
    shown = configuration.shown(configuration.create(given["server_configuration"]))
    if not is_storable(given, shown):
        refuse(400, "Could not create dataset")
    try:
        dataset_id = insert_dataset(context, given=given, organization_id=organization_id, shown=shown)
    except sqlite3.IntegrityError:
        refuse(400, f"Could not create dataset {_DUPLICATE}")
    row = find_live(context, dataset_id)
    assert row is not None
    answer = _dataset_json(row, shown)
    # The server answers with the object in memory, not with the row, so the times have nine digits.
    return {**answer, "created_at": fresh(row["created_at"]), "updated_at": fresh(row["updated_at"])}


def check_plan(context: Context, organization_id: str) -> None:
    """Refuse with 426 if the plan allows no more datasets."""
    limit = context.settings.dataset_limit
    if limit is None:
        return
    row = context.one("SELECT count(*) AS n FROM datasets WHERE organization_id = ?", organization_id)
    if row is not None and row["n"] >= limit:
        refuse(426, _UPGRADE)


def create(context: Context) -> Answer:
    """``POST /api/dataset``."""
    given = context.body(CREATE)
    organization = context.need_organization()
    context.need_role(OWNER)
    check_plan(context, organization["id"])
    return json_answer(200, create_dataset(context, given, organization["id"]))


def _select(context: Context, given: dict[str, Any], organization_id: str) -> sqlite3.Row:
    if given["dataset_id"] is not None:
        row = find_live(context, given["dataset_id"])
    elif given["tracking_id"] is not None:
        row = find_tracked(context, given["tracking_id"], organization_id)
    else:
        refuse(400, "You must provide a dataset_id or tracking_id to update a dataset")
    if row is None:
        not_found("Could not find dataset")
    return context.stale.get(row["id"], row)


def select_for_update(context: Context) -> sqlite3.Row:
    """Return the row that an update starts from: the read of the server's read-modify-write."""
    given = context.body(_UPDATE)
    organization = context.need_organization()
    context.need_role(OWNER)
    return _select(context, given, organization["id"])


def update(context: Context) -> Answer:
    """``PUT /api/dataset``: reads, merges and writes the whole configuration (docs/services/trieve.md 2.3)."""
    given = context.body(_UPDATE)
    context.need_role(OWNER)
    organization = context.need_organization()
    row = _select(context, given, organization["id"])
    current = read_configuration(context, row)
    request = given["server_configuration"]
    merged = current if request is None else configuration.merge(request, current)
    name = row["name"] if given["dataset_name"] is None else given["dataset_name"]
    tracking_id = given["new_tracking_id"]
    text = to_text(configuration.written(merged))
    if "\\u0000" in to_text([name, tracking_id]) + text:
        refuse(400, "Failed to update dataset")
    try:
        if tracking_id is not None:
            context.connection.execute(
                "UPDATE datasets SET tracking_id = ? WHERE id = ?", (tracking_id or None, row["id"])
            )
        context.connection.execute(
            "UPDATE datasets SET name = ?, server_configuration = ?, updated_at = ? WHERE id = ? AND deleted = 0",
            (name, text, context.now, row["id"]),
        )
    except sqlite3.IntegrityError:
        refuse(400, f"Could not update tracking_id {_DUPLICATE}")
    after = find_live(context, row["id"])
    if after is None:
        refuse(400, "Failed to update dataset")
    return json_answer(200, raw_json(after))


def get(context: Context) -> Answer:
    """``GET /api/dataset/{id}``."""
    dataset_id = context.path_uuid("dataset_id")
    context.need_role(ADMIN)
    row = find_live(context, dataset_id)
    if row is None:
        not_found("Could not find dataset")
    return _normalised(context, row)


def get_tracked(context: Context) -> Answer:
    """``GET /api/dataset/tracking_id/{tracking_id}``: an unknown tracking id is 500, not 404."""
    context.need_role(ADMIN)
    organization = context.need_organization()
    row = find_tracked(context, context.path_text("tracking_id"), organization["id"])
    if row is None:
        refuse(500, "Not Found")
    return _normalised(context, row)


def soft_delete(context: Context, dataset_id: str) -> None:
    """Mark a dataset as deleted, free its tracking id, and queue it for the delete worker unless the queue is broken."""
    zombie = context.switches.zombie_deletes or context.switches.redis_down
    remove_at = None if zombie else context.now + int(context.settings.delete_seconds * SECOND)
    context.connection.execute(
        "UPDATE datasets SET deleted = 1, tracking_id = NULL, remove_at = coalesce(remove_at, ?) WHERE id = ?",
        (remove_at, dataset_id),
    )


def _delete(context: Context, row: sqlite3.Row) -> Answer:
    if poisoned_or_locked(context, row):
        refuse(400, "Cannot delete a locked dataset")
    soft_delete(context, row["id"])
    if context.switches.zombie_deletes or context.switches.redis_down:
        return context.timeout_answer()
    return empty_answer(204)


def _named_dataset(context: Context) -> sqlite3.Row:
    dataset_id = context.path_uuid("dataset_id")
    row = context.need_dataset()
    context.need_role(OWNER)
    if row["id"] != dataset_id:
        refuse(400, "Dataset header does not match provided dataset ID")
    return row


def delete(context: Context) -> Answer:
    """``DELETE /api/dataset/{id}``."""
    return _delete(context, _named_dataset(context))


def delete_tracked(context: Context) -> Answer:
    """``DELETE /api/dataset/tracking_id/{tracking_id}``."""
    context.need_role(OWNER)
    organization = context.need_organization()
    row = find_tracked(context, context.path_text("tracking_id"), organization["id"])
    if row is None:
        not_found("Could not find dataset")
    return _delete(context, row)


def clear(context: Context) -> Answer:
    """``PUT /api/dataset/clear/{id}``: the worker removes the chunks later."""
    row = _named_dataset(context)
    if poisoned_or_locked(context, row):
        refuse(400, "Cannot delete a locked dataset")
    if context.switches.redis_down:
        return context.timeout_answer()
    clear_at = context.now + int(context.settings.delete_seconds * SECOND)
    context.connection.execute("UPDATE datasets SET clear_at = ? WHERE id = ?", (clear_at, row["id"]))
    return empty_answer(204)
